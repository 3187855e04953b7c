"""Charges, receipts and orders linked: `match` and what it returns, `explain` and why."""

from pcard.matching.engine import Matching, match
from pcard.matching.explanation import Explanation, explain
from pcard.matching.settings import MatchSettings

__all__ = ["Explanation", "MatchSettings", "Matching", "explain", "match"]

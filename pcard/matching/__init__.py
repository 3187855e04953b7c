"""Charges, receipts and orders linked: `match` and what it returns."""

from pcard.matching.engine import Matching, match
from pcard.matching.settings import MatchSettings

__all__ = ["MatchSettings", "Matching", "match"]

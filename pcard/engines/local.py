"""The engine on this machine."""

from __future__ import annotations

import polars as pl

from pcard.frames import Ledger
from pcard.matching.engine import Matching, match
from pcard.matching.settings import MatchSettings


class Local:
    """Runs every stage in this process."""

    def match(self, ledger: Ledger, settings: MatchSettings, decisions: pl.DataFrame) -> Matching:
        """Return the links of a ledger."""
        return match(ledger, settings, decisions)

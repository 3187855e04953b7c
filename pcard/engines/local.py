"""The engine on this machine."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.extensions import Comparison
from pcard.frames import Ledger
from pcard.matching.engine import Matching, match
from pcard.matching.settings import MatchSettings


class Local:
    """Runs every stage in this process."""

    def match(
        self, ledger: Ledger, settings: MatchSettings, decisions: pl.DataFrame, comparisons: Sequence[Comparison] = ()
    ) -> Matching:
        """Return the links of a ledger; `comparisons` are those of plugins."""
        return match(ledger, settings, decisions, comparisons)

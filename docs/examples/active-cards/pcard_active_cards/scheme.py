"""An invented contract pays a sum for every card that bought for so much in the period: no bucket can say that."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl


class ActiveCards:
    """Pays `pays` for each card whose net volume in the period is `least` or more.

    The frame holds every transaction that counts up to the period's end; the
    period's own lie between `period_first` and `period_last`.
    """

    name = "active-cards"

    def accrue(self, transactions: pl.DataFrame, terms: Mapping[str, Any]) -> pl.DataFrame:
        """Return one row: the volume of the cards in use and what they earn."""
        least, pays = (int(Decimal(str(terms[key])) * 100) for key in ("least", "pays"))
        now = transactions.filter(
            pl.col("day").is_between("period_first", "period_last") & pl.col("card").is_not_null()
        )
        cards = now.group_by("card").agg(pl.col("volume_cents").sum()).filter(pl.col("volume_cents") >= least)
        return pl.select(
            bucket=pl.lit("active_cards"),
            volume_cents=pl.lit(int(cards["volume_cents"].sum()), pl.Int64),
            rate_bps=pl.lit(None, pl.Decimal(18, 4)),
            amount_cents=pl.lit(cards.height * pays, pl.Int64),
        )

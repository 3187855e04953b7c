"""Charges that keep close to a limit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored


class JustBelowLimit:
    """Several charges of one buyer between `percent` of the limit and the limit."""

    name = "just_below_limit"
    needs = frozenset({"txn.buyer_or_card"})
    defaults: ClassVar[Mapping[str, Any]] = {"limit": Decimal("2500.00"), "percent": 95, "least": 3}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a buyer with `least` such charges or more."""
        amount, limit = pl.col("txn.amount"), pl.col("$limit")
        near = settings["charges"].filter(
            pl.col("txn.kind") == "purchase", amount <= limit, amount * 100 >= limit * settings["percent"]
        )
        groups = (
            near.drop_nulls("txn.buyer_or_card")
            .group_by("txn.buyer_or_card")
            .agg(
                pl.col("transaction_id").alias("transaction_ids"),
                count=pl.len(),
                one_merchant=pl.col("txn.merchant_key").n_unique() == 1,
            )
            .filter(pl.col("count") >= settings["least"])
            .sort("txn.buyer_or_card")
        )
        return scored(groups, 0.25, _REASONS)


_REASONS = (
    Reason("at one merchant", pl.col("one_merchant"), 0.4),
    Reason("twice as many as it takes to ask", pl.col("count") >= 6, 0.3),
)

"""Charges that look wrong while the time to dispute them runs out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored


class DisputeDeadline:
    """Charges without a receipt that repeat another or are on a card already closed, not disputed near the last day.

    The bank takes a dispute for `days` from posting; the flag comes `warn`
    days before that and goes when the day has passed.
    """

    name = "dispute_deadline"
    needs = frozenset({"txn.posted", "card.id", "receipts"})
    defaults: ClassVar[Mapping[str, Any]] = {"days": 60, "warn": 15}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a charge."""
        left = settings["days"] - (pl.lit(settings["as_of"]) - pl.col("txn.posted")).dt.total_days()
        bought = (
            settings["charges"]
            .filter(pl.col("txn.kind") == "purchase")
            .with_columns(
                repeated=pl.len().over("card.id", "txn.merchant_key", "txn.amount", "txn.date") > 1,
                closed=(pl.col("txn.date") > pl.col("card.closed")).fill_null(value=False),
                left=left,
            )
        )
        doubtful = (pl.col("closed") | pl.col("repeated")) & (pl.col("receipt.count") == 0)
        found = bought.filter(
            doubtful.fill_null(value=False),
            pl.col("left").is_between(0, settings["warn"]),
            pl.col("dispute.opened").is_null(),
        )
        return scored(found.with_columns(transaction_ids=pl.concat_list("transaction_id")), 0.4, _REASONS)


_REASONS = (
    Reason("less than a week is left to dispute it", pl.col("left") < 7, 0.4),
    Reason("the card was closed before the purchase", pl.col("closed"), 0.3),
    Reason("an equal charge of the day has the receipt", pl.col("repeated"), 0.2),
)

"""Charges that come back by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored

_MONTH = (26, 35)
_YEAR = (355, 375)


class SubscriptionRenewal:
    """The latest renewal of what one card pays one merchant every month or year, without an order for it."""

    name = "subscription_renewal"
    needs = frozenset({"txn.date", "card.id"})
    defaults: ClassVar[Mapping[str, Any]] = {"least": 3, "amount_percent": 10}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a series of `least` charges or more (two where they are a year apart)."""
        key = ["card.id", "txn.merchant_key"]
        bought = (
            settings["charges"]
            .filter(pl.col("txn.kind") == "purchase")
            .drop_nulls([*key, "txn.date"])
            .sort(*key, "txn.date", "transaction_id")
        )
        gap = (pl.col("txn.date") - pl.col("txn.date").shift(1)).dt.total_days()
        series = bought.group_by(key, maintain_order=True).agg(
            pl.col("transaction_id").last().alias("latest"),
            pl.col("order.count").last().fill_null(0).alias("orders"),
            pl.col("buyer.employed_to").is_not_null().last().alias("left"),
            count=pl.len(),
            monthly=gap.drop_nulls().is_between(*_MONTH).all(),
            yearly=gap.drop_nulls().is_between(*_YEAR).all(),
            spread=(pl.col("txn.amount").max() - pl.col("txn.amount").min()) * 100 / pl.col("txn.amount").max(),
        )
        renewed = series.filter(
            (pl.col("monthly") & (pl.col("count") >= settings["least"])) | (pl.col("yearly") & (pl.col("count") >= 2)),
            pl.col("spread") <= settings["amount_percent"],
            pl.col("orders") == 0,
        )
        return scored(renewed.with_columns(transaction_ids=pl.concat_list("latest")), 0.15, _REASONS)


_REASONS = (
    Reason("its buyer has an end of employment", pl.col("left"), 0.5),
    Reason("it renews every year, when few remember it", pl.col("yearly"), 0.2),
)

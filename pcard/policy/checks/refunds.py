"""Refunds that answer no purchase on their card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.related import related


class RefundWithoutPurchase:
    """Credits that answer no earlier purchase at the merchant on the same card, nor one that replaced it.

    A purchase on another card that does is named: the money went to a card
    that did not pay. Without any, the credit is flagged only where the ledger
    reaches back `history_days`.
    """

    name = "refund_without_purchase"
    needs = frozenset({"txn.date", "card.id"})
    defaults: ClassVar[Mapping[str, Any]] = {"history_days": 60}

    def flag(self, ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a credit."""
        lines = (
            ledger.transactions.filter(~pl.col("memo")).drop_nulls(["date", "card_key"]).sort("date", "transaction_id")
        )
        first = lines["date"].min()
        credits_given = lines.filter(pl.col("kind") == "credit")
        bought = lines.filter(pl.col("kind") == "purchase")
        unanswered = credits_given.join(related(ledger), on="transaction_id", how="anti", maintain_order="left")
        either = _largest_before(unanswered, bought)
        refund = -pl.col("amount_cents")
        elsewhere = (pl.col("other") >= refund).fill_null(value=False)
        reaches_back = (pl.col("date") - pl.lit(first, pl.Date)).dt.total_days() >= settings["history_days"]
        return either.filter(elsewhere | reaches_back).select(
            pl.concat_list("transaction_id").alias("transaction_ids"),
            pl.when(elsewhere)
            .then(pl.lit("a purchase of this size at the merchant was made on another card"))
            .otherwise(pl.lit("no purchase of this size at the merchant came before it"))
            .alias("reasons"),
            pl.when(elsewhere).then(0.6).otherwise(0.4).alias("suspicion"),
        )


def _largest_before(lines: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Add `other`, the largest purchase at the merchant on or before each line's day."""
    largest = bought.select("merchant_key", "date", other=pl.col("amount_cents").cum_max().over("merchant_key"))
    return lines.join_asof(
        largest.sort("date"), on="date", by="merchant_key", strategy="backward", check_sortedness=False
    )

"""One purchase charged twice."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored
from pcard.policy.windows import day_index, in_windows


class DuplicateCharge:
    """Equal charges of one card at one merchant within `days`, unless each has its own receipt or order."""

    name = "duplicate_charge"
    needs = frozenset({"txn.date", "card.id"})
    defaults: ClassVar[Mapping[str, Any]] = {"days": 3, "smallest": Decimal("10.00"), "across_cards": False}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a window of equal charges."""
        charges = settings["charges"].drop_nulls(["txn.date", "card.id"])
        group = ["txn.merchant_key", "txn.amount", *([] if settings["across_cards"] else ["card.id"])]
        asked = charges.filter(
            pl.col("txn.kind") == "purchase", pl.col("txn.amount") >= pl.col("$smallest")
        ).with_columns(
            day=day_index("days", settings["calendar"]), equal=pl.len().over("txn.merchant_key", "txn.amount")
        )
        evidence = [pl.col(name).min().alias(name) for name in ("receipt.count", "order.count")]
        lacking = ~pl.any_horizontal((pl.col(each.meta.output_name()) >= 1).fill_null(value=False) for each in evidence)
        cards = pl.col("card.id").n_unique().alias("cards")
        found = in_windows(
            asked,
            group,
            settings["days"],
            [*evidence, cards],
            lacking & (pl.col("cards") >= 1 + settings["across_cards"]),
        )
        return scored(_described(found, charges), 0.35, _REASONS)


def _described(found: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    back = (
        charges.filter(pl.col("txn.kind") == "credit")
        .select("txn.merchant_key", "card.id", -pl.col("txn.amount"), back="txn.date")
        .unique(["txn.merchant_key", "card.id", "txn.amount"], keep="last", maintain_order=True)
    )
    joined = found.join(back, on=["txn.merchant_key", "card.id", "txn.amount"], how="left", maintain_order="left")
    return joined.group_by("group", maintain_order=True).agg(
        pl.col("transaction_id").unique().alias("transaction_ids"),
        few=(pl.col("receipt.count").sum() < pl.len()) & (pl.col("receipt.count").count() > 0),
        disputed=pl.col("dispute.opened").is_not_null().any(),
        same_day=pl.col("txn.date").n_unique() == 1,
        returned=(pl.col("back") >= pl.col("txn.date")).any(),
        recurring=pl.col("equal").first() >= pl.len() + 2,
    )


_REASONS = (
    Reason("fewer receipts than charges", pl.col("few"), 0.3),
    Reason("one of them is disputed", pl.col("disputed"), 0.5),
    Reason("on the same day", pl.col("same_day"), 0.2),
    Reason("the merchant gave the amount back later", pl.col("returned"), -0.7),
    Reason("this amount recurs at this merchant", pl.col("recurring"), -0.4),
)

"""Charges whose accepted receipts add up to something else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.foreign_fees import is_foreign
from pcard.policy.suspicion import Reason, scored

_COUNTED = pl.col("outcome").is_in(["accepted", "confirmed"])


class ReceiptDiffers:
    """Charges and their receipts, taken together as they were linked, that do not agree.

    The tax a receipt states apart, a tip up to `tip_percent` at restaurants,
    and an amount in another currency are no difference.
    """

    name = "receipt_differs"
    needs = frozenset({"receipts"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "tolerance": Decimal("0.00"),
        "tip_percent": 25,
        "tip_mcc": ["5812", "5813", "5814", "4121"],
    }

    def flag(self, ledger: Ledger, matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a group of linked charges and receipts."""
        links = matches.filter(_COUNTED, pl.col("evidence_kind") == "receipt")
        groups = _totals(links, ledger.receipts).join(_charged(links, settings["charges"]), on="group_id")
        gap = pl.col("charged") - pl.col("receipts")
        tipped = (gap > 0) & (gap * 100 <= pl.col("receipts") * settings["tip_percent"])
        explained = (
            (gap.abs() <= pl.col("tolerance"))
            | ((gap - pl.col("tax")).abs() <= pl.col("tolerance")).fill_null(value=False)
            | (tipped & pl.col("mcc").is_in(settings["tip_mcc"]).fill_null(value=False))
            | pl.col("foreign")
        )
        return scored(groups.filter(~explained).with_columns(gap=gap).sort("group_id"), 0.4, _REASONS)


def _totals(links: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """Return per group what its receipts come to; groups with an unread receipt stay out."""
    read = links.unique(["group_id", "evidence_id"]).join(receipts, left_on="evidence_id", right_on="id")
    return (
        read.group_by("group_id")
        .agg(
            receipts=pl.col("total_cents").sum(),
            unread=pl.col("total_cents").null_count(),
            tax=pl.col("tax_cents").drop_nulls().sum(),
            affidavit=(pl.col("kind") == "affidavit").any(),
        )
        .filter(pl.col("unread") == 0)
    )


def _charged(links: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Return per group what was charged, its charges, and whether they were in another currency."""
    joined = links.unique(["group_id", "transaction_id"]).join(charges, on="transaction_id")
    return joined.group_by("group_id").agg(
        pl.col("transaction_id").alias("transaction_ids"),
        charged=pl.col("txn.amount").sum(),
        mcc=pl.col("txn.mcc").first(),
        foreign=is_foreign("txn.").any() | (pl.col("txn.kind") != "purchase").any(),
        tolerance=pl.col("$tolerance").min(),
    )


_REASONS = (
    Reason("the charge is more than the receipt", pl.col("gap") > 0, 0.3),
    Reason("the charge is less than the receipt", pl.col("gap") < 0, -0.3),
    Reason("the difference is under one dollar", pl.col("gap").abs() < 100, -0.5),
    Reason("the receipt is a signed statement", pl.col("affidavit").fill_null(value=False), 0.1),
)

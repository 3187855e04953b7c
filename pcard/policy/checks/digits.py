"""Amounts that people invent: too many round ones, or first digits unlike those of real prices.

Both are indicators over many charges. They accuse nobody: prices of one kind (fees,
tickets) break the law of first digits in all honesty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored

# Nigrini's bound of the mean absolute deviation of first digits above which they do not conform.
NONCONFORMING = 0.015
_WARNING = "an indicator only: fees and tickets of fixed price look like this too"


class RoundAmounts:
    """Buyers with far more amounts of whole tens than the district: `least` of them or more, by `sigma`."""

    name = "round_amounts"
    needs = frozenset({"txn.buyer_or_card"})
    defaults: ClassVar[Mapping[str, Any]] = {"least": 5, "sigma": 4}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a buyer, on the round charges; the score is of a binomial share against the district's."""
        bought = _bought(settings).with_columns(round=pl.col("txn.amount") % 1_000 == 0)
        share = bought["round"].mean() if bought.height else 0.0
        expected = pl.col("count") * pl.lit(share)
        groups = _per_buyer(bought, pl.col("transaction_id").filter("round"), round=pl.col("round").sum())
        score = (pl.col("round") - expected) / (expected * (1 - pl.lit(share))).sqrt()
        found = groups.with_columns(sigma=score).filter(
            pl.col("round") >= settings["least"], pl.col("sigma").is_finite(), pl.col("sigma") >= settings["sigma"]
        )
        figures = pl.format(
            "{} of {} amounts are whole tens, {} standard deviations more than the district's share; {}",
            "round", "count", pl.col("sigma").round(1), pl.lit(_WARNING),
        )  # fmt: skip
        return _indicated(found, figures)


class Benford:
    """Buyers whose amounts' first digits deviate from Benford's law: mean absolute deviation over 0.015."""

    name = "benford"
    needs = frozenset({"txn.buyer_or_card"})
    defaults: ClassVar[Mapping[str, Any]] = {"least": 300}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a buyer with `least` charges or more, on the charges of the digit in most excess."""
        bought = _bought(settings).with_columns(
            digit=pl.col("txn.amount").cast(pl.String).str.slice(0, 1).cast(pl.Int64)
        )
        expected = (1 + 1 / pl.col("digit")).log10()
        digits = pl.DataFrame({"digit": range(1, 10)}, schema={"digit": pl.Int64})
        buyers = _per_buyer(bought, pl.col("transaction_id")).filter(pl.col("count") >= settings["least"])
        shares = (
            buyers.select("txn.buyer_or_card", "count")
            .join(digits, how="cross")
            .join(
                bought.group_by("txn.buyer_or_card", "digit").agg(seen=pl.len(), ids=pl.col("transaction_id").sort()),
                on=["txn.buyer_or_card", "digit"],
                how="left",
            )
            .with_columns(excess=pl.col("seen").fill_null(0) / pl.col("count") - expected)
        )
        found = (
            shares.sort("txn.buyer_or_card", "excess", "digit", descending=[False, True, False])
            .group_by("txn.buyer_or_card", maintain_order=True)
            .agg(
                pl.col("ids").first().alias("transaction_ids"),
                pl.col("digit", "count").first(),
                mad=pl.col("excess").abs().mean(),
            )
            .filter(pl.col("mad") > NONCONFORMING)
        )
        figures = pl.format(
            "first digits of {} amounts deviate by {} (over 0.015 do not conform), most in {}; {}",
            "count", pl.col("mad").round(4), "digit", pl.lit(_WARNING),
        )  # fmt: skip
        return _indicated(found, figures)


def _bought(settings: Mapping[str, Any]) -> pl.DataFrame:
    positive = settings["charges"].filter(pl.col("txn.kind") == "purchase", pl.col("txn.amount") > 0)
    known: pl.DataFrame = positive.drop_nulls("txn.buyer_or_card")
    return known


def _per_buyer(bought: pl.DataFrame, ids: pl.Expr, **figures: pl.Expr) -> pl.DataFrame:
    grouped = bought.group_by("txn.buyer_or_card").agg(ids.alias("transaction_ids"), count=pl.len(), **figures)
    return grouped.sort("txn.buyer_or_card")


def _indicated(found: pl.DataFrame, figures: pl.Expr) -> pl.DataFrame:
    flags = scored(found, 0.1, [Reason("indicator", pl.lit(value=True), 0.0)])
    return flags.with_columns(reasons=found.select(figures).to_series())

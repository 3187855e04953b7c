"""Refunds and the purchases they answer: same card and merchant, an earlier day, at least the amount."""

from __future__ import annotations

import polars as pl

from pcard.ledger.pairing import Tie, tied
from pcard.ledger.replacements import in_use

WINDOW_DAYS = 180


def refunds(transactions: pl.DataFrame, cards: pl.DataFrame, rejected: pl.DataFrame) -> list[Tie]:
    """Tie each credit to its purchase, in part or in whole, to the cent.

    `transactions` are those that may be either; `rejected` are pairs that a
    person kept apart, as `line` and `charge`. A refund of several purchases
    is taken where exactly one set of them sums to it.
    """
    lines = transactions.filter(~pl.col("memo")).with_columns(own=_card(cards))
    gap = (pl.col("date") - pl.col("charged_on")).dt.total_days()
    credit = lines.filter((pl.col("kind") == "credit") & (pl.col("amount_cents") < 0))
    bought = lines.filter((pl.col("kind") == "purchase") & (pl.col("amount_cents") > 0)).select(
        "own", "merchant_key", charge="transaction_id", room="amount_cents", charged_on="date",
        charge_reference="reference",
    )  # fmt: skip
    pairs = (
        credit.select(
            "own",
            "merchant_key",
            "reference",
            "date",
            day="date",
            line="transaction_id",
            amount=-pl.col("amount_cents"),
        )
        .join(bought, on=["own", "merchant_key"])
        .with_columns(gap=gap)
        .filter(pl.col("gap").is_between(0, WINDOW_DAYS))
        .join(rejected, on=["line", "charge"], how="anti")
    )
    named = (pl.col("reference") == pl.col("charge_reference")).fill_null(value=False)
    exact = pl.col("room") == pl.col("amount")
    return tied(pairs.with_columns(best=pl.when(named.any().over("line")).then(named).otherwise(exact)), sums=True)


def _card(cards: pl.DataFrame) -> pl.Expr:
    """The card, under the number in use where it was replaced."""
    now = in_use(pl.col("card"), cards)
    moved = pl.concat_str(pl.col("account").fill_null(""), pl.lit("-"), now)
    return pl.when(now != pl.col("card")).then(moved).otherwise("card_key")

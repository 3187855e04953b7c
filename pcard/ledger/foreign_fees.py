"""Foreign transaction fees and the charges they are for; such a fee needs no receipt."""

from __future__ import annotations

import polars as pl

from pcard.ledger.pairing import Tie, tied

WINDOW_DAYS = 5  # a fee is posted with its charge or a few days after it
_LEAST_BPS, _MOST_BPS = 80, 320
_USUAL_BPS = (100, 150, 200, 250, 270, 300)
_HOME = "USD"


def is_foreign(prefix: str = "") -> pl.Expr:
    """Tell which transactions were made in another currency than the account's; `prefix` stands before the columns."""
    own = pl.col(f"{prefix}currency").fill_null(_HOME)
    return (pl.col(f"{prefix}original_currency") != own).fill_null(value=False)


def foreign_fees(transactions: pl.DataFrame) -> list[Tie]:
    """Tie each fee of one to three percent to the foreign charge of its card within days of it."""
    lines = transactions.filter(~pl.col("memo") & (pl.col("amount_cents") > 0))
    fees = lines.filter(pl.col("kind") == "fee").select("card_key", "posted", line="transaction_id", fee="amount_cents")
    charged = lines.filter((pl.col("kind") != "fee") & is_foreign()).select(
        "card_key", charge="transaction_id", cents="amount_cents", charge_posted="posted"
    )
    days = (pl.col("posted") - pl.col("charge_posted")).dt.total_days()
    scaled = pl.col("fee") * 10_000
    pairs = fees.join(charged, on="card_key").filter(
        days.is_between(-1, WINDOW_DAYS) & scaled.is_between(pl.col("cents") * _LEAST_BPS, pl.col("cents") * _MOST_BPS)
    )
    usual = pl.any_horizontal(pl.col("fee") == (pl.col("cents") * bps + 5_000) // 10_000 for bps in _USUAL_BPS)
    return tied(
        pairs.with_columns(
            best=usual,
            gap=days.abs(),
            day="posted",
            # A charge bears one fee.
            amount=pl.lit(1, pl.Int64),
            room=pl.lit(1, pl.Int64),
        )
    )

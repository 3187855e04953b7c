"""Disputes: the provisional credit of each, its reversal, and what stands because of them."""

from __future__ import annotations

import polars as pl

from pcard.ledger.pairing import Tie, tied

WINDOW_DAYS = 120
_CREDITS = ("credit", "adjustment")
_REVERSALS = ("adjustment", "purchase", "fee")


def provisional_credits(transactions: pl.DataFrame, disputes: pl.DataFrame) -> list[Tie]:
    """Tie each provisional credit to the disputed charge: same card, the very amount, after the dispute was opened."""
    return _tied(transactions, disputes, _CREDITS, -1)


def reversals(transactions: pl.DataFrame, disputes: pl.DataFrame, given: list[Tie]) -> list[Tie]:
    """Tie the line that takes a provisional credit back to the charge of a dispute that was reversed.

    `given` are the credits found: a reversal comes after its credit.
    """
    lost = disputes.filter(pl.col("reversed").fill_null(value=False))
    credited = pl.DataFrame(
        {"transaction": [t.charge for t in given], "credit": [t.line for t in given]},
        schema={"transaction": pl.String, "credit": pl.String},
    )
    days = transactions.select(credit="transaction_id", credited="posted")
    since = lost.join(credited.join(days, on="credit"), on="transaction", how="left")
    return _tied(transactions, since.with_columns(opened=pl.coalesce("credited", "opened")), _REVERSALS, 1)


def state(disputes: pl.DataFrame) -> pl.DataFrame:
    """Return each dispute's `charge` and its `state`: open until it is final; a reversal reopens the charge."""
    reopened, final = pl.col("reversed").fill_null(value=False), pl.col("final").is_not_null()
    words = (
        pl.when(reopened)
        .then(pl.lit("reopened: the charge stands again"))
        .when(final)
        .then(pl.lit("final"))
        .otherwise(pl.lit("open until the dispute is final"))
    )
    return disputes.select(charge="transaction", state=words)


def _tied(transactions: pl.DataFrame, disputes: pl.DataFrame, kinds: tuple[str, ...], sign: int) -> list[Tie]:
    asked = disputes.filter(pl.col("provisional_credit_cents") > 0).select(
        "opened", charge="transaction", cents="provisional_credit_cents"
    )
    asked = asked.join(transactions.select("card_key", "account", charge="transaction_id"), on="charge")
    lines = transactions.filter(pl.col("kind").is_in(kinds) & ~pl.col("memo")).select(
        "posted",
        line="transaction_id",
        cents=pl.col("amount_cents") * sign,
        line_card="card_key",
        line_account="account",
    )
    same_card = pl.col("line_card") == pl.col("card_key")
    same_account = pl.col("line_account") == pl.col("account")
    gap = (pl.col("posted") - pl.col("opened")).dt.total_days()
    pairs = (
        asked.join(lines, on="cents")
        .with_columns(gap=gap, best=same_card.fill_null(value=False))
        .filter(
            (pl.col("line") != pl.col("charge"))
            & pl.col("gap").is_between(0, WINDOW_DAYS)
            # Some issuers book the credit to the account, not to the card.
            & (pl.col("best") | (pl.col("line_card").is_null() & same_account.fill_null(value=False)))
        )
    )
    one = pl.lit(1, pl.Int64)  # a dispute is credited once
    return tied(pairs.with_columns(amount=one, room=one, day="posted"))

"""Billing cycles: from the statements where they say so, else from the closing day.

Each transaction belongs to the statement of its account that closes first on
or after its posting. Where there is none, the cycle closes on the day given,
else on the day the latest statement closed, else at the end of the month.
A cycle is known by its closing date and labelled by that date's month.
"""

from __future__ import annotations

import string
from datetime import date

import polars as pl

from pcard.frames import CYCLES

BANK = "bank"
_LAST_OF_MONTH = 31


def billing_account(billed: pl.Series, transactions: pl.DataFrame) -> pl.Expr:
    """Return the account that bills each transaction, of those `billed` by statements.

    Its own, else its card's; where no transaction names another account than
    the only one with statements, that one.
    """
    accounts = billed.unique().sort()
    named = set(transactions["account"].drop_nulls().unique())
    only = accounts[0] if len(accounts) == 1 and named <= set(accounts) else None
    is_billed = pl.col("account").is_in(accounts.implode()).fill_null(value=False)
    by_card = pl.col("card").is_in(accounts.implode()) & ~is_billed
    return pl.when(by_card).then("card").otherwise(pl.col("account").fill_null(pl.lit(only, pl.String)))


def closings(transactions: pl.DataFrame, statements: pl.DataFrame, closing_day: int | None) -> pl.DataFrame:
    """Return transaction_id and `closed`, the closing date of the cycle each transaction is billed in."""
    billed = _billed(statements)
    day = closing_day or _usual_day(billed)
    posted = transactions.select(
        "transaction_id",
        "posted",
        _closing("posted", day).alias("usual"),
        billing_account(billed["account"], transactions).alias("account"),
    ).sort("posted")
    found = posted.join_asof(
        billed.sort("closed"), left_on="posted", right_on="closed", by="account", strategy="forward",
        coalesce=False, check_sortedness=False,
    )  # fmt: skip
    on_statement = (pl.col("posted") >= pl.col("opened")).fill_null(value=False)
    return found.select("transaction_id", pl.when(on_statement).then("closed").otherwise("usual").alias("closed"))


def cycles_of(closed: pl.Series, statements: pl.DataFrame, closing_day: int | None) -> pl.DataFrame:
    """Return the CYCLES of these closing dates: `2026-09`, and `2026-09b` where a second one closes in the month."""
    billed = _billed(statements)
    day = closing_day or _usual_day(billed)
    days = pl.concat([closed.cast(pl.Date), billed["closed"]]).unique().drop_nulls().sort().alias("closed")
    opened = billed.group_by("closed").agg(pl.col("opened").min())
    nth = pl.int_range(pl.len()).over(pl.col("closed").dt.month_start())
    suffixes = ["", *string.ascii_lowercase[1:]]
    suffix = nth.replace_strict(
        range(len(suffixes)), suffixes, default=pl.concat_str(pl.lit("z"), nth), return_dtype=pl.String
    )
    closing_before = _day_in_month(pl.col("closed").dt.month_start().dt.offset_by("-1mo"), day)
    usual = closing_before + pl.duration(days=1)
    return CYCLES.of(
        days.to_frame()
        .join(opened, on="closed", how="left", maintain_order="left")
        .select(
            pl.concat_str(pl.col("closed").dt.to_string("%Y-%m"), suffix).alias("cycle"),
            pl.coalesce("opened", usual).alias("opened"),
            "closed",
        )
    )


def _billed(statements: pl.DataFrame) -> pl.DataFrame:
    """Return account, opened and closed of the card statements; one that names no start opens after the one before."""
    card = statements.filter(pl.col("kind") != BANK).sort("account", "closed")
    after_previous = pl.col("closed").shift().over("account") + pl.duration(days=1)
    month_before = pl.col("closed").dt.offset_by("-1mo") + pl.duration(days=1)
    opened = pl.coalesce("opened", pl.max_horizontal(after_previous, month_before))
    return card.select("account", opened.alias("opened"), "closed").unique(
        ["account", "closed"], keep="first", maintain_order=True
    )


def _usual_day(billed: pl.DataFrame) -> int:
    if billed.is_empty():
        return _LAST_OF_MONTH
    last: date = billed.select(pl.col("closed").max()).item()
    return _LAST_OF_MONTH if last == billed.select(pl.col("closed").max().dt.month_end()).item() else last.day


def _closing(column: str, closing_day: int) -> pl.Expr:
    """`periods.cycle_closing` over a column of dates."""
    day = pl.col(column)
    this = _day_in_month(day.dt.month_start(), closing_day)
    following = _day_in_month(day.dt.month_start().dt.offset_by("1mo"), closing_day)
    return pl.when(day <= this).then(this).otherwise(following)


def _day_in_month(first: pl.Expr, closing_day: int) -> pl.Expr:
    return first + pl.duration(days=pl.min_horizontal(first.dt.days_in_month(), pl.lit(closing_day)) - 1)

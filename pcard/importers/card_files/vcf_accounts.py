"""Visa cards with their holders, and account balances as statements."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.frames import Skipped
from pcard.importers.card_files.brand_cells import currency, implied, last_four


def cards(accounts: pl.DataFrame, holders: pl.DataFrame) -> tuple[pl.DataFrame, list[Skipped]]:
    """Return the table `cards` (with `number` and `billing` as the file has them), and the rows that give none.

    Joins card accounts (03) to their holders (04) by the cardholder id.
    """
    named = holders.filter(pl.col("code") != "3").select(
        "holder",
        pl.concat_str("first", "last", separator=" ", ignore_nulls=True).replace("", None).alias("cardholder"),
        "employee",
    )
    joined = accounts.join(named.unique("holder", keep="last"), on="holder", how="left", maintain_order="left")
    deleted = pl.col("code") == "3"
    held = joined.filter(~deleted & pl.col("cardholder").is_not_null()).select(
        "line",
        pl.col("account").alias("number"),
        last_four(pl.col("account")).alias("card"),
        "cardholder",
        last_four(pl.col("billing")).alias("account"),
        _limit("single_limit"),
        _limit("cycle_limit"),
        _day("opened"),
        _day("closed"),
        _day("expires"),
        "cost_center",
        "gl_account",
        "employee",
        "status",
        "billing",
    )
    return held, list(_without_card(joined, held, holders, deleted))


def _without_card(
    joined: pl.DataFrame, held: pl.DataFrame, holders: pl.DataFrame, deleted: pl.Expr
) -> Iterator[Skipped]:
    reason = (
        pl.when(deleted)
        .then(pl.lit("the bank removes a card"))
        .otherwise(pl.lit("a card whose holder the file does not name"))
    )
    for row in joined.filter(~pl.col("line").is_in(held["line"].implode())).select("line", reason).iter_rows():
        yield Skipped(*row)
    for line in holders.filter(~pl.col("holder").is_in(joined["holder"].implode()))["line"]:
        yield Skipped(line, "a cardholder whose card the file does not name")


def statements(
    balances: pl.DataFrame, periods: pl.DataFrame, accounts: pl.DataFrame, lines: pl.DataFrame
) -> tuple[pl.DataFrame, list[Skipped]]:
    """Return the table `statements` of account balances (01), and those that state no cycle of a billed account.

    A balance counts where its period (11) is complete or not described, its
    account is billed itself, and no other account of the file ends in the same
    four digits on the same day.
    """
    dates = periods.select("period", pl.col("opened").alias("began"), "complete").unique("period", keep="last")
    billed = pl.concat(frame.select("account", "billing") for frame in (accounts, lines)).filter(
        pl.col("billing").str.contains("[1-9]") & (pl.col("billing") != pl.col("account"))
    )
    joined = balances.join(dates, on="period", how="left", maintain_order="left").with_columns(
        last_four(pl.col("account")).alias("last_four"),
        pl.col("account").is_in(billed["account"].unique().implode()).alias("is_billed_elsewhere"),
    )
    sorted_out = joined.with_columns(
        pl.when(pl.col("is_billed_elsewhere"))
        .then(pl.lit("the balance of a card that is billed to another account"))
        .when(pl.col("complete") == "0")
        .then(pl.lit("a balance within a cycle that is still open"))
        .when(_day("closed").is_null() | pl.col("last_four").is_null())
        .then(pl.lit("a balance without a closing date"))
        .when(pl.len().over("last_four", "closed") > 1)
        .then(pl.lit("a balance of one of several accounts that end in the same four digits"))
        .alias("reason")
    )
    skipped = sorted_out.filter(pl.col("reason").is_not_null()).select("line", "reason").iter_rows()
    held = sorted_out.filter(pl.col("reason").is_null()).select(
        "line",
        pl.col("last_four").alias("account"),
        pl.lit("card").alias("kind"),
        _day("began").alias("opened"),
        "closed",
        _balance("previous").alias("opening_balance"),
        _balance("current").alias("closing_balance"),
        _limit("limit").alias("credit_limit"),
        _balance("due_amount").alias("minimum_due"),
        # Some senders have a field less before it.
        pl.coalesce(
            *(pl.when(pl.col(name).str.contains("^[0-9]{8}$")).then(_day(name)) for name in ("due", "due_earlier"))
        ).alias("due"),
        currency(pl.col("currency")).alias("currency"),
    )
    return held, [Skipped(*row) for row in skipped]


def _balance(name: str) -> pl.Expr:
    """Return a balance; some senders put a sign where the account is in credit."""
    text = pl.col(name)
    return implied(text.str.replace(r"^[+-]|[+-]$", ""), 2, text.str.contains("-"))


def _limit(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains("[1-9]")).then(implied(pl.col(name), 2)).alias(name)


def _day(name: str) -> pl.Expr:
    return pl.col(name).replace("00000000", None).alias(name)

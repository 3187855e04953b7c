"""The parts of each charge by site and fund; they always sum to it.

Site and fund come from the coding lines, then the transaction, then the card's
site and that site's own fund. What the coding leaves over is one line of its
own, so that nothing is lost and nothing counted twice.
"""

from __future__ import annotations

import polars as pl

from pcard.frames import ALLOCATIONS
from pcard.ledger.holders import AMBIGUOUS
from pcard.money import cents_text

WHOLE, REST = "1", "rest"


def with_sites(transactions: pl.DataFrame, coding: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """Settle site and fund of each transaction and say where they came from.

    Of several coding lines the largest speaks for the transaction. The columns
    `own_site`, `own_source` and `own_fund` are what holds where the coding is silent.
    """
    largest = (
        coding.sort(pl.col("amount_cents").abs(), "line_no", descending=[True, False])
        .group_by("transaction", maintain_order=True)
        .agg(
            pl.col("site").drop_nulls().first().alias("coded_site"),
            pl.col("fund").drop_nulls().first().alias("coded_fund"),
        )
        .rename({"transaction": "transaction_id"})
    )
    settled = transactions.join(largest, on="transaction_id", how="left", maintain_order="left").with_columns(
        pl.coalesce("site", "card_site").alias("own_site"),
        pl.when(pl.col("site").is_null() & pl.col("card_site").is_not_null()).then(pl.lit("card")).otherwise(pl.lit("transaction")).alias("own_source"),
        pl.col("fund").alias("own_fund"),
        pl.coalesce("coded_site", "site", "card_site").alias("site"),
        pl.when(pl.col("coded_site").is_not_null()).then(pl.lit("coding"))
        .when(pl.col("site").is_not_null()).then(pl.lit("transaction"))
        .when(pl.col("card_site").is_not_null()).then(pl.lit("card"))
        .when("is_ambiguous").then(pl.lit(AMBIGUOUS)).alias("site_from"),
    )  # fmt: skip
    default = _default_funds(sites)
    return settled.join(default, on="site", how="left", maintain_order="left").with_columns(
        pl.coalesce("coded_fund", "own_fund", "site_fund").alias("fund"),
        pl.when(pl.col("coded_fund").is_not_null()).then(pl.lit("coding"))
        .when(pl.col("own_fund").is_not_null()).then(pl.lit("transaction"))
        .when(pl.col("site_fund").is_not_null()).then(pl.lit("site")).alias("fund_from"),
    ).drop("coded_site", "coded_fund", "site_fund")  # fmt: skip


def allocate_lines(transactions: pl.DataFrame, coding: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """Return ALLOCATIONS of the transactions that count; takes the columns `with_sites` adds."""
    charges = transactions.filter(~pl.col("memo")).select(
        "transaction_id", pl.col("amount_cents").alias("whole_cents"), "own_site", "own_source", "own_fund"
    )
    coded = coding.rename({"transaction": "transaction_id"}).join(charges, on="transaction_id")
    sums = coded.group_by("transaction_id").agg(pl.col("amount_cents").sum().alias("coded_cents"))
    rest = charges.join(sums, on="transaction_id", how="left").filter(
        pl.col("coded_cents").is_null() | (pl.col("coded_cents") != pl.col("whole_cents"))
    )
    lines = pl.concat(
        [
            coded.select(
                "transaction_id", "line_no", "amount_cents", "account_code",
                pl.coalesce("site", "own_site").alias("site"), pl.coalesce("fund", "own_fund").alias("fund"),
                "purpose", pl.lit("coding").alias("source"),
            ),
            rest.select(
                "transaction_id",
                pl.when(pl.col("coded_cents").is_null()).then(pl.lit(WHOLE)).otherwise(pl.lit(REST)).alias("line_no"),
                (pl.col("whole_cents") - pl.col("coded_cents").fill_null(0)).alias("amount_cents"),
                pl.lit(None, pl.String).alias("account_code"), pl.col("own_site").alias("site"),
                pl.col("own_fund").alias("fund"), pl.lit(None, pl.String).alias("purpose"),
                pl.col("own_source").alias("source"),
            ),
        ]
    )  # fmt: skip
    funded = lines.join(_default_funds(sites), on="site", how="left").with_columns(
        pl.coalesce("fund", "site_fund").alias("fund")
    )
    return ALLOCATIONS.of(funded)


def coding_questions(transactions: pl.DataFrame, coding: pl.DataFrame) -> pl.DataFrame:
    """Return QUESTIONS about coding lines without their transaction, and coding that does not sum to it."""
    sums = coding.group_by(pl.col("transaction").alias("transaction_id")).agg(
        pl.col("amount_cents").sum().alias("coded_cents")
    )
    found = sums.join(transactions.select("transaction_id", "amount_cents"), on="transaction_id", how="left")
    differs = found.filter(pl.col("amount_cents").is_null() | (pl.col("amount_cents") != pl.col("coded_cents")))
    text = (
        pl.when(pl.col("amount_cents").is_null())
        .then(pl.lit("coding lines for a transaction that was never imported"))
        .otherwise(
            pl.concat_str(
                pl.lit("coding lines sum to "), cents_text(pl.col("coded_cents")),
                pl.lit(", the transaction is "), cents_text(pl.col("amount_cents")),
            )
        )
    )  # fmt: skip
    return differs.select(pl.lit("coding").alias("about"), pl.col("transaction_id").alias("id"), text.alias("question"))


def _default_funds(sites: pl.DataFrame) -> pl.DataFrame:
    return sites.select("site", pl.col("fund").alias("site_fund"))

"""The year's end: what was bought in one fiscal year and posted or billed in the other."""

from __future__ import annotations

from datetime import date

import polars as pl

from pcard.frames import Ledger
from pcard.schema import Table, columns

CUTOFF = Table(
    "cutoff",
    columns(
        "side! site fund transaction_id! line_no! date:date! posted:date! billed:date! merchant! amount:money!"
        " site_total:money! total:money!"
    ),
    ("side", "site", "fund", "transaction_id", "line_no"),
)

POSTED_AFTER = "bought by year end, posted after it"
BILLED_AFTER = "bought and posted by year end, billed after it"
BOUGHT_AFTER = "bought after year end, posted or billed by it"


def cutoff(ledger: Ledger, year_end: date) -> pl.DataFrame:
    """Return CUTOFF: the parts of charges that straddle `year_end`, with the sum of their site and of their side.

    `billed` is the closing date of the cycle. Payments on the card account are
    no spending and stay out.
    """
    bought, posted, billed = (pl.col(name) <= year_end for name in ("date", "posted", "billed"))
    side = (
        pl.when(bought & ~posted).then(pl.lit(POSTED_AFTER))
        .when(bought & ~billed).then(pl.lit(BILLED_AFTER))
        .when(~bought & (posted | billed)).then(pl.lit(BOUGHT_AFTER))
    )  # fmt: skip
    charges = ledger.transactions.filter(~pl.col("kind").is_in(["payment", "transfer"])).join(
        ledger.cycles.select("cycle", pl.col("closed").alias("billed")), on="cycle"
    )
    straddling = charges.select(
        "transaction_id", "date", "posted", "billed", "merchant", side.alias("side")
    ).drop_nulls("side")
    parts = straddling.join(ledger.allocations, on="transaction_id")
    amount = pl.col("amount_cents").sum()
    return CUTOFF.of(
        parts.with_columns(
            amount.over("side", "site").alias("site_total_cents"), amount.over("side").alias("total_cents")
        )
    )

"""More spending as the fiscal year ends."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored


class YearEndSurge:
    """Sites that spent far more in the last month of a fiscal year than in the months before it."""

    name = "year_end_surge"
    needs = frozenset({"txn.date", "txn.site"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "last_month": 6,
        "times": 2,
        "least_months": 6,
        "smallest": Decimal("5000.00"),
    }

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a site and year, on the purchases of the last month; the months before it need data."""
        bought = settings["charges"].filter(pl.col("txn.kind") == "purchase").drop_nulls(["txn.date", "txn.site"])
        month = pl.col("txn.date").dt.month()
        ends = pl.col("txn.date").dt.year() + (month > settings["last_month"]).cast(pl.Int32)
        months = (
            bought.with_columns(year=ends, month=month, smallest=pl.col("$smallest"))
            .group_by("txn.site", "year", "month")
            .agg(
                spent=pl.col("txn.amount").sum(),
                ids=pl.col("transaction_id"),
                smallest=pl.col("smallest").min(),
            )
        )
        last = pl.col("month") == settings["last_month"]
        years = (
            months.group_by("txn.site", "year")
            .agg(
                pl.col("ids").filter(last).first().alias("transaction_ids"),
                spent=pl.col("spent").filter(last).sum(),
                usual=pl.col("spent").filter(~last).median(),
                months=(~last).sum(),
                smallest=pl.col("smallest").min(),
            )
            .filter(
                pl.col("months") >= settings["least_months"],
                pl.col("spent") >= pl.col("smallest"),
                pl.col("spent") >= pl.col("usual") * settings["times"],
            )
            .sort("txn.site", "year")
        )
        return scored(years, 0.15, _REASONS)


_REASONS = (Reason("four times a usual month or more", pl.col("spent") >= pl.col("usual") * 4, 0.3),)

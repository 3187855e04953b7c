"""Charges of one group that lie close together."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.policy.calendars import Calendar
from pcard.policy.rules import Unit


def day_index(unit: Unit, calendar: Calendar) -> pl.Expr:
    """Number the days of purchase so that a difference of two is the days, or business days, between them."""
    day = pl.col("txn.date")
    return calendar.business_index(day) if unit == "business days" else day.cast(pl.Int32).cast(pl.Int64)


def in_windows(
    rows: pl.DataFrame, group: Sequence[str], span: int, figures: Sequence[pl.Expr], met: pl.Expr
) -> pl.DataFrame:
    """Slide a window from each row's `day` over its group; number the rows of those that meet a condition.

    A window holds two charges or more and reaches `span` days; one that a
    larger window contains is left out. A row of two windows stands twice.
    """
    rows = rows.sort(*group, "day", maintain_order=True)
    windows = (
        rows.rolling("day", period=f"{span + 1}i", offset="-1i", closed="right", group_by=group)
        .agg(*figures, last=pl.col("day").max(), members=pl.col("transaction_id").n_unique())
        .filter(met & (pl.col("members") > 1))
        .unique([*group, "day"])
        .sort(*group, "day")
    )
    reached = pl.col("last").cum_max().shift(1).over(group, mapping_strategy="group_to_rows")
    largest = windows.filter((pl.col("last") > reached).fill_null(value=True))
    numbered = largest.select(*group, "last", first="day").with_row_index("group")
    joined = rows.join(numbered, on=group, how="inner", maintain_order="left")
    return joined.filter(pl.col("day").is_between("first", "last"))

"""Charges of one group that lie close together."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.policy.calendars import Calendar
from pcard.policy.rules import Unit

_MOST_KEY = 2**63
_MEMBERS = pl.col("transaction_id").n_unique()


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
    rows = _near_another(rows.with_columns(key=_key(rows, group)), span)
    windows = (
        rows.rolling("day", period=f"{span + 1}i", offset="-1i", closed="right", group_by="key")
        .agg(*(pl.col(name).first() for name in group), *figures, last=pl.col("day").max(), members=_MEMBERS)
        .filter(met & (pl.col("members") > 1))
        .unique(["key", "day"])
        .sort("key", "day")
    )
    reached = pl.col("last").cum_max().shift(1).over("key", mapping_strategy="group_to_rows")
    largest = windows.filter((pl.col("last") > reached).fill_null(value=True))
    numbered = largest.select("key", "last", first="day").with_row_index("group")
    joined = rows.join(numbered, on="key", how="inner", maintain_order="left").drop("key")
    return joined.filter(pl.col("day").is_between("first", "last"))


def _key(rows: pl.DataFrame, group: Sequence[str]) -> pl.Series:
    """Number the groups: whole numbers sort many times faster than names do."""
    key, most = pl.Series("key", [0], pl.UInt64).new_from_index(0, rows.height), 1
    for name in group:
        column = rows[name]
        text = column.dtype == pl.String
        code = (column.cast(pl.Categorical).to_physical() if text else column.rank("dense")).cast(pl.UInt64)
        width = int(code.max() or 0) + 1  # type: ignore[arg-type]
        if most * width > _MOST_KEY:
            key, most = key.rank("dense").cast(pl.UInt64), rows.height + 1
        key, most = key * width + code, most * width
    return key.alias("key")


def _near_another(rows: pl.DataFrame, span: int) -> pl.DataFrame:
    """Keep the rows that another of their group lies close enough to, by group and day in the order they had."""
    ordered = rows.select("key", "day").with_row_index("at").sort("key", "day", "at")
    close = (pl.col("day").diff() <= span) & (pl.col("key") == pl.col("key").shift(1))
    return rows[ordered.filter((close | close.shift(-1)).fill_null(value=False))["at"]]

"""What a delimited export says of the account in the rows around its table: period, opening, closing, due date."""

from __future__ import annotations

import polars as pl

from pcard.importers.tables.layouts import Layout
from pcard.importers.tables.rows import joined_text


def statement_of(layout: Layout) -> pl.DataFrame | None:
    """Return the statement a profile's `statement` patterns find, as one line of `statements`; None where no closing.

    A pattern is looked for in every row's cells, joined by ` | `; its first
    group is the value.
    """
    rules = layout.profile.statement
    if rules is None:
        return None
    texts = layout.grid.frame.select(joined_text().alias("text")).with_columns(layout.grid.lines.alias("line"))
    values = {name: _first(texts, pattern) for name, pattern in rules.patterns().items()}
    closed = values.get("closed")
    if closed is None:
        return None
    kind = "bank" if layout.profile.table == "bank_lines" else "card"
    cells = {name: value[0] for name, value in values.items() if value is not None}
    last = max(value[1] for value in values.values() if value is not None)
    return pl.DataFrame([{**cells, "kind": kind, "line": last}]).with_columns(pl.col("line").cast(pl.Int32))


def _first(texts: pl.DataFrame, pattern: str) -> tuple[str, int] | None:
    found = texts.with_columns(pl.col("text").str.extract(pattern, 1).alias("value")).drop_nulls("value")
    return found.select("value", "line").row(0) if found.height else None

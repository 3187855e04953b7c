"""How good the links are, as a section of a report."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.reports.report import Heading, Listing, Section
from pcard.schema import Column, Kind, Table

_TITLES = {
    "kinds": "Links against the truth",
    "shapes": "By what a link is part of",
    "calibration": "Stated probability against what was right",
    "coverage": "What could be taken without asking, by wrong links allowed in 10,000",
    "review": "What is left for people",
}
_PLAIN = ("minutes", "wrong_per_10k")  # numbers that are no shares


def evaluation_section(tables: Sequence[tuple[Table, pl.DataFrame]], lead: str) -> Section:
    """Return the figures as tables; shares in percent with two decimals."""
    return Section("evaluation", "Evaluation", lead, listings=tuple(_listing(table, frame) for table, frame in tables))


def _listing(table: Table, frame: pl.DataFrame) -> Listing:
    headings = tuple(Heading(c.frame_name, c.name.replace("_", " "), _kind(c)) for c in table.columns)
    shown = frame.with_columns(_shown(c) for c in table.columns if c.kind is Kind.NUMBER)
    return Listing(table.name, _TITLES[table.name], headings, shown, "The truth names no link.")


def _kind(column: Column) -> Kind:
    return Kind.RATE if column.kind is Kind.NUMBER else column.kind


def _shown(column: Column) -> pl.Expr:
    value = pl.col(column.frame_name)
    if column.name in _PLAIN:
        return value.round(1).cast(pl.String)
    return pl.format("{}%", (value * 100).round(2))

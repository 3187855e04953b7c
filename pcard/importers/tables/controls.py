"""Figures to hold a delimited document to: those it states, and two that are always taken.

The count of rows is taken from the text's lines and quotes alone, the sum from
the amount cells of every row below the header; what was read must give the
same.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.frames import Control
from pcard.importers.tables.layouts import Layout
from pcard.importers.tables.profiles import ControlRow
from pcard.importers.tables.rows import Rows, amount_cells, joined_text
from pcard.money import DecimalMark, format_cents, read_cents


def controls_of(layout: Layout, lines: pl.DataFrame, rows: Rows, mark: DecimalMark) -> tuple[Control, ...]:
    """Return the figures a layout is held to, each beside what was found."""
    return (*_own_controls(layout, lines, rows, mark), *_stated_controls(layout, lines, rows, mark))


def _own_controls(layout: Layout, lines: pl.DataFrame, rows: Rows, mark: DecimalMark) -> Iterator[Control]:
    grid = layout.grid
    if grid.stated_rows is not None:
        empty = int((grid.widths == 0).sum()) if grid.widths is not None else 0
        taken = lines.height + len(rows.further) + len(rows.skipped) + len(rows.broken_lines)
        yield Control("rows of the file", str(grid.stated_rows), str(taken + layout.body - layout.header - empty))
    cells = amount_cells(layout, lead_only=True)
    if cells and "amount" in lines.columns:
        sizes = pl.sum_horizontal([read_cents(cell, mark).abs() for cell in cells])
        body = grid.frame.slice(layout.body).select(sizes.alias("size"), grid.lines.slice(layout.body).alias("line"))
        taken = lines.select(read_cents(pl.col("amount"), mark).abs().sum()).item()
        left_out = (
            body.join(lines.select("line"), on="line", how="anti") if lines.height < body.height else body.clear()
        )
        other = left_out["size"].sum()
        whole = body["size"].sum()
        yield Control("sum of the amounts, signs aside", format_cents(int(whole)), format_cents(int(taken + other)))


def _stated_controls(layout: Layout, lines: pl.DataFrame, rows: Rows, mark: DecimalMark) -> Iterator[Control]:
    if not layout.profile.controls:
        return
    amounts = {row.line: row.amount for row in rows.skipped}
    texts = layout.grid.frame.select(joined_text().alias("text")).with_columns(layout.grid.lines.alias("line"))
    for rule in layout.profile.controls:
        for line, text in texts.filter(pl.col("text").str.contains(rule.text)).select("line", "text").iter_rows():
            yield from _figures(rule, line, pl.Series([text]), lines, amounts.get(line), mark)


def _figures(
    rule: ControlRow, line: int, text: pl.Series, lines: pl.DataFrame, amount: str | None, mark: DecimalMark
) -> Iterator[Control]:
    if rule.count:
        stated = text.str.extract(rule.count).item() or "nothing"
        yield Control(f"count on line {line}", stated.replace(",", ""), str(lines.height))
    if rule.sum:
        written = amount if rule.sum == "amount" else text.str.extract(rule.sum).item()
        stated_cents = pl.select(read_cents(pl.lit(written, pl.String), mark)).item()
        found = lines.select(read_cents(pl.col("amount"), mark).sum()).item()
        stated = "nothing" if stated_cents is None else format_cents(stated_cents)
        yield Control(f"sum on line {line}", stated, format_cents(found))

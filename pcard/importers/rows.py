"""Which rows of a layout are records, and why each other one is not.

A record has at least one of the cells that every line of its table has (id,
date, merchant ...). A row without any of them is a subtotal or a note, labelled
or not: that is how thousands of bare amounts between the lines are told from
purchases. Nothing is dropped: each such row comes back with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pcard.errors import Fault, Place
from pcard.frames import Skipped
from pcard.importers.layouts import Layout
from pcard.importers.profiles import TELLING
from pcard.schema import Kind

_TOTAL = r"(?i)(?:^|\| |\b)(?:grand |sub ?|sub-|report |page |card(?:holder)? |account |statement )?totals?\b"
_CLOSING = r"(?i)^(?:end of (?:report|file|data)|\**\s*end\s*\**$|(?:number of |total )?(?:records?|rows?|transactions?)\s*[:=])"
_MOST_FAULTS = 500


@dataclass(frozen=True)
class Rows:
    """The rows of a layout: those that are records (their positions in the grid), those skipped, those broken."""

    records: pl.Series
    skipped: tuple[Skipped, ...]
    broken: tuple[Fault, ...]
    broken_lines: frozenset[int]


def part_rows(layout: Layout, place: Place) -> Rows:
    """Part the rows of a layout into records, skipped ones and those with too many or too few fields."""
    reasons = _reasons(layout)
    widths = _widths(layout)
    # A narrow row that says what it is (a total, a trailer) is no broken record.
    broken = (
        (widths != 0) & ~(reasons.fill_null("") .is_in(["blank", "total", "trailer", "repeated header"]))
        if widths is not None
        else pl.repeat(value=False, n=len(reasons), eager=True)
    )
    if layout.profile.skip:
        broken &= ~reasons.fill_null("").is_in([rule.reason for rule in layout.profile.skip])
    skipped = _skipped(layout, reasons, broken)
    faults = tuple(_width_faults(layout, widths, broken, place)) if widths is not None else ()
    positions = (reasons.is_null() & ~broken).arg_true() + layout.body
    lines = frozenset(layout.grid.lines.gather(broken.arg_true() + layout.body).to_list())
    return Rows(positions, skipped, faults, lines)


def joined_text() -> pl.Expr:
    """Return the cells of each row joined by ` | `, empty ones left out."""
    return pl.concat_str(pl.all(), separator=" | ", ignore_nulls=True)


def _reasons(layout: Layout) -> pl.Series:
    """Return, for each row after the header, why it is no record; null where it is one."""
    profile, body = layout.profile, layout.grid.frame.slice(layout.body)
    cell = {name: pl.col(f"c{place}") for name, place in layout.columns.items()}
    telling = [cell[name] for name in TELLING.get(profile.table, tuple(profile.needed)) if name in cell]
    dates = [cell[name] for name in profile.of_kind(Kind.DATE) if name in cell]
    text = joined_text()
    reason = pl.when(pl.all_horizontal(pl.all().is_null())).then(pl.lit("blank"))
    for rule in profile.skip:
        reason = reason.when(text.str.contains(rule.text)).then(pl.lit(rule.reason))
    if layout.header < layout.body:
        same = [column == layout.grid.row(layout.header)[layout.columns[name]] for name, column in cell.items()]
        reason = reason.when(pl.all_horizontal(same)).then(pl.lit("repeated header"))
    if profile.subtotals and telling:
        undated = pl.all_horizontal([date.is_null() for date in dates]) if dates else pl.lit(value=True)
        short = pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32)) <= 1
        unlike = pl.all_horizontal([column.is_null() for column in telling])
        amounts = amount_cells(layout)
        bare = pl.all_horizontal([amount.is_null() for amount in amounts])
        reason = (
            reason.when(text.str.contains(_CLOSING) & bare).then(pl.lit("trailer"))
            .when((undated | short) & text.str.contains(_TOTAL)).then(pl.lit("total"))
            .when(unlike & bare).then(pl.lit("note"))
            .when(unlike).then(pl.lit("subtotal"))
            .when(short & bare).then(pl.lit("note"))
        )  # fmt: skip
    return body.select(reason.alias("reason")).to_series()


def amount_cells(layout: Layout, *, lead_only: bool = False) -> list[pl.Expr]:
    """Return the cells that hold a row's amount, and after them, unless `lead_only`, its other money."""
    names = ["amount", "total", "#debit", "#credit", *(() if lead_only else layout.profile.of_kind(Kind.MONEY))]
    return [pl.col(f"c{layout.columns[name]}") for name in dict.fromkeys(names) if name in layout.columns]


def _skipped(layout: Layout, reasons: pl.Series, broken: pl.Series) -> tuple[Skipped, ...]:
    grid = layout.grid
    amounts = amount_cells(layout)
    amount = pl.coalesce(*amounts) if amounts else pl.lit(None, pl.String)
    body = grid.frame.slice(layout.body).select(joined_text().alias("text"), amount.alias("amount"))
    chosen = body.with_columns(grid.lines.slice(layout.body).alias("line"), reasons.alias("reason"))
    chosen = chosen.filter(pl.col("reason").is_not_null() & ~broken)
    preamble = grid.frame.head(layout.header).select(joined_text().alias("text"))
    return (
        *(
            Skipped(grid.lines[index], "preamble" if text else "blank", text or "")
            for index, text in enumerate(preamble["text"])
        ),
        *(
            Skipped(line, reason, text or "", amount)
            for text, amount, line, reason in chosen.select("text", "amount", "line", "reason").iter_rows()
        ),
    )


def _widths(layout: Layout) -> pl.Series | None:
    """Return how many fields each row has more (above zero) or fewer than the header; None in a workbook."""
    grid = layout.grid
    if grid.widths is None:
        return None
    fields = grid.widths.slice(layout.body)
    wanted = max(grid.width_of(index) for index in range(layout.header, max(layout.body, layout.header + 1)))
    written = int(grid.widths.slice(layout.header, max(layout.body - layout.header, 1)).max() or 0)  # type: ignore[arg-type]
    beyond = [pl.col(name).is_not_null() for name in grid.frame.columns[written:]]
    spills = (
        grid.frame.slice(layout.body).select(pl.any_horizontal(beyond).alias("spills")).to_series()
        if beyond
        else pl.repeat(value=False, n=len(fields), eager=True)
    )
    short = (fields - wanted).clip(upper_bound=0)
    return pl.select(pl.when(pl.lit(spills)).then(pl.lit(fields - written)).otherwise(pl.lit(short))).to_series()


def _width_faults(layout: Layout, widths: pl.Series, broken: pl.Series, place: Place) -> list[Fault]:
    faults: list[Fault] = []
    positions = broken.arg_true()
    for position in positions.head(_MOST_FAULTS):
        line, extra = layout.grid.lines[position + layout.body], widths[position]
        at = Place(place.source, line)
        if extra > 0:
            cure = "put quotes around the field that holds the separator"
            faults.append(Fault("row-too-wide", at, f"the row has {extra} fields more than the header", cure))
        else:
            cure = "complete the row; where it is the last one, download the file again"
            faults.append(Fault("row-too-narrow", at, f"the row has {-extra} fields fewer than the header", cure))
    if len(positions) > _MOST_FAULTS:
        more = f"{len(positions) - _MOST_FAULTS:,} more rows do not have the header's number of fields"
        faults.append(Fault("rows-ragged", place, more, "check which separator the file uses"))
    return faults

"""Which rows of a layout are records, and why each other one is not.

A record has at least one of the cells that every line of its table has (id,
date, merchant ...). A row without any of them is a subtotal or a note, labelled
or not: that is how thousands of bare amounts between the lines are told from
purchases. Nothing is dropped: each such row comes back with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pcard.errors import Fault, Place
from pcard.frames import Skipped
from pcard.importers.tables.layouts import Layout
from pcard.importers.tables.profiles import TELLING
from pcard.schema import Kind

_TOTAL = r"(?i)(?:^|\| |\b)(?:grand |sub ?|sub-|report |page |card(?:holder)? |account |statement )?totals?\b"
_CLOSING = r"(?i)^(?:end of (?:report|file|data)|\**\s*end\s*\**$|(?:number of |total )?(?:records?|rows?|transactions?)\s*[:=])"
# What a row may be called though it has fewer fields than the header.
_OF_ACCOUNT = "what the file says of the account"
_PLAIN = ("blank", "total", "trailer", "repeated header", _OF_ACCOUNT)
_FURTHER = "a further row of one record"
_MOST_FAULTS = 500


@dataclass(frozen=True)
class Rows:
    """The rows of a layout: those that are records (their positions in the grid), those skipped, those broken.

    `further` are the rows that only carry a further allocation of the record they repeat.
    """

    records: pl.Series
    further: pl.Series
    skipped: tuple[Skipped, ...]
    broken: tuple[Fault, ...]
    broken_lines: frozenset[int]


def part_rows(layout: Layout, place: Place) -> Rows:
    """Part the rows of a layout into records, skipped ones and those with too many or too few fields."""
    reasons = _reasons(layout)
    beside = _fields_beside_header(layout)
    # A narrow row that says what it is (a total, a trailer) is no record cut short.
    named = [*_PLAIN, *(rule.reason for rule in layout.profile.skip)]
    broken = (beside != 0) & ~reasons.fill_null("").is_in(named)
    further = (reasons == _FURTHER).fill_null(value=False) & ~broken if layout.is_coded else broken & ~broken
    records = (reasons.is_null() & ~broken).arg_true() + layout.body
    skipped = _skipped(layout, reasons, left_out=broken | further)
    lines = frozenset(layout.grid.lines.gather(broken.arg_true() + layout.body).to_list())
    faults = _width_faults(layout, beside, broken, place)
    return Rows(records, further.arg_true() + layout.body, skipped, faults, lines)


def joined_text() -> pl.Expr:
    """Return the cells of each row joined by ` | `, empty ones left out."""
    return pl.concat_str(pl.all(), separator=" | ", ignore_nulls=True)


def _reasons(layout: Layout) -> pl.Series:
    """Return, for each row after the header, why it is no record; null where it is one."""
    profile, body = layout.profile, layout.grid.frame.slice(layout.body)
    cell = {name: pl.col(f"c{place}") for name, place in layout.columns.items()}
    text = joined_text()
    reasons = [(pl.all_horizontal(pl.all().is_null()), "blank")]
    reasons += [(text.str.contains(rule.text), rule.reason) for rule in profile.skip]
    for index in range(layout.header, layout.body):
        header = layout.grid.row(index)
        same = [column.eq_missing(pl.lit(header[layout.columns[name]], pl.String)) for name, column in cell.items()]
        reasons.append((pl.all_horizontal(same), "repeated header"))
    if profile.statement:
        said = pl.any_horizontal(text.str.contains(pattern) for pattern in profile.statement.patterns().values())
        reasons.append((said & _bare(layout), _OF_ACCOUNT))
    if profile.subtotals:
        reasons += _structural(layout, cell)
    reason = pl.coalesce(pl.when(condition).then(pl.lit(reason)) for condition, reason in reasons)
    parted = body.with_columns(reason.alias("reason"))
    key = profile.told_apart_by
    if key and key in cell and (profile.one_row_per or layout.is_coded):
        parted = parted.with_columns(_further_rows(layout, key).alias("reason"))
    return parted["reason"]


def _structural(layout: Layout, cell: Mapping[str, pl.Expr]) -> list[tuple[pl.Expr, str]]:
    """Return what tells subtotals, trailers and notes, labelled or not, from records."""
    profile, text = layout.profile, joined_text()
    days = profile.of_kind(Kind.DATE)
    # A word where a date belongs (`Total`, a cardholder's name) is none.
    wordy = [~cell[name].str.contains("[0-9]").fill_null(value=False) for name in days if name in cell]
    undated = pl.all_horizontal(wordy) if wordy else pl.lit(value=True)
    telling = [cell[name] for name in TELLING.get(profile.table, profile.needed) if name in cell and name not in days]
    alone = pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32)) <= 1
    untold = pl.all_horizontal([undated, *(column.is_null() for column in telling)])
    bare = _bare(layout)
    return [
        (text.str.contains(_CLOSING) & bare, "trailer"),
        ((undated | alone) & text.str.contains(_TOTAL), "total"),
        (untold & bare, "note"),
        (untold, "subtotal"),
        (alone & bare, "note"),
    ]


def _bare(layout: Layout) -> pl.Expr:
    """Tell the rows without any amount."""
    return pl.all_horizontal([amount.is_null() for amount in amount_cells(layout)])


def _further_rows(layout: Layout, key: str) -> pl.Expr:
    """Give the later ones of rows that repeat a record, as one an item does, their reason.

    A later row that says something else about date or money is no repetition.
    """
    named = dict.fromkeys((key, *layout.profile.of_kind(Kind.DATE), *layout.profile.of_kind(Kind.MONEY)))
    same = [pl.col(f"c{layout.columns[name]}") for name in named if name in layout.columns]
    again = pl.col("reason").is_null() & (pl.int_range(pl.len()).over("reason", *same) > 0) & same[0].is_not_null()
    return pl.when(again).then(pl.lit(_FURTHER)).otherwise("reason")


def amount_cells(layout: Layout, *, lead_only: bool = False) -> list[pl.Expr]:
    """Return the cells that hold a row's amount, and after them, unless `lead_only`, its other money."""
    names = ["amount", "total", "#debit", "#credit", *(() if lead_only else layout.profile.of_kind(Kind.MONEY))]
    return [pl.col(f"c{layout.columns[name]}") for name in dict.fromkeys(names) if name in layout.columns]


def _skipped(layout: Layout, reasons: pl.Series, *, left_out: pl.Series) -> tuple[Skipped, ...]:
    grid = layout.grid
    amounts = amount_cells(layout)
    figures = [pl.when(amount.str.contains("[0-9]")).then(amount) for amount in amounts]
    amount = pl.coalesce(*figures) if figures else pl.lit(None, pl.String)
    body = grid.frame.slice(layout.body).select(joined_text().alias("text"), amount.alias("amount"))
    chosen = body.with_columns(grid.lines.slice(layout.body).alias("line"), reasons.alias("reason"))
    chosen = chosen.filter(pl.col("reason").is_not_null() & ~left_out)
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


def _fields_beside_header(layout: Layout) -> pl.Series:
    """Return how many fields each row has more (above zero) or fewer than the header; none in a workbook."""
    grid, header = layout.grid, slice(layout.header, max(layout.body, layout.header + 1))
    if grid.widths is None:
        return pl.repeat(0, grid.height - layout.body, eager=True, dtype=pl.Int32)
    fields = grid.widths.slice(layout.body)
    # Columns without a heading at the header's end may be left out; cells beyond the last separator may not be filled.
    least = max(grid.width_of(index) for index in range(header.start, header.stop))
    most = max(grid.widths[header])
    beyond = [pl.col(name).is_not_null() for name in grid.frame.columns[most:]]
    rows = grid.frame.slice(layout.body).with_columns(fields.alias("fields"))
    short = (pl.col("fields") - least).clip(upper_bound=0)
    spills = pl.any_horizontal(beyond) if beyond else pl.lit(value=False)
    return rows.select(pl.when(spills).then(pl.col("fields") - most).otherwise(short).alias("beside"))["beside"]


def _width_faults(layout: Layout, beside: pl.Series, broken: pl.Series, place: Place) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    positions = broken.arg_true()
    for position in positions.head(_MOST_FAULTS):
        at, extra = Place(place.source, layout.grid.lines[position + layout.body]), beside[position]
        if extra > 0:
            cure = "put quotes around the field that holds the separator"
            faults.append(Fault("row-too-wide", at, f"the row has {extra} more fields than the header", cure))
        else:
            cure = "complete the row; where it is the last one, download the file again"
            faults.append(Fault("row-too-narrow", at, f"the row has {-extra} fewer fields than the header", cure))
    if len(positions) > _MOST_FAULTS:
        more = f"{len(positions) - _MOST_FAULTS:,} more rows do not have the header's number of fields"
        faults.append(Fault("rows-ragged", place, more, "check which separator the file uses"))
    return tuple(faults)

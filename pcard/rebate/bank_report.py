"""The bank's own rebate report: a line a transaction, or a line a rebate type.

The columns are those that cooperative contracts make banks give (NASPO
ValuePoint 00819, sections 5.8-5.11): entity, entity type, date, merchant, TIN,
amount, rebate type, basis points, rebate of each transaction; or net spend,
rate and rebate of each type, beside credits and write-offs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.importers.tables.grids import Grid
from pcard.importers.tables.headers import find_header, header_key
from pcard.importers.tables.sheets import grids_of
from pcard.money import read_cents, show_cents
from pcard.schema import Table, columns

REPORT_LINES = Table(
    "bank_report_lines",
    columns("line:count! reference date:date amount:money! merchant type! rate_bps:rate rebate:money"),
    ("line",),
)
REPORT_TYPES = Table(
    "bank_report_types",
    columns("line:count! type! amount:money! rate_bps:rate rebate:money! credits:money write_offs:money"),
    ("line",),
)
_Headings: TypeAlias = Mapping[str, Sequence[str]]
_TYPE = ("rebate type", "rebate category", "incentive type", "incentive category", "bucket", "type")
_RATE = ("basis points", "bps", "rate bps", "rebate rate", "rate")
_REBATE = ("rebate amount", "rebate", "incentive amount", "incentive", "rebate earned")
_LINE_HEADINGS: _Headings = {
    "reference": ("reference number", "reference", "transaction id", "transaction number", "id"),
    "date": ("transaction date", "date", "posting date", "posted date", "posted"),
    "amount": ("transaction amount", "amount"),
    "merchant": ("merchant name", "merchant", "supplier", "vendor"),
    "type": _TYPE,
    "rate_bps": _RATE,
    "rebate": _REBATE,
}
_TYPE_HEADINGS: _Headings = {
    "type": _TYPE,
    "amount": ("net spend", "net volume", "eligible spend", "eligible volume", "volume", "spend"),
    "rate_bps": _RATE,
    "rebate": _REBATE,
    "credits": ("credits", "total credits"),
    "write_offs": ("write offs", "writeoffs", "charge offs", "credit losses"),
}
_SEARCHED_ROWS = 40
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y%m%d")


@dataclass(frozen=True)
class BankReport:
    """What a report says: `lines` (REPORT_LINES, none in a summary) or `types` (REPORT_TYPES), and doubts about its sums."""

    name: str
    lines: pl.DataFrame
    types: pl.DataFrame
    warnings: tuple[Fault, ...] = ()


def read_bank_report(document: Document) -> BankReport:
    """Read a report, delimited or a spreadsheet.

    Raises:
        Refused: no such table, or cells of it that cannot be read, all at once.
    """
    for grid in grids_of(document):
        for headings, table, must in (
            (_LINE_HEADINGS, REPORT_LINES, ("date", "amount", "merchant", "type")),
            (_TYPE_HEADINGS, REPORT_TYPES, ("type", "amount", "rebate")),
        ):
            if found := _header(grid, headings, must):
                return _report(document, table, *_cells(grid, *found))
    message = "no heading row of a rebate report was found"
    cure = "ask for rebate type, net spend, rate and rebate, or date, merchant, amount and rebate type of each charge"
    raise Refused(Fault("bank-report-unknown", document.place(), message, cure))


def _header(grid: Grid, headings: _Headings, must: Sequence[str]) -> tuple[int, dict[str, int]] | None:
    for index, cells in enumerate(grid.frame.head(_SEARCHED_ROWS).rows()):
        keys = {header_key(cell): place for place, cell in enumerate(cells) if cell}
        found = {name: find_header(aliases, keys) for name, aliases in headings.items()}
        if all(found[name] is not None for name in must):
            return index, {name: place for name, place in found.items() if place is not None}
    return None


def _cells(grid: Grid, header: int, places: Mapping[str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows under the header as text, and apart from them the totals."""
    picked = grid.frame.select(pl.col(f"c{place}").alias(name) for name, place in places.items())
    rows = picked.with_columns(grid.lines.alias("line"), first=pl.coalesce(pl.all()).cast(pl.String)).slice(header + 1)
    rows = rows.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in places))
    first_cell = pl.coalesce(grid.frame.columns).alias("head")
    heads = grid.frame.select(first_cell).with_columns(grid.lines.alias("line"))
    rows = rows.drop("first").join(heads, on="line", how="left", maintain_order="left")
    total = pl.col("head").str.contains(r"(?i)^(?:grand |sub)?total").fill_null(value=False) | pl.col("type").is_null()
    return rows.filter(~total), rows.filter(total)


def _report(document: Document, table: Table, rows: pl.DataFrame, totals: pl.DataFrame) -> BankReport:
    typed = rows.select("line", *(_typed(name, table) for name in rows.columns if name not in ("line", "head")))
    frame_names = {table.column(name).frame_name: name for name in rows.columns if name not in ("line", "head")}
    faults = [
        Fault(
            "bank-report-unreadable",
            document.place(line, field=name),
            f"the {name.replace('_', ' ')} cannot be read",
            "correct it, or ask the bank for the report again",
        )
        for frame_name, name in frame_names.items()
        for line in rows.filter(typed[frame_name].is_null() & _is_there(rows, name, table))["line"]
    ]
    if faults:
        raise Refused(*sorted(faults, key=lambda fault: fault.place))
    frame = table.of(typed)
    warnings = tuple(_total_faults(document, frame, totals))
    is_lines = table is REPORT_LINES
    return BankReport(
        document.name,
        frame if is_lines else REPORT_LINES.empty(),
        REPORT_TYPES.empty() if is_lines else frame,
        warnings,
    )


def _is_there(rows: pl.DataFrame, name: str, table: Table) -> pl.Series:
    """Tell which cells must be readable: those that hold something, and those every row needs."""
    return rows[name].is_not_null() | pl.Series([table.column(name).required] * rows.height, dtype=pl.Boolean)


def _typed(name: str, table: Table) -> pl.Expr:
    column, cell = table.column(name), pl.col(name)
    if column.frame_name.endswith("_cents"):
        return read_cents(cell).alias(column.frame_name)
    if name == "date":
        day = cell.str.slice(0, 10)
        return pl.coalesce(day.str.to_date(form, strict=False) for form in _DATES).alias(name)
    if name == "rate_bps":
        percent = cell.str.contains("%")
        number = cell.str.replace_all(r"[%\s]|(?i:bps)", "").cast(pl.Decimal(18, 4), strict=False)
        return (number * pl.when(percent).then(100).otherwise(1)).cast(pl.Decimal(18, 4)).alias(name)
    return cell


def _total_faults(document: Document, frame: pl.DataFrame, totals: pl.DataFrame) -> list[Fault]:
    """Doubt a report whose grand total is not the sum of its rebates."""
    if "rebate" not in totals.columns:
        return []
    stated = totals.select("line", cents=read_cents(pl.col("rebate"))).drop_nulls()
    found = int(frame["rebate_cents"].sum())
    if stated.is_empty() or stated["cents"][-1] == found:
        return []
    line, cents = stated.row(-1)
    message = f"the report's total is {show_cents(cents)}, its rows sum to {show_cents(found)}"
    cure = "ask the bank which of the two it means"
    return [Fault("bank-report-total", document.place(line), message, cure, warning=True)]

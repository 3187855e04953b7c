"""Our own tables, as CSV, XLSX or Parquet: recognised by their header, in any order of columns.

The headings are those of DESIGN's tables (`pcard.frames.RECORDS`); case, spaces
and underscores do not matter, columns no table knows are kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from pcard.card_numbers import PARQUET
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.escape import for_terminal
from pcard.frames import RECORDS, Extract, Skipped
from pcard.importers.tables.delimited import merged, read_layout, unread_rows
from pcard.importers.tables.grids import Grid, clean_cells
from pcard.importers.tables.headers import did_you_mean, header_key, numbered
from pcard.importers.tables.layouts import Layout
from pcard.importers.tables.profiles import Profile, profile_of
from pcard.importers.tables.readings import date_orders
from pcard.importers.tables.sheets import grids_of, head_of
from pcard.schema import Kind

# What each table must have: words apart by a space are all needed, `a|b` is one of them, `a+b` both together.
NEEDS: Mapping[str, str] = {
    "transactions": "id date|posted amount merchant",
    "receipts": "id vendor+date+total|file+transaction|file+card",
    "orders": "po_number vendor date amount",
    "cards": "card cardholder",
    "sites": "site name",
    "people": "person",
    "vendors": "vendor name",
    "ap_payments": "vendor date amount",
    "coding": "transaction line amount",
    "approvals": "transaction|po_number step person on",
    "custody": "card person out",
    "disputes": "transaction opened",
    "bank_lines": "date amount description",
    "rebate_reports": "rebate_type amount rebate period|date",
}


@dataclass
class Canonical:
    """Reads our own tables; `table` says which one where a person named it."""

    table: str | None = None
    name: str = "canonical"
    version: str = "1"

    def identify(self, document: Document) -> bool:
        """Tell whether the document's header is one of ours and its dates are written as ours are."""
        if document.content.startswith(PARQUET):
            return True
        layouts = [layout for grid in head_of(document) if (layout := _layout(grid, self.table))]
        return bool(layouts) and (self.table is not None or any(map(_is_ours, layouts)))

    def extract(self, document: Document) -> Extract:
        """Return the lines of each table in the document.

        Raises:
            Refused: broken as a whole, two tables fit alike, or a column that must be there is missing.
        """
        grids = cells_of(document)
        tables: dict[str, list[Layout]] = {}
        unread: list[Skipped] = []
        for grid in grids:
            if layout := _layout(grid, self.table):
                tables.setdefault(layout.profile.table, []).append(layout)
            else:
                unread += unread_rows(grid)
        if not tables:
            raise Refused(
                *(fault for grid in grids if grid.height for fault in missing_columns(grid, document, self.table))
            )
        extracts = [
            merged("canonical", found[0].profile, [read_layout(layout, document) for layout in found])
            for found in tables.values()
        ]
        return Extract(
            "canonical",
            self.version,
            {name: frame for extract in extracts for name, frame in extract.lines.items()},
            readings={name: extract.reading for extract in extracts for name in extract.lines},
            skipped=(*(row for extract in extracts for row in extract.skipped), *unread),
            controls=tuple(control for extract in extracts for control in extract.controls),
            faults=tuple(fault for extract in extracts for fault in extract.faults),
        )


def cells_of(document: Document) -> tuple[Grid, ...]:
    """Return a document's grids, be it Parquet, a workbook or delimited text.

    Raises:
        Refused: it is none of these, or it is broken as a whole.
    """
    return (_parquet(document),) if document.content.startswith(PARQUET) else grids_of(document)


@cache
def _profile(table: str) -> Profile:
    record = RECORDS[table]
    ours = {"identity", "document", "line", "transaction_id"}
    aliases = {column: [alias for alias, name in record.aliases.items() if name == column] for column in record.names}
    columns = {name: [name, *aliases[name]] for name in record.names if name not in ours}
    sign = "spend_negative" if table == "bank_lines" else "spend_positive"
    return profile_of(columns, id=f"our-{table.replace('_', '-')}", table=table, subtotals=False, amount={"sign": sign})


def _layout(grid: Grid, table: str | None) -> Layout | None:
    """Lay the table over a grid that its header is nearest to; None where it is none of ours."""
    header = next((index for index, cells in enumerate(grid.frame.head(5).rows()) if any(cells)), None)
    if header is None:
        return None
    names = tuple(numbered(grid.row(header)))
    keys = {header_key(name): place for place, name in enumerate(names)}
    fits: dict[tuple[int, int], list[Layout]] = {}
    for name in [table] if table else NEEDS:
        profile = _profile(name)
        columns = {
            column: keys[key]
            for column, source in profile.columns.items()
            if (key := next((header_key(one) for one in source.headings if header_key(one) in keys), None)) is not None
        }
        if not list(_lacking(name, columns)):
            layout = Layout(profile, grid, header, header + 1, names, columns)
            fits.setdefault((len(columns), len(NEEDS[name].split())), []).append(layout)
    best = fits[max(fits)] if fits else []
    return best[0] if len(best) == 1 else None


def _lacking(table: str, columns: Mapping[str, int]) -> Iterator[str]:
    """Yield what a table must have and these columns do not give, as words of `NEEDS`."""
    record = RECORDS[table]
    for need in NEEDS[table].split():
        ways = [[record.aliases.get(name, name) for name in way.split("+")] for way in need.split("|")]
        if not any(set(way) <= set(columns) for way in ways):
            yield need


def _is_ours(layout: Layout) -> bool:
    """Tell our tables from a bank's of the same headings: ours write the year first."""
    cells = [layout.grid.frame[f"c{layout.columns[name]}"].slice(layout.body) for name in _days(layout)]
    return layout.grid.epoch is not None or "ymd" in date_orders(cells)


def _days(layout: Layout) -> list[str]:
    return [name for name in layout.profile.of_kind(Kind.DATE) if name in layout.columns]


def missing_columns(grid: Grid, document: Document, table: str | None = None) -> list[Fault]:
    """Return what a header lacks to be the table it is nearest to, or the one named; nothing where it is near none."""
    header = next((index for index, cells in enumerate(grid.frame.head(5).rows()) if any(cells)), 0)
    names = numbered(grid.row(header))
    keys = {header_key(name) for name in names}

    def known(name: str) -> dict[str, int]:
        columns = _profile(name).columns
        return {one: 0 for one, source in columns.items() if {header_key(each) for each in source.headings} & keys}

    nearest = table or max(NEEDS, key=lambda name: len(known(name)))
    found, lacks = known(nearest), list(_lacking(nearest, known(nearest)))
    if not table and (len(lacks) != 1 or 2 * len(found) < len(names) or len(found) < 2):
        return []
    unknown = [name for name in names if header_key(name) not in {header_key(one) for one in found}]
    place = document.place(grid.lines[header] if grid.height else None)
    faults: list[Fault] = []
    for need in lacks:
        absent = _absent(nearest, need, found)
        words = " or ".join(absent)
        message = f"the table {nearest} needs a column {words}{for_terminal(did_you_mean(absent[0], unknown))}"
        faults.append(Fault("column-missing", place, message, f"add the column, or rename the one that is {words}"))
    return faults


def _absent(table: str, need: str, found: Mapping[str, int]) -> list[str]:
    """Return what would meet a need with the fewest further columns, each way as words."""
    aliases = RECORDS[table].aliases
    ways = [[name for name in way.split("+") if aliases.get(name, name) not in found] for way in need.split("|")]
    fewest = min(map(len, ways))
    return list(dict.fromkeys(" and ".join(way) for way in ways if len(way) == fewest))


def _parquet(document: Document) -> Grid:
    """Return a Parquet file as a grid, every cell as text: decimals with a point, days year first."""
    try:
        frame = pl.read_parquet(io.BytesIO(document.content))
    except Exception as fault:  # noqa: BLE001  the reader raises many kinds, a panic among them
        message = f"the Parquet file cannot be read: {for_terminal(str(fault).splitlines()[0][:120])}"
        raise Refused(Fault("parquet-unreadable", document.place(), message, "write it again")) from None
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind == pl.Binary]
    if nested:
        message = f"the column {for_terminal(nested[0])} holds lists or bytes"
        raise Refused(Fault("column-nested", document.place(), message, "write text, numbers and dates only"))
    days = [name for name, kind in frame.schema.items() if kind == pl.Datetime]
    frame = frame.with_columns(pl.col(days).dt.date()).cast(pl.String)
    header = pl.DataFrame({f"c{index}": [name] for index, name in enumerate(frame.columns)})
    frame.columns = header.columns
    cells = pl.concat([header, clean_cells(frame)])
    lines = pl.int_range(0, cells.height, dtype=pl.Int32, eager=True).alias("line")
    return Grid(cells, lines)

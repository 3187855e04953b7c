"""A document as rows of text cells: what every delimited or spreadsheet layout is read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pcard.errors import Fault

# A spreadsheet takes these as the start of a formula; see pcard/escape.py, whose `from_spreadsheet` this does in bulk.
_ESCAPED = r"^'[=+\-@\t\r\x00＝＋－＠]"
_ESCAPED_NUMBER = r"^'[-+]?[0-9]+(\.[0-9]+)?$"
_WRAPPED = r"^[='][\"=+\-@\t\r\x00＝＋－＠]"
_ARMOUR = r'^="(?s:(.*))"$'
MOST_COLUMNS = 1000


@dataclass(frozen=True)
class Grid:
    """Rows of text cells: columns `c0`, `c1` ... (null where empty), and the line each row starts on.

    `widths` is how many fields each row had in delimited text. `odd` names the
    cells of a workbook that are no plain value: `error`, `boolean`, `formula`,
    `formula-empty`, by (line, column). `epoch` is the day that a workbook
    counts its dates from. `stated_rows` is the count of rows taken
    independently of the parser, where that can be done.
    """

    frame: pl.DataFrame
    lines: pl.Series
    name: str = ""
    widths: pl.Series | None = None
    epoch: date | None = None
    odd: Mapping[tuple[int, int], str] = field(default_factory=dict)
    stated_rows: int | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.frame.height

    def row(self, index: int) -> tuple[str | None, ...]:
        """Return the cells of one row."""
        return self.frame.row(index)

    def width_of(self, index: int) -> int:
        """Return how many fields a row has, empty ones at its end not counted."""
        cells = self.row(index)
        return max((place for place, cell in enumerate(cells, start=1) if cell), default=0)


def clean_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Undo what spreadsheets wrap around text, trim, and make empty cells null.

    `="00123"` is a code that was kept from becoming a number; `'=1+1` is text
    that was kept from becoming a formula.
    """
    wrapped = frame.select(pl.all().str.contains(_WRAPPED).any()).row(0) if frame.width else ()
    undone = [_unwrapped(pl.col(name)) for name, is_wrapped in zip(frame.columns, wrapped, strict=True) if is_wrapped]
    return frame.with_columns(undone).with_columns(pl.all().str.strip_chars().replace("", None))


def _unwrapped(cell: pl.Expr) -> pl.Expr:
    bare = cell.str.replace(_ARMOUR, "$1")
    escaped = bare.str.contains(_ESCAPED) & ~bare.str.contains(_ESCAPED_NUMBER)
    return pl.when(escaped).then(bare.str.slice(1)).otherwise(bare)

"""How a border is declared and kept: columns with a kind, tables with a key.

A `Column` has one name in files (`amount`) and one in frames (`amount_cents`);
a `Table` checks a frame against its columns and sorts it by its key, so that
the same facts always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, reduce
from operator import and_

import polars as pl

from pcard.errors import SchemaBroken
from pcard.money import cents_text


class Kind(Enum):
    """What a column holds; its value is the frame's type."""

    TEXT = pl.String()
    DATE = pl.Date()
    MONEY = pl.Int64()
    COUNT = pl.Int32()
    FLAG = pl.Boolean()
    NUMBER = pl.Float64()
    RATE = pl.Decimal(18, 4)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in files, its kind, and whether every row must have it."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False

    @property
    def frame_name(self) -> str:
        """The name in frames and in SQLite: money carries its unit."""
        return f"{self.name}_cents" if self.kind is Kind.MONEY else self.name

    def as_text(self) -> pl.Expr:
        """The column as it is written to files."""
        return text_of(pl.col(self.frame_name), self.kind).alias(self.name)


def text_of(column: pl.Expr, kind: Kind) -> pl.Expr:
    """Write a column as files carry it: decimal text, ISO dates, plain words; null stays null."""
    match kind:
        case Kind.MONEY:
            return cents_text(column)
        case Kind.DATE:
            return column.dt.to_string("%Y-%m-%d")
        case Kind.FLAG:
            return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false"))
        case Kind.NUMBER:
            return column.round(6).cast(pl.String)
        case Kind.RATE:
            return column.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
        case _:
            return column.cast(pl.String)


def columns(spec: str) -> tuple[Column, ...]:
    """Read a short declaration: `id! posted:date amount:money!` (`!` = every row has it)."""
    return tuple(_column(word) for word in spec.split())


def _column(word: str) -> Column:
    name, _, kind = word.removesuffix("!").partition(":")
    return Column(name, Kind[(kind or "text").upper()], required=word.endswith("!"))


@dataclass(frozen=True)
class Table:
    """A named border: its columns in order and the frame columns that identify a row.

    `aliases` are further file names a column may arrive under (`line` for `line_no`).
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """Frame names and types, in order."""
        return {column.frame_name: column.kind.value for column in self.columns}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names in files, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Frame names that hold a value in every row."""
        return tuple(column.frame_name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Return the column with this name in files.

        Raises:
            KeyError: no such column.
        """
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> pl.DataFrame:
        """Return the table without rows."""
        return pl.DataFrame(schema=self.schema)

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Complete, order, check and sort a frame that a stage is about to hand on.

        Missing optional columns are added as null and columns the border does
        not name are dropped; then types, required values and the key are
        checked.

        Raises:
            SchemaBroken: a type differs, a required value is missing, or a key repeats.
        """
        missing = [pl.lit(None, kind).alias(name) for name, kind in self.schema.items() if name not in frame.columns]
        ordered = frame.with_columns(missing).select(list(self.schema))
        wrong = {name: ordered.schema[name] for name, kind in self.schema.items() if ordered.schema[name] != kind}
        if wrong:
            msg = f"{self.name}: wrong types {wrong}"
            raise SchemaBroken(msg)
        absent = [name for name in self.required if ordered[name].null_count()]
        if absent:
            msg = f"{self.name}: no value in {absent}"
            raise SchemaBroken(msg)
        if not self.key:
            return ordered
        in_order = ordered if self._is_in_order(ordered) else ordered.sort(self.key, nulls_last=True)
        keys = in_order.select(self.key)
        if keys.height > 1 and _all_equal(keys.head(-1), keys.tail(-1)).any():
            msg = f"{self.name}: {self.key} does not identify a row"
            raise SchemaBroken(msg)
        return in_order

    def _is_in_order(self, frame: pl.DataFrame) -> bool:
        """Tell whether a frame needs no sorting, which is cheap to see."""
        if len(self.key) == 1:
            return frame[self.key[0]].is_sorted(nulls_last=True)
        if any(frame[name].null_count() for name in self.key):
            return False
        in_order = pl.lit(value=True)
        for name in reversed(self.key):
            before, after = pl.col(name), pl.col(name).shift(-1)
            in_order = (before < after) | ((before == after) & in_order)
        return bool(frame.select(in_order.fill_null(value=True).all()).item()) if frame.height else True

    def rows(self, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
        """Build the table from rows keyed by frame names; meant for the small ones and for tests."""
        given = [{**dict.fromkeys(self.schema), **row} for row in rows]
        return self.of(pl.DataFrame(given, schema=self.schema, orient="row"))

    def as_text(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame under its file names, every value as the text that files carry."""
        return frame.select(column.as_text() for column in self.columns)


def _all_equal(first: pl.DataFrame, second: pl.DataFrame) -> pl.Series:
    """Tell row by row whether two frames of the same columns say the same; null equals null."""
    pairs = zip(first, second, strict=True)
    return reduce(and_, (one.eq_missing(other) for one, other in pairs))

"""Values with a name: parameters that vary by a field and by date, and lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import polars as pl

from pcard.money import cents_of
from pcard.schema import Kind

Scalar: TypeAlias = str | int | bool | Decimal | date

# What a column of the kind can hold; kinds that hold no number hold none.
_MOST = {Kind.MONEY: 9_000_000_000_000, Kind.NUMBER: 10**15, Kind.RATE: 10**14, Kind.COUNT: 2**31}
_WHAT = {
    Kind.TEXT: "text",
    Kind.DATE: "a date",
    Kind.MONEY: "an amount of money",
    Kind.COUNT: "a whole number",
    Kind.FLAG: "true or false",
    Kind.NUMBER: "a number",
    Kind.RATE: "a number",
}


def kind_words(kind: Kind) -> str:
    """Return what a field of this kind holds, for messages."""
    return _WHAT[kind]


def fits(value: object, kind: Kind) -> bool:
    """Tell whether a value from YAML can stand against a field of this kind."""
    if isinstance(value, bool):
        return kind is Kind.FLAG
    if isinstance(value, int | Decimal):
        whole = kind is not Kind.COUNT or isinstance(value, int)
        exact = kind is not Kind.MONEY or value == round(value, 2)
        return abs(Decimal(value)) < _MOST.get(kind, 0) and whole and exact
    if isinstance(value, date):
        return kind is Kind.DATE
    return isinstance(value, str) and kind is Kind.TEXT


def frame_value(value: Scalar, kind: Kind) -> Scalar | float:
    """Return a fitting value as the frame holds it: money as cents."""
    if kind is Kind.MONEY and isinstance(value, int | Decimal):
        return cents_of(Decimal(value))
    return float(value) if kind is Kind.NUMBER and isinstance(value, int | Decimal) else value


def constant(value: Scalar, kind: Kind) -> pl.Expr:
    """Return a fitting value as an expression of its kind's type."""
    return pl.lit(frame_value(value, kind), kind.value)


@dataclass(frozen=True, slots=True)
class Dated:
    """A value and the day from which it holds; None: always."""

    value: Scalar
    since: date | None = None


@dataclass(frozen=True)
class Param:
    """A named value: the row's own field where it has one, else by case, else the default.

    Each is a series of dated values; the one in force on `on` counts, and
    before the first there is none (a comparison with it is not met).
    """

    name: str
    default: tuple[Dated, ...] = ()
    by: str | None = None
    cases: Mapping[str, tuple[Dated, ...]] = field(default_factory=dict)
    own: str | None = None
    own_kind: Kind | None = None
    on: str = "txn.date"

    @property
    def values(self) -> Iterable[Scalar]:
        """All values it may take from the file."""
        return (dated.value for series in (self.default, *self.cases.values()) for dated in series)

    @property
    def fields(self) -> frozenset[str]:
        """The columns its expression reads."""
        dated = any(each.since for series in (self.default, *self.cases.values()) for each in series)
        named = (self.by, self.own, self.on if dated else None)
        return frozenset(name for name in named if name)

    def expr(self, kind: Kind) -> pl.Expr:
        """Return the value in force for each row, as a column of this kind."""
        found = self._series(self.default, kind)
        if self.by:
            for case, series in sorted(self.cases.items()):
                found = pl.when(pl.col(self.by) == case).then(self._series(series, kind)).otherwise(found)
        return pl.coalesce(pl.col(self.own), found) if self.own else found

    def _series(self, series: tuple[Dated, ...], kind: Kind) -> pl.Expr:
        found = pl.lit(None, kind.value)
        for dated in sorted(series, key=lambda each: each.since or date.min):
            value = constant(dated.value, kind)
            found = pl.when(pl.col(self.on) >= dated.since).then(value).otherwise(found) if dated.since else value
        return found


@dataclass(frozen=True, slots=True)
class Listed:
    """A named list of values, for `in`, `not_in` and the text tests."""

    name: str
    items: tuple[Scalar, ...]

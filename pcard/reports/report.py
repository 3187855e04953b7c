"""What a report is made of, whatever it is rendered to.

A `Report` is data: sections of figures, tables and charts. Every renderer
walks the same sections, so the terminal, HTML, XLSX, CSV and JSON carry the
same figures from one computation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

import polars as pl

from pcard.money import show_cents
from pcard.schema import Kind

Value: TypeAlias = "int | float | str | date | bool | None"
Tone: TypeAlias = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number or word that stands for itself; money in cents."""

    label: str
    value: Value
    kind: Kind = Kind.COUNT
    tone: Tone = "plain"

    def __str__(self) -> str:
        """Return the value as a person reads it."""
        return shown(self.value, self.kind)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a report's table: the frame's column, its title, its kind, whether it is summed.

    `wide` columns hold sentences; `brief` ones stay where space is scarce, as on a terminal.
    """

    column: str
    title: str
    kind: Kind = Kind.TEXT
    total: bool = False
    wide: bool = False
    brief: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of a report; `empty` is what stands there instead where it has no rows."""

    id: str
    title: str
    headings: tuple[Heading, ...]
    frame: pl.DataFrame
    empty: str

    def totals(self) -> dict[str, int]:
        """Return the sums of the columns that are summed."""
        return {h.column: int(self.frame[h.column].sum()) for h in self.headings if h.total}

    def rows(self) -> list[tuple[Value, ...]]:
        """Return the cells under the headings, row by row."""
        return self.frame.select(h.column for h in self.headings).rows()

    def in_brief(self) -> Listing:
        """Return the table with its brief columns only."""
        return replace(self, headings=tuple(h for h in self.headings if h.brief))


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars, longest first as given; values in `kind`'s unit."""

    title: str
    kind: Kind
    bars: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Bars side by side: under each label one of every series, none where a value is not known."""

    title: str
    kind: Kind
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Rungs:
    """How far a value has come: its label, the value, and where each step begins, with the step's words."""

    label: str
    value: int
    steps: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Values on their way from step to step, one scale a row."""

    title: str
    kind: Kind
    rows: tuple[Rungs, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A line of what is known, and the range it may go on in; `marks` are levels worth a line of their own."""

    title: str
    kind: Kind
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | None, ...]], ...]  # known, low, middle, high
    marks: tuple[tuple[int, str], ...] = ()


Graph: TypeAlias = Chart | Grouped | Ladder | Band


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report with one subject; `lead` is its sentence for someone in a hurry."""

    id: str
    title: str
    lead: str
    figures: tuple[Figure, ...] = ()
    charts: tuple[Graph, ...] = ()
    listings: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report: whose, about which cycle, as of when, and from what it was computed.

    `board` is the one page without names that goes with it.
    """

    title: str
    district: str
    cycle: str
    as_of: date
    sections: tuple[Section, ...]
    provenance: tuple[Figure, ...]
    board: Report | None = None


def shown(value: Value, kind: Kind) -> str:
    """Return a value as a person reads it; nothing for no value."""
    if value is None:
        return ""
    if kind is Kind.MONEY and isinstance(value, int):
        return show_cents(value)
    if kind is Kind.COUNT and isinstance(value, int):
        return f"{value:,}"
    if kind is Kind.NUMBER and isinstance(value, float):
        return f"{value:.1%}"
    if kind is Kind.FLAG:
        return "yes" if value else "no"
    text = str(value)
    return text.rstrip("0").rstrip(".") if kind is Kind.RATE and "." in text else text

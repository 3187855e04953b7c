"""A profile proposed for a layout nobody described: from the header and from whole columns.

It is a question to a person, never an answer: it comes with five rows as it
would read them, the totals, and every doubt in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.importers.tables.canonical import missing_columns
from pcard.importers.tables.delimited import LayoutRead, read_layout
from pcard.importers.tables.grids import Grid
from pcard.importers.tables.headers import numbered
from pcard.importers.tables.layouts import find_layout
from pcard.importers.tables.profiles import Profile, profile_of
from pcard.importers.tables.proposal_columns import Guess, guess_columns, looks_like_header
from pcard.importers.tables.proposal_text import profile_text
from pcard.importers.tables.sheets import grids_of
from pcard.money import format_cents, read_cents

_SAMPLES = 5


@dataclass(frozen=True)
class Proposal:
    """A proposed profile, its YAML, and what it makes of the document.

    `profile` is None where date, amount or merchant could not be found; the
    text then has the columns that were. `samples` are five rows under our
    names, days year first, amounts in our sign.
    """

    profile: Profile | None
    text: str
    samples: Sequence[Mapping[str, str]]
    totals: Mapping[str, str]
    doubts: Sequence[str]


class UnknownLayout(Refused):
    """The document is a table of a layout that no profile describes; a proposal is at hand."""

    def __init__(self, faults: Sequence[Fault], proposal: Proposal) -> None:
        """Keep the proposal beside the faults."""
        super().__init__(*faults)
        self.proposal = proposal


def refuse_unknown(document: Document, table: str | None = None) -> NoReturn:
    """Say what an unrecognised document is, as near as can be told.

    Raises:
        UnknownLayout: a table; its proposal is carried.
        Refused: no table, one without dates and amounts or without a header, or not the table it was said to be.
    """
    grids = [grid for grid in grids_of(document) if grid.height]
    faults = [fault for grid in grids for fault in missing_columns(grid, document, table)]
    if table and faults:
        raise Refused(*faults)
    guessed = [one for one in map(_guessed, grids) if one.guess.has_charges]
    if not guessed:
        message = "nothing in it reads like charges, receipts or orders: it has neither dates nor amounts in a column"
        cure = "download the export as CSV or Excel; if it is one all the same, write its profile (docs/profiles.md)"
        raise Refused(*(faults or [Fault("table-foreign", document.place(), message, cure)]))
    found = max(guessed, key=lambda one: one.grid.height)
    if found.header is None:
        cure = "see that the first row of the table names its columns, or write a profile with `header: none`"
        raise Refused(Fault("header-missing", document.place(), "no row of the file names its columns", cure))
    cure = f"look at the proposed profile, correct it, and save it: pcard profile new {document.name}"
    place = document.place(found.grid.lines[found.header])
    raise UnknownLayout(
        [*faults, Fault("layout-unknown", place, "no profile describes this layout", cure)], _propose(document, found)
    )


@dataclass(frozen=True)
class _Guessed:
    """A grid, the row of its header (None: it has none), and what its columns seem to be."""

    grid: Grid
    header: int | None
    guess: Guess


def _guessed(grid: Grid) -> _Guessed:
    header = _header_of(grid)
    names = numbered(grid.row(header) if header is not None else [None] * grid.frame.width)
    body = grid.frame.slice(0 if header is None else header + 1)
    return _Guessed(grid, header, guess_columns(names, body, workbook=grid.epoch is not None))


def _propose(document: Document, found: _Guessed) -> Proposal:
    guess = found.guess
    settings = {"title": f"Layout of {document.name}", **guess.settings}
    if guess.lacks:
        doubts = [*guess.doubts, *(f"no column was found for {name}" for name in guess.lacks)]
        text = profile_text(_id_for(document), guess.table, guess.columns, settings, doubts)
        return Proposal(None, text, (), {"rows": str(found.grid.height - (found.header or 0) - 1)}, doubts)
    profile = profile_of(guess.columns, id=_id_for(document), table=guess.table, **settings)
    layout = find_layout(profile, found.grid)
    if layout is None:
        msg = "a proposed profile does not fit the header it was made from"
        raise AssertionError(msg)
    read = read_layout(layout, document)
    unsettled = [fault.message for fault in read.faults if fault.code.endswith("-ambiguous")]
    doubts = list(dict.fromkeys([*guess.doubts, *unsettled]))
    text = profile_text(profile.id, profile.table, guess.columns, settings, doubts)
    return Proposal(profile, text, _samples(read), _totals(read), doubts)


def _header_of(grid: Grid) -> int | None:
    return next((index for index in range(min(40, grid.height)) if looks_like_header(grid, index)), None)


def _id_for(document: Document) -> str:
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in document.name.rsplit(".", 1)[0])
    plain = "-".join(word for word in words.lower().split() if not word.isdigit())
    return (plain or "layout")[:40].strip("-")


def _understood(read: LayoutRead) -> pl.DataFrame:
    """Return the lines with days year first, as they stand where their order is not settled, and amounts as cents."""
    settled = all(fault.code != "date-order-ambiguous" for fault in read.faults)
    day = [
        pl.coalesce(pl.col(name).str.to_date(way, strict=False) for way in read.reading.date_formats).alias(name)
        for name in ("date", "posted")
        if name in read.lines.columns and settled
    ]
    cents = read_cents(pl.col("amount"), read.reading.decimal_mark)
    return read.lines.with_columns(*day, (-cents if read.reading.negate else cents).alias("amount"))


def _samples(read: LayoutRead) -> list[dict[str, str]]:
    wanted = ("date", "posted", "amount", "merchant", "description", "vendor", "card", "cardholder", "id", "po_number")
    frame = _understood(read).head(_SAMPLES)
    rows = frame.select(name for name in wanted if name in frame.columns).rows(named=True)
    return [
        {
            name: format_cents(value) if name == "amount" else str(value)
            for name, value in row.items()
            if value is not None
        }
        for row in rows
    ]


def _totals(read: LayoutRead) -> dict[str, str]:
    amounts = _understood(read)["amount"]
    reasons = Counter(row.reason for row in read.skipped)
    return {
        "lines": str(read.lines.height),
        "amount": format_cents(int(amounts.sum() or 0)),
        "unreadable amounts": str(amounts.null_count()),
        **{f"skipped: {reason}": str(count) for reason, count in sorted(reasons.items())},
    }

"""One table as CSV in parts: what the parts say together does not depend on where they end."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.escape import for_spreadsheet
from pcard.money import cents_text
from pcard.reports import tables
from pcard.reports.tables import csv_parts, render_table
from pcard.schema import Table, columns

Row = tuple[str | None, str | None, int | None]

LINES = Table("lines", columns("id merchant amount:money"), ())
HEADER = b"id,merchant,amount\n"
TEXTS = st.none() | st.text("=+-@＝1.'\",; aé", max_size=4)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, st.none() | st.integers(-200, 200)), max_size=12)


def lines(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=LINES.schema, orient="row")


def parts_of(frame: pl.DataFrame, at_once: int, table: Table = LINES) -> list[bytes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_ROWS_AT_ONCE", at_once)
        return list(csv_parts(frame, table))


@given(ROWS, st.integers(1, 5))
def test_many_parts_say_what_one_part_says(rows: list[Row], at_once: int) -> None:
    frame = lines(rows)
    parts = parts_of(frame, at_once)
    assert len(parts) == max(1, -(-len(rows) // at_once))
    assert [part.startswith(HEADER) for part in parts] == [True] + [False] * (len(parts) - 1)
    (whole,) = parts_of(frame, 1 << 16)
    assert b"".join(parts) == whole == render_table(frame, LINES, "csv")
    read = list(csv.reader(io.StringIO(whole.decode(), newline="")))[1:]
    amounts = (
        pl.Series([amount for _, _, amount in rows], dtype=pl.Int64)
        .to_frame("cents")
        .select(cents_text(pl.col("cents")))
    )
    texts = [[for_spreadsheet(text or "") for text in row[:2]] for row in rows]
    assert read == [[*text, amount or ""] for text, amount in zip(texts, amounts.to_series(), strict=True)]


def test_a_live_cell_is_neutralised_in_whichever_part_it_stands() -> None:
    quiet, live = ("T", "Golden Pizza", -100), ("T", "=1+1", -100)
    for place in range(6):
        rows = [quiet] * 6
        rows[place] = live
        expected = [b"T,'=1+1,-1.00" if row is live else b"T,Golden Pizza,-1.00" for row in rows]
        assert b"".join(parts_of(lines(rows), 2)).splitlines()[1:] == expected


def test_an_empty_table_has_a_header_only() -> None:
    assert parts_of(lines([]), 2) == [HEADER]


@dataclass(frozen=True)
class Watched(Table):
    """A table that tells which part is being made into text."""

    on_text: Callable[[str], object] = print

    def as_text(self, frame: pl.DataFrame) -> pl.DataFrame:
        self.on_text(frame["id"][0])
        return super().as_text(frame)


def test_parts_keep_their_order_though_a_later_one_is_made_first() -> None:
    second_is_made = Event()

    def wait_for_second(first: str) -> None:
        if first == "0":
            assert second_is_made.wait(10)
        second_is_made.set()

    table = Watched(LINES.name, LINES.columns, LINES.key, on_text=wait_for_second)
    parts = parts_of(lines([(str(number), None, None) for number in range(4)]), 1, table)
    assert parts == [HEADER + b"0,,\n", b"1,,\n", b"2,,\n", b"3,,\n"]


def test_parts_are_made_only_little_before_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_ROWS_AT_ONCE", 1)
    made: list[str] = []
    table = Watched(LINES.name, LINES.columns, LINES.key, on_text=made.append)
    parts = csv_parts(lines([(str(number), None, None) for number in range(20)]), table)
    next(parts)
    Event().wait(0.1)  # time enough for all of them
    assert len(made) <= 3
    assert len(list(parts)) == 19
    assert len(made) == 20


def test_a_part_that_fails_is_heard_of() -> None:
    def fail_at_second(first: str) -> None:
        if first == "1":
            raise KeyError(first)

    table = Watched(LINES.name, LINES.columns, LINES.key, on_text=fail_at_second)
    with pytest.raises(KeyError, match="1"):
        parts_of(lines([(str(number), None, None) for number in range(4)]), 1, table)

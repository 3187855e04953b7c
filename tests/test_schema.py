"""A border's frames: checked, and sorted by their key where they are not in its order already."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NoReturn

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pcard.errors import SchemaBroken
from pcard.schema import Table, columns

Row = tuple[str | None, int | None, date | None]

LINES = Table("lines", columns("charge line:count on:date amount:money"), ("charge", "line", "on"))
FIRST = date(2026, 3, 2)

charges = st.sampled_from(["T2", "T10", "T1", "t1", "é", ""])
numbers = st.integers(-1, 3)
days = st.integers(0, 2).map(lambda later: FIRST + timedelta(days=later))
known = st.tuples(charges, numbers, days)
partly_known = st.tuples(st.none() | charges, st.none() | numbers, st.none() | days)


def lines(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame([(*row, number) for number, row in enumerate(rows)], schema=LINES.schema, orient="row")


def in_order(rows: list[Row]) -> list[Row]:
    """The rows as text, number and day order them, what is not known last."""
    return sorted(rows, key=lambda row: [(cell is None, "" if cell is None else cell) for cell in row])


def keys(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return frame.select(LINES.key).rows()


@given(st.lists(partly_known, max_size=12, unique=True), st.randoms(use_true_random=False))
def test_the_same_rows_give_the_same_frame_whatever_their_order(rows: list[Row], shuffling: random.Random) -> None:
    expected = in_order(rows)
    numbered = lines(expected)
    found = LINES.of(numbered)
    assert keys(found) == expected
    shuffled = list(range(len(rows)))
    shuffling.shuffle(shuffled)
    assert_frame_equal(LINES.of(numbered[shuffled]), found)


@given(st.lists(partly_known, min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_a_repeated_key_is_told_in_any_order(rows: list[Row], shuffling: random.Random) -> None:
    again = [*rows, rows[0]]
    for order in (in_order(again), shuffling.sample(again, len(again))):
        with pytest.raises(SchemaBroken, match="does not identify a row"):
            LINES.of(lines(order))


@given(st.lists(known, max_size=6))
def test_frames_are_in_order_that_sorting_would_leave_as_they_are(rows: list[Row]) -> None:
    assert LINES._is_in_order(lines(rows)) == (rows == in_order(rows))


@given(st.lists(partly_known, max_size=4))
def test_no_frame_is_taken_for_sorted_that_is_not(rows: list[Row]) -> None:
    for table in (
        LINES,
        Table("by charge", LINES.columns, ("charge",)),
        Table("by day", LINES.columns, ("on", "line")),
    ):
        places = [list(LINES.key).index(name) for name in table.key]
        asked = in_order([(*(row[place] for place in places),) for row in rows])  # type: ignore[misc]
        if table._is_in_order(lines(rows)):
            assert lines(rows).select(table.key).rows() == asked


def test_a_frame_in_order_is_not_sorted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def sorted_again(*_: object, **__: object) -> NoReturn:
        raise AssertionError

    rows: list[Row] = [("T1", 3, FIRST), ("T10", 1, FIRST), ("T10", 2, FIRST), ("T2", 0, FIRST)]
    expected = lines(rows)
    monkeypatch.setattr(pl.DataFrame, "sort", sorted_again)
    assert_frame_equal(LINES.of(expected), expected)
    assert LINES.of(expected.clear()).is_empty()
    with pytest.raises(AssertionError):
        LINES.of(expected.reverse())


def test_what_is_not_known_comes_last() -> None:
    rows: list[Row] = [(None, None, FIRST), (None, 1, FIRST), ("T2", None, FIRST), ("T2", 5, None), ("T2", 5, FIRST)]
    assert keys(LINES.of(lines(rows))) == rows[::-1]
    by_charge = Table("by charge", LINES.columns, ("charge",))
    rows = [(None, 1, FIRST), ("T2", 1, FIRST), ("T10", 1, FIRST)]
    assert keys(by_charge.of(lines(rows))) == rows[::-1]
    assert keys(by_charge.of(lines(rows[::-1]))) == rows[::-1]

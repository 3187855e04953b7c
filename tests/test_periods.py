from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.periods import CalendarUnit, MonthDay, parse_period, period_holding, periods_touching, year_ending_in

UNITS: list[CalendarUnit | MonthDay] = ["month", "quarter", "half_year", "year", (6, 1), (7, 15), (1, 1)]
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("unit", "label"),
    [("month", "2026-08"), ("quarter", "2026Q3"), ("half_year", "2026H2"), ("year", "2026"), ((6, 1), "FY2027")],
)
def test_a_day_lies_in_a_labelled_period(unit: CalendarUnit | MonthDay, label: str) -> None:
    found = period_holding(date(2026, 8, 31), unit)
    assert found.label == label
    if isinstance(unit, str):
        assert parse_period(label) == found


@given(days, st.sampled_from(UNITS))
def test_a_day_lies_within_its_period_and_in_no_neighbour(day: date, unit: CalendarUnit | MonthDay) -> None:
    period = period_holding(day, unit)
    assert day in period
    for edge in (period.first, period.last):
        assert period_holding(edge, unit) == period
    assert period_holding(period.last + timedelta(days=1), unit).first == period.last + timedelta(days=1)


@given(days, st.integers(0, 900), st.sampled_from(UNITS))
def test_periods_cover_a_stretch_without_gap(first: date, length: int, unit: CalendarUnit | MonthDay) -> None:
    last = first + timedelta(days=length)
    found = periods_touching(first, last, unit)
    assert first in found[0]
    assert last in found[-1]
    assert all(a.last + timedelta(days=1) == b.first for a, b in itertools.pairwise(found))
    assert periods_touching(last + timedelta(days=1), last, unit) == []


@pytest.mark.parametrize(
    ("starts", "first"), [((7, 1), date(2026, 7, 1)), ((9, 1), date(2026, 9, 1)), ((1, 1), date(2027, 1, 1))]
)
def test_a_fiscal_year_is_named_by_the_year_it_ends_in(starts: tuple[int, int], first: date) -> None:
    year = year_ending_in(2027, starts)
    assert (year.first, year.last.year) == (first, 2027)

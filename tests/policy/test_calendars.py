"""Working days, days off and school breaks."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.policy.calendars import Calendar

CALENDAR = Calendar.of_years(
    [2026], state="TX", holidays=[date(2026, 10, 9)], breaks=[(date(2026, 10, 12), date(2026, 10, 16), "Fall break")]
)


def test_days_off_are_weekends_holidays_and_the_districts_own() -> None:
    days = [date(2026, 7, 3), date(2026, 9, 5), date(2026, 9, 6), date(2026, 10, 9), date(2026, 10, 13), None]
    named = pl.DataFrame({"day": days}).select(
        CALENDAR.day_off(pl.col("day")), pause=CALENDAR.school_break(pl.col("day"))
    )
    assert named["day"].to_list() == [
        "Independence Day (observed)",
        "a Saturday",
        "a Sunday",
        "a district holiday",
        None,
        None,
    ]
    assert named["pause"].to_list() == [None, None, None, None, "Fall break", None]
    assert date(2026, 3, 2) in CALENDAR.days_off  # Texas Independence Day
    assert date(2026, 3, 2) not in Calendar.of_years([2026]).days_off


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_index_counts_business_days(first: date, last: date) -> None:
    index = pl.DataFrame({"day": [first, last]}).select(CALENDAR.business_index(pl.col("day"))).to_series()
    steps = range(min(first, last).toordinal() + 1, max(first, last).toordinal() + 1)
    working = sum(day.weekday() < 5 and day not in CALENDAR.days_off for day in map(date.fromordinal, steps))
    assert abs(index[1] - index[0]) == working


@given(st.dates(date(2026, 1, 1), date(2026, 10, 1)), st.integers(0, 20))
def test_the_day_after_some_business_days_is_a_working_day(first: date, count: int) -> None:
    frame = pl.DataFrame({"day": [first], "count": [count]}).select(
        CALENDAR.after(pl.col("day"), pl.col("count")), "count"
    )
    assert frame.select(CALENDAR.day_off(pl.col("day"))).item() is None

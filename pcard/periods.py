"""Stretches of time a district counts in: cycles, quarters, fiscal and contract years."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

MonthDay: TypeAlias = tuple[int, int]
CalendarUnit: TypeAlias = Literal["month", "quarter", "half_year", "year"]

_LABELS = {
    "month": re.compile(r"^(?P<year>\d{4})-(?P<part>0[1-9]|1[0-2])$"),
    "quarter": re.compile(r"^(?P<year>\d{4})Q(?P<part>[1-4])$"),
    "half_year": re.compile(r"^(?P<year>\d{4})H(?P<part>[12])$"),
    "year": re.compile(r"^(?P<year>\d{4})$"),
}
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of days, both ends included, with the label people use for it."""

    first: date
    last: date
    label: str

    def __contains__(self, day: date) -> bool:
        """Tell whether a day lies within."""
        return self.first <= day <= self.last


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def parse_period(label: str) -> Period | None:
    """Return the calendar period a label names (`2026-09`, `2026Q3`, `2026H1`, `2026`), or None."""
    for unit, pattern in _LABELS.items():
        if found := pattern.match(label):
            months = _MONTHS[unit]
            start = (int(found.groupdict().get("part") or 1) - 1) * months + 1
            year = int(found["year"])
            return Period(date(year, start, 1), month_end(year, start + months - 1), label)
    return None


def year_from(day: date, starts: MonthDay) -> Period:
    """Return the year holding `day` that starts on `starts`; labelled `FY2027` by the year it ends in.

    A year that starts on 1 January is labelled plainly by its number.
    """
    first_year = day.year if (day.month, day.day) >= starts else day.year - 1
    first = date(first_year, *starts)
    last = date(first_year + 1, *starts) - timedelta(days=1)
    label = str(first.year) if starts == (1, 1) else f"FY{last.year}"
    return Period(first, last, label)


def year_ending_in(year: int, starts: MonthDay) -> Period:
    """Return the year starting on `starts` that ends in a calendar year: what `FY2027` names."""
    return year_from(date(year, 12, 31) if starts == (1, 1) else date(year, *starts) - timedelta(days=1), starts)


def cycle_closing(day: date, closing_day: int) -> date:
    """Return the closing date of the cycle that a posting day falls in."""
    this_month = min(closing_day, calendar.monthrange(day.year, day.month)[1])
    if day.day <= this_month:
        return day.replace(day=this_month)
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(closing_day, calendar.monthrange(year, month)[1]))


def period_holding(day: date, unit: CalendarUnit | MonthDay) -> Period:
    """Return the calendar period, or the year starting on a month and day, that a day lies in."""
    if isinstance(unit, tuple):
        return year_from(day, unit)
    months = _MONTHS[unit]
    part = (day.month - 1) // months
    label = {"month": f"-{part + 1:02d}", "quarter": f"Q{part + 1}", "half_year": f"H{part + 1}", "year": ""}[unit]
    first = date(day.year, part * months + 1, 1)
    return Period(first, month_end(day.year, (part + 1) * months), f"{day.year}{label}")


def periods_touching(first: date, last: date, unit: CalendarUnit | MonthDay) -> list[Period]:
    """Return the periods of a unit that share a day with a stretch of days, in order."""
    found: list[Period] = []
    while first <= last:
        found.append(period_holding(first, unit))
        first = found[-1].last + timedelta(days=1)
    return found

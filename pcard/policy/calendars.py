"""Which days a district works: its weekends and holidays; and when its schools are closed.

The calendar is an argument of every stage that counts business days; it is made
once, by the caller, from the district's settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

_EPOCH = date(1970, 1, 1)
_WEEKEND = {6: "a Saturday", 7: "a Sunday"}


@dataclass(frozen=True)
class Calendar:
    """The working days: every weekday but those in `days_off` (day -> what it is).

    `breaks` (day -> its name) are days without school. Offices work on them:
    they are no days off, and a long summer does not bring May and August together.
    """

    days_off: Mapping[date, str] = field(default_factory=dict)
    breaks: Mapping[date, str] = field(default_factory=dict)

    @classmethod
    def of_years(
        cls,
        years: Iterable[int],
        *,
        state: str | None = None,
        holidays: Iterable[date] = (),
        breaks: Iterable[tuple[date, date, str]] = (),
    ) -> Calendar:
        """Make the calendar of some years: federal and state holidays, the district's own days, its breaks.

        A break is its first day, its last day and its name.
        """
        from holidays import country_holidays  # noqa: PLC0415 - half a second that most commands do not need

        days: dict[date, str] = dict(country_holidays("US", subdiv=state, years=list(years)).items())
        days |= dict.fromkeys(holidays, "a district holiday")
        closed = {
            first + timedelta(days=index): name
            for first, last, name in breaks
            for index in range((last - first).days + 1)
        }
        return cls(dict(sorted(days.items())), closed)

    def day_off(self, day: pl.Expr) -> pl.Expr:
        """Name what makes each day no working day; null on working days."""
        weekend = day.dt.weekday().replace_strict(_WEEKEND, default=None, return_dtype=pl.String)
        return pl.coalesce(_named(day, self.days_off), weekend)

    def school_break(self, day: pl.Expr) -> pl.Expr:
        """Name the school break each day lies in; null on school days."""
        return _named(day, self.breaks)

    def business_index(self, day: pl.Expr) -> pl.Expr:
        """Number the working days, so that a difference of two is the business days from one to the other."""
        after = day.dt.offset_by("1d")
        return pl.business_day_count(pl.lit(_EPOCH), after, holidays=list(self.days_off)).cast(pl.Int64)

    def after(self, day: pl.Expr, count: pl.Expr) -> pl.Expr:
        """Return the day that lies a number of business days after each day."""
        return day.dt.add_business_days(count, holidays=list(self.days_off), roll="backward")


def _named(day: pl.Expr, names: Mapping[date, str]) -> pl.Expr:
    days, said = pl.Series(list(names), dtype=pl.Date), pl.Series(list(names.values()), dtype=pl.String)
    return day.replace_strict(days, said, default=None, return_dtype=pl.String)

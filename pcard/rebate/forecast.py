"""The contract year to its end: what is left of it, from the same months a year before, with a range.

School spending swings by a factor of eight between months, so a month is only
ever compared with the same month. Growth is the last twelve months over the
twelve before; the range is the lowest and highest growth of any three months in
a row among them. Below 24 months nothing is forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from pcard.rebate.accruals import Accrual, SortedOut
from pcard.rebate.earnings import earn
from pcard.rebate.figures import Counted, Facts
from pcard.rebate.tiers import Volume
from pcard.schema import Table, columns

FORECASTS = Table(
    "rebate_forecasts",
    columns(
        "program_id! year! case! volume_to_date:money! rebate_to_date:money! volume_left:money rebate_left:money"
        " rebate_of_year:money assumption!"
    ),
    ("program_id", "year", "case"),
)
# The contract year's volume month by month, summed up: what is known, then the range it may go on in.
FORECAST_MONTHS = Table(
    "forecast_months",
    columns("program_id! month:date! known:money low:money middle:money high:money"),
    ("program_id", "month"),
)
MONTHS_NEEDED = 24
_WINDOW = 3
_YEAR = 12


def forecast(done: SortedOut, accruals: Sequence[Accrual], as_of: date) -> pl.DataFrame:
    """Return FORECASTS of the contract year that `as_of` lies in: low, middle and high, or one row that says why not.

    `done` is the program in force, its transactions sorted out. Its accruals of
    periods that are over are taken as they are; what is posted of the running
    period up to the month's begin and what is forecast earn as one more period.
    """
    year, this_month = done.program.contract_year(as_of), as_of.replace(day=1)
    counted = done.daily.filter(pl.col("excluded").is_null() & (pl.col("day") < this_month))
    over = [each for each in accruals if year.first <= each.period.first and each.period.last < this_month]
    to_date = sum(each.total_cents for each in over)
    known = {
        "program_id": done.program.id, "year": year.label, "rebate_to_date_cents": to_date,
        "volume_to_date_cents": sum(_sums(counted.filter(pl.col("day") >= year.first)).values()),
    }  # fmt: skip
    months = _by_month(counted, this_month)
    if len(months) < MONTHS_NEEDED:
        words = f"not enough history: {len(months)} months of the {MONTHS_NEEDED} needed"
        return FORECASTS.rows([{**known, "case": "none", "assumption": words}])
    settled_to = max((each.period.last for each in over), default=year.first - timedelta(days=1))
    year_ago = counted.filter(pl.col("day").dt.offset_by("1y").is_between(this_month, year.last))
    in_year = counted.filter(pl.col("day") >= year.first)
    running, before = in_year.filter(pl.col("day") > settled_to), in_year.filter(pl.col("day") <= settled_to)
    facts = accruals[-1].facts if accruals else Facts()
    rows = []
    for case, growth, words in _growths(months):
        left, purchases = _grown(year_ago, growth)
        period = Volume(left, purchases, facts.pool_volume_cents) + Volume(_sums(running), _purchases(running))
        earned = earn(
            done.program, Counted(period, Volume(_sums(before), _purchases(before)), period.total_cents), facts
        ).total_cents
        rows.append(
            {
                **known, "case": case, "volume_left_cents": sum(left.values()), "rebate_left_cents": earned,
                "rebate_of_year_cents": to_date + earned, "assumption": words,
            }
        )  # fmt: skip
    return FORECASTS.rows(rows)


def forecast_months(done: SortedOut, as_of: date) -> pl.DataFrame:
    """Return FORECAST_MONTHS of the contract year that `as_of` lies in; the range is empty without enough history."""
    year, this_month = done.program.contract_year(as_of), as_of.replace(day=1)
    counted = done.daily.filter(pl.col("excluded").is_null() & (pl.col("day") < this_month))
    growths = (
        [growth for _, growth, _ in _growths(found)]
        if len(found := _by_month(counted, this_month)) >= MONTHS_NEEDED
        else []
    )
    months = pl.date_range(year.first.replace(day=1), year.last, "1mo", eager=True)
    known, cases = 0, [0] * len(growths)
    rows: list[dict[str, object]] = []
    for month in months:
        row: dict[str, object] = {"program_id": done.program.id, "month": month}
        if month < this_month:
            known += _month_sum(counted, max(month, year.first), month)
            cases = [known] * len(growths)
            row["known_cents"] = known
        else:
            before = month.replace(year=month.year - 1)
            grown = _month_sum(counted, before, before)
            cases = [case + int(grown * growth) for case, growth in zip(cases, growths, strict=True)]
        if cases and (month >= this_month or _is_last_known(month, this_month)):
            row |= dict(zip(("low_cents", "middle_cents", "high_cents"), cases, strict=True))
        rows.append(row)
    return FORECAST_MONTHS.rows(rows)


def _is_last_known(month: date, this_month: date) -> bool:
    return (this_month - timedelta(days=1)).replace(day=1) == month


def _month_sum(daily: pl.DataFrame, first: date, month: date) -> int:
    within = (pl.col("day") >= first) & (pl.col("day").dt.month_start() == month)
    return int(daily.filter(within)["volume_cents"].sum())


def _grown(year_ago: pl.DataFrame, growth: Fraction) -> tuple[dict[str, int], int]:
    """Return the volume by bucket and the purchases of the same days a year before, grown."""
    return {name: int(cents * growth) for name, cents in _sums(year_ago).items()}, int(_purchases(year_ago) * growth)


def _purchases(daily: pl.DataFrame) -> int:
    return int(daily.filter(pl.col("kind") == "purchase")["count"].sum())


def _by_month(past: pl.DataFrame, this_month: date) -> list[int]:
    """Return the volume of each month from the first whole one to the last before `as_of`'s, empty ones as zero."""
    first = past["day"].min()
    if not isinstance(first, date):
        return []
    months = pl.date_range(first.replace(day=1), this_month, "1mo", closed="left", eager=True).alias("month")
    sums = past.group_by(month=pl.col("day").dt.month_start()).agg(pl.col("volume_cents").sum())
    found = months.to_frame().join(sums, on="month", how="left", maintain_order="left")["volume_cents"].fill_null(0)
    return [int(cents) for cents in found]


def _growths(months: Sequence[int]) -> list[tuple[str, Fraction, str]]:
    """Return low, middle and high growth of the last year over the one before, with their words."""
    last, before = months[-_YEAR:], months[-2 * _YEAR : -_YEAR]
    middle = _ratio(sum(last), sum(before))
    windows = [
        _ratio(sum(last[start : start + _WINDOW]), sum(before[start : start + _WINDOW]))
        for start in range(_YEAR - _WINDOW + 1)
    ]
    low, high = min([*windows, middle]), max([*windows, middle])
    return [
        (case, growth, f"the same months a year before times {float(growth):.3f}, {words}")
        for case, growth, words in (
            ("1 low", low, "the least growth of any three months in a row"),
            ("2 middle", middle, "the last twelve months over the twelve before"),
            ("3 high", high, "the most growth of any three months in a row"),
        )
    ]


def _ratio(now: int, before: int) -> Fraction:
    return Fraction(max(now, 0), before) if before > 0 else Fraction(1)


def _sums(daily: pl.DataFrame) -> dict[str, int]:
    return dict(daily.group_by("bucket").agg(pl.col("volume_cents").sum()).sort("bucket").iter_rows())

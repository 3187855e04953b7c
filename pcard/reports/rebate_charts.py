"""The rebate in pictures: how far the steps are, how the year may go on, earned beside reported and received."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from pcard.reports.report import Band, Chart, Graph, Grouped, Ladder, Rungs, shown
from pcard.schema import Kind

_STEPS_AHEAD = 2
_MOST_PERIODS = 8
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def tier_progress(steps: pl.DataFrame) -> Iterator[Graph]:
    """Yield the way along each bucket's steps, up to the second step ahead; nothing where no rate has steps."""
    rows = []
    for (program, bucket), group in steps.group_by("program_id", "bucket", maintain_order=True):
        ahead = group.filter(~pl.col("reached")).sort("step_cents").head(_STEPS_AHEAD)
        near = pl.concat([group.filter(pl.col("reached")), ahead])
        words = [(start, f"{shown(bps, Kind.RATE)} bps") for start, bps in near.select("step_cents", "bps").rows()]
        rows.append(Rungs(f"{program} {bucket}", int(group["volume_cents"][0]), tuple(words)))
    if rows:
        yield Ladder("Volume on its way to the next step", Kind.MONEY, tuple(rows))


def forecast_band(months: pl.DataFrame, steps: pl.DataFrame) -> Iterator[Graph]:
    """Yield the contract year of each program that has a forecast, with the steps that lie within its reach."""
    for (program,), group in months.group_by("program_id", maintain_order=True):
        if group["high_cents"].null_count() == group.height:
            continue
        highest = int(group.select(pl.max_horizontal("known_cents", "high_cents").max()).item())
        within = steps.filter((pl.col("program_id") == program) & pl.col("step_cents").is_between(1, highest * 3 // 2))
        marks = within.select("step_cents", "bps").unique("step_cents").sort("step_cents")
        yield Band(
            f"Volume of the contract year, {program}",
            Kind.MONEY,
            tuple(_month(day) for day in group["month"]),
            tuple(
                (name, tuple(group[column]))
                for name, column in (
                    ("known", "known_cents"), ("low", "low_cents"), ("middle", "middle_cents"), ("high", "high_cents"),
                )
            ),
            tuple((start, f"{shown(bps, Kind.RATE)} bps") for start, bps in marks.rows()),
        )  # fmt: skip


def three_ways(settlements: pl.DataFrame) -> Iterator[Graph]:
    """Yield what was earned beside what the bank reported and what came, for the latest periods."""
    latest = settlements.sort("last", "program_id", "period").tail(_MOST_PERIODS)
    if latest.is_empty():
        return
    several = latest["program_id"].n_unique() > 1
    yield Grouped(
        "Earned by contract, reported by the bank, received",
        Kind.MONEY,
        tuple(f"{program} {period}" if several else period for program, period in latest.select("program_id", "period").rows()),
        tuple(
            (name, tuple(latest[column]))
            for name, column in (("earned", "earned_cents"), ("reported", "reported_cents"), ("received", "received_cents"))
        ),
    )  # fmt: skip


def by_site(shares: pl.DataFrame) -> Iterator[Graph]:
    """Yield the volume and the share of each site, both in the order of the volume."""
    sums = (
        shares.group_by("site")
        .agg(pl.col("volume_cents", "share_cents").sum())
        .sort("volume_cents", "site", descending=[True, False])
    )
    if sums.height:
        for title, column in (("Eligible spend by site", "volume_cents"), ("Rebate by site", "share_cents")):
            bars = sums.select("site", column).rows()
            yield Chart(title, Kind.MONEY, tuple((site or "no site", cents) for site, cents in bars))


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year % 100:02d}"

"""Accruals: what a program earned in a period, from the transactions up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

import polars as pl

from pcard.errors import Fault
from pcard.frames import ACCRUALS
from pcard.periods import Period
from pcard.rebate.doubts import doubts
from pcard.rebate.earnings import earn
from pcard.rebate.eligibility import NO_BUCKET, as_lines, is_volume, sort_out
from pcard.rebate.figures import Counted, Earned, Facts
from pcard.rebate.programs import Program
from pcard.rebate.schemes import scheme_parts
from pcard.rebate.tiers import Volume, four_decimals

NO_FACTS = Facts()


def no_facts(program: Program, period: Period) -> Facts:  # noqa: ARG001 - the default of `accrue_periods`
    """Know nothing but the transactions."""
    return NO_FACTS


@dataclass(frozen=True)
class Accrual:
    """What a program earned in a period, and from what.

    `accruals` (ACCRUALS) has a row per bucket and one for each further part;
    its amounts sum to the total. `exclusions` sums what does not count:
    excluded, kind, count, volume_cents. `questions` are what a person should
    know before the figure is used. `rows` are all of the program's transactions
    as they were sorted out.
    """

    program: Program
    period: Period
    accruals: pl.DataFrame
    rows: pl.DataFrame
    exclusions: pl.DataFrame
    earned: Earned
    counted_volumes: Counted
    facts: Facts = NO_FACTS
    questions: tuple[Fault, ...] = ()

    @property
    def total_cents(self) -> int:
        """What is owed for the period; below zero it is the district that owes."""
        return self.earned.total_cents

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The period's transactions (LINES): bucket, volume, and why one does not count."""
        return as_lines(self.rows.filter(self._within))

    @cached_property
    def counted(self) -> pl.DataFrame:
        """The lines that count."""
        return self.lines.filter(pl.col("excluded").is_null())

    @property
    def counts(self) -> pl.Expr:
        """Which of `rows` count in the period."""
        return self._within & pl.col("excluded").is_null()

    @property
    def _within(self) -> pl.Expr:
        return pl.col("day").is_between(self.period.first, self.period.last)


@dataclass(frozen=True)
class SortedOut:
    """A program's transactions sorted out once, for any number of its periods.

    `daily` sums `rows` by day, kind, bucket and reason, which is all that the
    arithmetic needs; `earlier` are the same sums under earlier versions.
    """

    program: Program
    rows: pl.DataFrame
    daily: pl.DataFrame
    transactions: pl.DataFrame
    earlier: tuple[SortedOut, ...] = field(default=())

    def accrue(self, period: Period, facts: Facts = NO_FACTS) -> Accrual:
        """Return what the program earned in a period."""
        daily = self.daily.filter(pl.col("day").is_between(period.first, period.last))
        counted = Counted(
            _volume(daily, facts, part_of_year(period.first, period.last)),
            _volume(self.before(period), facts, self._part_in_force(period)),
            int(daily.filter(is_volume())["volume_cents"].sum()),
            scheme=scheme_parts(self.program, self.transactions, self.rows, period),
        )
        earned = earn(self.program, counted, facts)
        accruals = _accruals(self.program, period, earned, daily)
        exclusions = _exclusions(daily)
        return Accrual(
            self.program,
            period,
            accruals,
            self.rows,
            exclusions,
            earned,
            counted,
            facts,
            tuple(doubts(self.program, period, facts, counted)),
        )

    def periods(self, asked: Period | None = None) -> list[Period]:
        """Return the contract's periods that have transactions, cut to the terms.

        Of a stretch that is asked for, those that lie within it; where none
        does, the stretch itself.
        """
        days = self.daily["day"]
        first, last = (asked.first, asked.last) if asked else (days.min(), days.max())
        if not isinstance(first, date) or not isinstance(last, date):
            return []
        whole = self.program.periods(first, last)
        if asked and not all(asked.first <= each.first and each.last <= asked.last for each in whole):
            whole = [asked]
        return [cut for each in whole if (cut := self._in_force(each))]

    def _in_force(self, period: Period) -> Period | None:
        """Cut a period to the days of these terms; where earlier terms have its first part, the label says so."""
        effective = self.program.effective
        first, last = max(period.first, effective.first), min(period.last, effective.last)
        shared = any(version.program.effective.last >= period.first for version in self.earlier)
        label = f"{period.label} from {first}" if shared and first > period.first else period.label
        return Period(first, last, label) if first <= last else None

    def year(self, period: Period) -> Period:
        """Return the contract year a period begins in; it goes on across versions that do not state another."""
        oldest = (*self.earlier, self)[0].program
        stated = self.program.terms.program.contract_year_starts
        return (self.program if stated else oldest).contract_year(period.first)

    def _part_in_force(self, period: Period) -> Fraction:
        """Return how much of the contract year is left from the day on which the first terms began."""
        year, oldest = self.year(period), (*self.earlier, self)[0].program
        return part_of_year(max(year.first, oldest.effective.first), year.last)

    def before(self, period: Period) -> pl.DataFrame:
        """Return the daily sums of the contract year before a period, each day under the terms in force on it."""
        year = self.year(period)
        last = period.first - timedelta(days=1)
        return pl.concat(
            version.daily.filter(
                pl.col("day").is_between(
                    max(year.first, version.program.effective.first), min(last, version.program.effective.last)
                )
            )
            for version in (*self.earlier, self)
        )


def sort_out_versions(
    transactions: pl.DataFrame, versions: Sequence[Program], cycles: pl.DataFrame | None = None
) -> tuple[SortedOut, ...]:
    """Sort out transactions under each version of one program, oldest first."""
    done: tuple[SortedOut, ...] = ()
    for program in versions:
        rows = sort_out(transactions, program, cycles)
        daily = as_lines(
            rows.group_by("day", "kind", "bucket", "excluded").agg(
                pl.col("volume_cents").sum(), count=pl.len().cast(pl.Int32)
            )
        )
        done = (*done, SortedOut(program, rows, daily.sort("day", "kind", "bucket", "excluded"), transactions, done))
    return done


def accrue(
    transactions: pl.DataFrame,
    program: Program,
    period: Period,
    facts: Facts = NO_FACTS,
    *,
    earlier: Sequence[Program] = (),
    cycles: pl.DataFrame | None = None,
) -> Accrual:
    """Return what a program earned in a period.

    `transactions` (TRANSACTIONS or a ledger's) should reach back to the begin
    of the contract year; `earlier` are the versions before `program`, oldest
    first, under which the year's earlier days are counted.
    """
    return sort_out_versions(transactions, (*earlier, program), cycles)[-1].accrue(period, facts)


def accrue_periods(
    transactions: pl.DataFrame,
    versions: Sequence[Program],
    asked: Period | None = None,
    facts: Callable[[Program, Period], Facts] = no_facts,
    *,
    cycles: pl.DataFrame | None = None,
) -> list[Accrual]:
    """Return the accruals of every contract period, or of those asked for, that transactions and terms touch.

    `versions` are one program's, oldest first; a period in which the terms
    change is accrued in parts, each under the terms in force. `facts` gives
    those of a period; what one period carries forward goes into the next.
    """
    found: list[Accrual] = []
    for done in sort_out_versions(transactions, versions, cycles):
        wanted = done.periods(asked)
        earlier = [period for period in done.periods() if wanted and period.last < wanted[0].first]
        for period in (*earlier, *wanted):
            known = facts(done.program, period)
            carried = found[-1].earned.carry_out_cents if found else 0
            found.append(done.accrue(period, replace(known, carried_over_cents=known.carried_over_cents + carried)))
    return [accrual for accrual in found if asked is None or asked.first <= accrual.period.last <= asked.last]


def part_of_year(first: date, last: date) -> Fraction:
    """Return how much of a year a stretch is: in months where it is whole months, else in days of 365; at most all."""
    after = last + timedelta(days=1)
    months = 12 * (after.year - first.year) + after.month - first.month
    part = Fraction(months, 12) if after.day == first.day else Fraction((after - first).days, 365)
    return min(part, Fraction(1))


def _volume(daily: pl.DataFrame, facts: Facts, part: Fraction) -> Volume:
    counts = daily.filter(pl.col("excluded").is_null())
    sums = counts.group_by("bucket").agg(pl.col("volume_cents").sum()).sort("bucket")
    purchases = int(counts.filter(pl.col("kind") == "purchase")["count"].sum())
    return Volume(dict(sums.iter_rows()), purchases, facts.pool_volume_cents, part_of_year=part)


def _accruals(program: Program, period: Period, earned: Earned, daily: pl.DataFrame) -> pl.DataFrame:
    """Return ACCRUALS. Only buckets carry volume, so that it sums to the period's; so do excluded sums."""
    excluded = dict(
        daily.filter(is_volume() & pl.col("excluded").is_not_null())
        .group_by(pl.col("bucket").fill_null("no_bucket"))
        .agg(pl.col("volume_cents").sum())
        .sort("bucket")
        .iter_rows()
    )
    rows = [
        {
            "program_id": program.id,
            "period": period.label,
            "bucket": part.name,
            "volume_cents": part.base_cents if part.role == "bucket" else 0,
            "excluded_cents": excluded.pop(part.name, 0) if part.role == "bucket" else 0,
            "rate_bps": None if part.bps is None else four_decimals(part.bps),
            "amount_cents": part.amount_cents,
            "cite": part.cite or program.cite,
        }
        for part in earned.parts
    ]
    rows += [
        {
            "program_id": program.id, "period": period.label, "bucket": name, "volume_cents": 0,
            "excluded_cents": cents, "rate_bps": None, "amount_cents": 0, "cite": NO_BUCKET,
        }
        for name, cents in excluded.items()
    ]  # fmt: skip
    return ACCRUALS.rows(rows)


def _exclusions(daily: pl.DataFrame) -> pl.DataFrame:
    return (
        daily.filter(pl.col("excluded").is_not_null())
        .group_by("excluded", "kind")
        .agg(pl.col("count").sum(), pl.col("volume_cents").sum())
        .sort("excluded", "kind")
    )

"""Accruals: what a program earned in a period, from the transactions up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from pcard.errors import Fault, Place
from pcard.frames import ACCRUALS
from pcard.periods import Period
from pcard.rebate.earnings import Counted, Earned, Facts, earn
from pcard.rebate.eligibility import NO_BUCKET, is_volume, sort_out
from pcard.rebate.programs import Program
from pcard.rebate.tiers import Volume, four_decimals

NO_FACTS = Facts()


@dataclass(frozen=True)
class Accrual:
    """What a program earned in a period, and from what.

    `accruals` (ACCRUALS) has a row per bucket and one for each further part;
    its amounts sum to the total. `lines` (LINES) are the period's transactions:
    bucket, volume, and why one does not count. `exclusions` sums the latter:
    excluded, kind, count, volume_cents. `questions` are what a person should
    know before the figure is used.
    """

    program: Program
    period: Period
    accruals: pl.DataFrame
    lines: pl.DataFrame
    exclusions: pl.DataFrame
    earned: Earned
    questions: tuple[Fault, ...] = ()

    @property
    def total_cents(self) -> int:
        """What is owed for the period; below zero it is the district that owes."""
        return self.earned.total_cents

    @property
    def counted(self) -> pl.DataFrame:
        """The lines that count."""
        return self.lines.filter(pl.col("excluded").is_null())

    @property
    def due(self) -> date | None:
        """The day the bank pays by, where the contract names one."""
        payment = self.program.terms.payment
        return self.period.last + timedelta(days=payment.due_days_after_period) if payment else None


@dataclass(frozen=True)
class SortedOut:
    """A program's transactions sorted out once, for any number of its periods.

    `daily` sums `lines` by day, kind, bucket and reason, which is all that the
    arithmetic needs; `earlier` are the same sums under earlier versions.
    """

    program: Program
    lines: pl.DataFrame
    daily: pl.DataFrame
    earlier: tuple[SortedOut, ...] = field(default=())

    def accrue(self, period: Period, facts: Facts = NO_FACTS) -> Accrual:
        """Return what the program earned in a period."""
        daily = self.daily.filter(pl.col("day").is_between(period.first, period.last))
        counted = Counted(
            _volume(daily, facts),
            _volume(self.before(period), facts),
            int(daily.filter(is_volume())["volume_cents"].sum()),
        )
        earned = earn(self.program, counted, facts)
        lines = self.lines.filter(pl.col("day").is_between(period.first, period.last))
        accruals = _accruals(self.program, period, earned, daily)
        exclusions = _exclusions(daily)
        return Accrual(
            self.program, period, accruals, lines, exclusions, earned, self.questions(period, facts, counted)
        )

    def periods(self, period: Period | None = None) -> list[Period]:
        """Return the contract's periods that have transactions, or the one asked for, cut to the terms."""
        days = self.daily["day"].drop_nulls()
        if period:
            asked = [self.program.in_force(period)]
        else:
            asked = self.program.periods(days[0], days[-1]) if len(days) else []
        return [each for each in asked if each.first <= each.last]

    def before(self, period: Period) -> pl.DataFrame:
        """Return the daily sums of the contract year before a period, each day under the terms in force on it."""
        oldest = (*self.earlier, self)[0].program
        stated = self.program.terms.program.contract_year_starts
        year = (self.program if stated else oldest).contract_year(period.first)
        last = period.first - timedelta(days=1)
        versions = (*self.earlier, self)
        return pl.concat(
            version.daily.filter(
                pl.col("day").is_between(
                    max(year.first, version.program.effective.first), min(last, version.program.effective.last)
                )
            )
            for version in versions
        )

    def questions(self, period: Period, facts: Facts, counted: Counted) -> tuple[Fault, ...]:
        """Return what makes the figure of a period uncertain."""
        place, terms = Place(self.program.file, field=period.label), self.program.terms
        asked: list[Fault] = []
        undated = self.daily.filter(pl.col("day").is_null())["count"].sum()
        if undated:
            message = f"{undated} transactions have no date and are in no period"
            asked.append(_question("rebate-undated", place, message, "correct them at the source and import again"))
        if terms.prompt_pay and facts.average_days_to_pay is None:
            message = "the average days to pay are not known, so prompt pay is left out"
            cure = "import the statements and the bank lines that paid them, or state the days"
            asked.append(_question("rebate-days-unknown", place, message, cure))
        if terms.offsets.credit_losses != "none" and (facts.gross_losses_cents, facts.net_losses_cents) == (None, None):
            message = "credit losses are not known and are taken as none"
            asked.append(_question("rebate-losses-unknown", place, message, "ask the bank for the write-offs"))
        if counted.period.pool_cents is None and _looks_at_pool(self.program):
            message = "the pool's volume is not known, so the tier is looked up by the district's own"
            asked.append(_question("rebate-pool-unknown", place, message, "ask the consortium for it"))
        return tuple(asked)


def sort_out_versions(
    transactions: pl.DataFrame, versions: Sequence[Program], cycles: pl.DataFrame | None = None
) -> tuple[SortedOut, ...]:
    """Sort out transactions under each version of one program, oldest first."""
    done: tuple[SortedOut, ...] = ()
    for program in versions:
        lines = sort_out(transactions, program, cycles)
        daily = lines.group_by("day", "kind", "bucket", "excluded").agg(
            pl.col("volume_cents").sum(), count=pl.len().cast(pl.Int64)
        )
        done = (*done, SortedOut(program, lines, daily.sort("day", "kind", "bucket", "excluded"), done))
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
    period: Period | None = None,
    facts: Callable[[Program, Period], Facts] | Mapping[str, Facts] | None = None,
    *,
    cycles: pl.DataFrame | None = None,
) -> list[Accrual]:
    """Return the accruals of every contract period, or of one, that the transactions and the terms touch.

    `versions` are one program's, oldest first; a period in which the terms
    change is accrued in parts, each under the terms in force. `facts` gives
    those of a period: a mapping by its label, or a function.
    """
    sorted_out = sort_out_versions(transactions, versions, cycles)
    return [
        done.accrue(each, _facts_of(facts, done.program, each)) for done in sorted_out for each in done.periods(period)
    ]


def _facts_of(
    facts: Callable[[Program, Period], Facts] | Mapping[str, Facts] | None, program: Program, period: Period
) -> Facts:
    if facts is None:
        return NO_FACTS
    return facts.get(period.label, NO_FACTS) if isinstance(facts, Mapping) else facts(program, period)


def _volume(daily: pl.DataFrame, facts: Facts) -> Volume:
    counts = daily.filter(pl.col("excluded").is_null())
    sums = counts.group_by("bucket").agg(pl.col("volume_cents").sum()).sort("bucket")
    purchases = int(counts.filter(pl.col("kind") == "purchase")["count"].sum())
    return Volume(dict(sums.iter_rows()), purchases, facts.pool_volume_cents)


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


def _looks_at_pool(program: Program) -> bool:
    rates = [bucket.rate.tiers or bucket.rate.grid for bucket in program.buckets]
    return any(terms is not None and terms.of == "pool" for terms in rates)


def _question(code: str, place: Place, message: str, cure: str) -> Fault:
    return Fault(code, place, message, cure, warning=True)

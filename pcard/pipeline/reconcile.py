"""Records to conclusions: the stages of a month, named in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import polars as pl

from pcard.engines import Engine
from pcard.extensions import Comparison
from pcard.frames import ACCRUALS, SHARES, Conclusions, Ledger
from pcard.ledger.assemble import assemble
from pcard.ledger.cutoff import cutoff
from pcard.ledger.related import related
from pcard.ledger.statements import tie_out
from pcard.ledger.virtual_cards import virtual_cards
from pcard.matching.engine import Matching
from pcard.matching.liquidation import liquidation
from pcard.matching.settings import MatchSettings
from pcard.periods import MonthDay, Period, year_from
from pcard.policy.calendars import Calendar
from pcard.policy.checking import Checked, check
from pcard.policy.loading import Policy
from pcard.rebate.accruals import Accrual, accrue_periods
from pcard.rebate.awards import returned_to_awards
from pcard.rebate.comparison import reported_by_period
from pcard.rebate.facts import NOTHING_STATED, Known, facts_from
from pcard.rebate.programs import Program
from pcard.rebate.settlement import settle
from pcard.rebate.shares import apportion, by_the_charge, placed


@dataclass(frozen=True)
class Rules:
    """What a district has laid down, ready to compute with."""

    policy: Policy | None
    programs: Sequence[Program]
    match: MatchSettings
    calendar: Calendar
    fiscal_year_starts: MonthDay
    rebate_facts: Known = NOTHING_STATED
    comparisons: Sequence[Comparison] = ()  # those of enabled plugins


@dataclass(frozen=True)
class Reconciliation:
    """Everything computed for a cycle, with the parts that explain it and the rules it was computed by."""

    rules: Rules
    ledger: Ledger
    matching: Matching
    checked: Checked
    accruals: Sequence[Accrual]
    conclusions: Conclusions


def reconcile(
    records: Mapping[str, pl.DataFrame],
    decisions: pl.DataFrame,
    rules: Rules,
    engine: Engine,
    *,
    cycle: str | None,
    closing_day: int | None,
    as_of: date,
) -> Reconciliation:
    """Compute a cycle from its records; `cycle` None is the last one that has charges."""
    ledger = assemble(records, closing_day=closing_day)
    cycle = cycle or last_cycle(ledger)
    matching = engine.match(ledger, rules.match, decisions, rules.comparisons)
    checked = run_policy(ledger, matching.matches, rules, decisions, as_of)
    accruals, shares = run_programs(ledger, rules.programs, known=rules.rebate_facts)
    settlement = settle(ledger, accruals, as_of, reported_by_period(ledger.rebate_reports, accruals)[0])
    proved = tie_out(ledger, cycle)
    belonging = related(ledger, decisions)
    year = year_from(as_of, rules.fiscal_year_starts)
    conclusions = Conclusions(
        cycle=cycle,
        matches=matching.matches,
        candidates=matching.candidates,
        flags=checked.flags,
        not_evaluated=checked.not_evaluated,
        accruals=accruals_of(accruals),
        shares=shares,
        proof=proved.proof,
        payments=proved.payments,
        one_sided=proved.one_sided,
        cutoff=cutoff(ledger, date.fromordinal(year.first.toordinal() - 1)),
        settlements=settlement.settlements,
        received=settlement.received,
        related=belonging,
        liquidation=liquidation(ledger, matching.matches, belonging, rules.match),
        virtual_cards=virtual_cards(ledger),
        returned=returned_to_awards(shares, rules.programs, rules.rebate_facts, as_of),
    )
    return Reconciliation(rules, ledger, matching, checked, accruals, conclusions)


def last_cycle(ledger: Ledger) -> str:
    """Return the last cycle that has a statement, else the last that has transactions, else an empty label."""
    for frame in (ledger.statements, ledger.transactions):
        cycles = frame["cycle"].drop_nulls()
        if len(cycles):
            return str(cycles.max())
    return ""


def run_policy(ledger: Ledger, matches: pl.DataFrame, rules: Rules, decisions: pl.DataFrame, as_of: date) -> Checked:
    """Return the flags of the active policy; none where no policy is active."""
    if rules.policy is None:
        return Checked.nothing()
    return check(ledger, matches, rules.policy, decisions, as_of, rules.calendar)


def run_programs(
    ledger: Ledger,
    programs: Sequence[Program],
    label: str | None = None,
    known: Known = NOTHING_STATED,
    fiscal_year_starts: MonthDay | None = None,
) -> tuple[list[Accrual], pl.DataFrame]:
    """Return the accruals of every program, for each of its periods or for those a label names, and their shares.

    Programs of one id are its versions over time, oldest first.
    """

    def asked_of(versions: Sequence[Program]) -> Period | None:
        return versions[-1].period_named(label, fiscal_year_starts) if label else None

    facts = facts_from(ledger, known)
    versions = [list(group) for _, group in groupby(programs, key=lambda program: program.id)]
    accruals = [
        accrual
        for program in versions
        for accrual in accrue_periods(ledger.transactions, program, asked_of(program), facts, cycles=ledger.cycles)
    ]
    allocations = placed(by_the_charge(ledger.allocations, ledger.transactions), ledger.transactions)
    shares = [apportion(accrual, allocations, accrual.program) for accrual in accruals]
    return accruals, SHARES.of(pl.concat([SHARES.empty(), *shares]))


def accruals_of(accruals: Sequence[Accrual]) -> pl.DataFrame:
    """Return several accruals as one table."""
    return ACCRUALS.of(pl.concat([ACCRUALS.empty(), *(accrual.accruals for accrual in accruals)]))

"""The stages named in order; pure: no clock, no file, no database.

documents --ingest--> records --assemble--> Ledger --reconcile--> Conclusions --report--> Report
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pcard.documents import Document
from pcard.engines import Engine
from pcard.frames import ACCRUALS, SHARES, Conclusions, Ledger
from pcard.importers import read
from pcard.importers.profiles import Profile
from pcard.ledger.assemble import assemble
from pcard.ledger.cutoff import cutoff
from pcard.ledger.normalise import Normalised, normalise
from pcard.ledger.statements import tie_out
from pcard.matching.engine import Matching
from pcard.matching.settings import MatchSettings
from pcard.periods import MonthDay, year_from
from pcard.policy.calendars import Calendar
from pcard.policy.checking import Checked, check
from pcard.policy.loading import Policy
from pcard.rebate.accruals import Accrual, accrue
from pcard.rebate.programs import Program
from pcard.rebate.shares import apportion


@dataclass(frozen=True)
class Readers:
    """What can read documents: the importers behind the door and the profiles at hand."""

    importers: Sequence[object]
    profiles: Sequence[Profile]


@dataclass(frozen=True)
class Rules:
    """What a district has laid down, ready to compute with."""

    policy: Policy | None
    programs: Sequence[Program]
    match: MatchSettings
    calendar: Calendar
    fiscal_year_starts: MonthDay


@dataclass(frozen=True)
class Reconciliation:
    """Everything computed for a cycle, with the parts that explain it."""

    ledger: Ledger
    matching: Matching
    checked: Checked
    accruals: Sequence[Accrual]
    conclusions: Conclusions


def ingest(
    document: Document, readers: Readers, *, table: str | None = None, profile: Profile | None = None
) -> Normalised:
    """Return a document's records, refusals and control figures."""
    extract = read(document, importers=readers.importers, profiles=readers.profiles, table=table, profile=profile)
    return normalise(extract, document)


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
    matching = engine.match(ledger, rules.match, decisions)
    checked = run_policy(ledger, matching.matches, rules, decisions, as_of)
    accruals, shares = run_programs(ledger, rules.programs, as_of)
    proved = tie_out(ledger, cycle)
    year = year_from(as_of, rules.fiscal_year_starts)
    conclusions = Conclusions(
        cycle=cycle,
        matches=matching.matches,
        candidates=matching.candidates,
        flags=checked.flags,
        not_evaluated=checked.not_evaluated,
        accruals=ACCRUALS.of(pl.concat([ACCRUALS.empty(), *(accrual.accruals for accrual in accruals)])),
        shares=shares,
        proof=proved.proof,
        payments=proved.payments,
        one_sided=proved.one_sided,
        cutoff=cutoff(ledger, date.fromordinal(year.first.toordinal() - 1)),
    )
    return Reconciliation(ledger, matching, checked, accruals, conclusions)


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


def run_programs(ledger: Ledger, programs: Sequence[Program], as_of: date) -> tuple[list[Accrual], pl.DataFrame]:
    """Return the accruals of every program and period that has begun by `as_of`, and their shares."""
    posted = ledger.transactions["posted"]
    if posted.is_empty():
        return [], SHARES.empty()
    first, last = posted.min(), min(posted.max(), as_of)
    accruals = [
        accrue(ledger.transactions, program, period) for program in programs for period in program.periods(first, last)
    ]
    shares = [apportion(accrual, ledger.allocations, program_of(programs, accrual)) for accrual in accruals]
    return accruals, SHARES.of(pl.concat([SHARES.empty(), *shares]))


def program_of(programs: Sequence[Program], accrual: Accrual) -> Program:
    """Return the program an accrual was computed by."""
    return next(program for program in programs if program.id == accrual.program_id)

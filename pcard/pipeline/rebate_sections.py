"""The parts of a month's report that look ahead and compare: what would earn more, and a director's benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from pcard.frames import Ledger
from pcard.periods import Period
from pcard.pipeline.effort import effort
from pcard.pipeline.reconcile import Reconciliation
from pcard.rebate.accruals import Accrual
from pcard.rebate.benchmarks import METRICS, SITES, metrics, site_benchmarks
from pcard.rebate.prospects import Prospects, prospects
from pcard.reports import rebate_outlook
from pcard.reports.report import Section

_YEAR = timedelta(days=365)


def rebate_sections(
    result: Reconciliation, ahead: Prospects, decisions: pl.DataFrame, imports: pl.DataFrame
) -> tuple[Section, Section]:
    """Return the outlook, and the benchmarks of the last year's contract periods."""
    known, ledger = result.rules.rebate_facts, result.ledger
    period, accruals = last_year(ledger, result.accruals)
    done = effort(ledger, result.conclusions.matches, decisions, imports, period)
    labels = [accrual.period.label for accrual in accruals]
    shares = result.conclusions.shares.filter(pl.col("period").is_in(labels))
    tables = [
        (METRICS, metrics(ledger, accruals, known, period, done)),
        (SITES, site_benchmarks(shares, ledger.sites)),
    ]
    lead = f"{period.first} to {period.last}, each figure with its formula; the district types what it compares with."
    return rebate_outlook.outlook(ahead.tables), rebate_outlook.benchmarks(lead, tables)


def prospects_of(result: Reconciliation, as_of: date) -> Prospects:
    """Return what is ahead of a reconciliation's programs."""
    return prospects(result.ledger, result.rules.programs, result.accruals, result.rules.rebate_facts, as_of)


def last_year(ledger: Ledger, accruals: Sequence[Accrual]) -> tuple[Period, list[Accrual]]:
    """Return the days of the contract periods that ended within a year of the last posting, and their accruals.

    Without a program it is the year before the last posting.
    """
    posted = ledger.transactions["posted"].max()
    last = posted if isinstance(posted, date) else date(1970, 1, 1)
    within = [each for each in accruals if each.period.last > last - _YEAR and each.period.first <= last]
    first = min((each.period.first for each in within), default=last - _YEAR + timedelta(days=1))
    return Period(first, last, f"{first} to {last}"), within

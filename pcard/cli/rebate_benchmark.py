"""`pcard rebate benchmark`: figures for the director, with formulas, beside what the district compares with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.rebate_sources import Sources, demand_period, source_options, sources
from pcard.cli.session import day, opened, reconciled

if TYPE_CHECKING:
    from datetime import date

    from pcard.periods import Period
    from pcard.rebate.benchmarks import Effort


@click.command(name="benchmark")
@click.option("--period", "label", help="A stretch such as 2026Q3 or FY2027 (default: all that was posted).")
@source_options
@answering
def benchmark(label: str | None, as_of: datetime | None, **where: Any) -> Answer:
    """Compute the figures a director compares, each with its formula; averages of others are never made up."""
    from pcard.cli.listing import show
    from pcard.rebate.benchmarks import METRICS, SITES, metrics, site_benchmarks
    from pcard.reports import rebate_outlook

    demand_period(label)
    source = sources(**where)
    accruals, shares = source.accrue(label)
    period = _stretch(source, label)
    done = None if where["transactions"] else _effort(where["root"], period, day(as_of))
    figures = metrics(source.ledger, accruals, source.known, period, done)
    by_site = site_benchmarks(shares, source.ledger.sites)
    lead = f"{period.first} to {period.last}. Comparators are the district's own, with their source."
    section = rebate_outlook.benchmarks(lead, [(METRICS, figures), (SITES, by_site)])
    facts = {"benchmarks": METRICS.as_text(figures).to_dicts(), "sites": SITES.as_text(by_site).to_dicts()}
    steps = [] if source.known.stated.comparators else ["type what you compare with: comparators, in the facts file"]
    return Answer(facts, (), source.notes, steps, show=lambda: show([section]))


def _stretch(source: Sources, label: str | None) -> Period:
    """Return the days a label names, else those from the first to the last posting."""
    from datetime import date

    from pcard.periods import Period, parse_period, year_ending_in

    if label and (found := parse_period(label)):
        return found
    if label:
        return year_ending_in(int(label[2:]), source.fiscal_year_starts or (7, 1))
    posted = source.ledger.transactions["posted"]
    first, last = posted.min(), posted.max()
    if not isinstance(first, date) or not isinstance(last, date):
        raise click.UsageError("there are no charges to measure")
    return Period(first, last, "all")


def _effort(root: Path | None, period: Period, as_of: date) -> Effort:
    """Return how the work on a workspace's charges went."""
    from pcard.pipeline.effort import effort

    with opened(root) as workspace:
        result = reconciled(workspace, None, as_of)
        return effort(result.ledger, result.conclusions.matches, workspace.decisions(), workspace.imports(), period)

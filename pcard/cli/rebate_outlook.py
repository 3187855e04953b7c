"""`pcard rebate outlook`: what would earn more, and on which assumptions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.rebate_sources import Sources, source_options, sources
from pcard.cli.session import day

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from pcard.schema import Table


@click.command(name="outlook")
@source_options
@answering
def outlook(as_of: datetime | None, **where: Any) -> Answer:
    """Show what would earn more: the next step, a forecast, paying earlier, checks that could be carded, leakage."""
    from pcard.cli.listing import show
    from pcard.rebate.outlook import assumptions
    from pcard.reports.rebate_outlook import outlook_lead, tables_section

    source = sources(**where)
    tables = _tables(source, day(as_of))
    said = list(assumptions(source.accrue(None)[0], source.known.stated.yearly_interest_bps))
    frames = {table.name: frame for table, frame in tables}
    facts: dict[str, Any] = {table.name: table.as_text(frame).to_dicts() for table, frame in tables}
    section = tables_section("outlook", "What would earn more", outlook_lead(frames), tables)
    lines = ["Assumptions:", *(f"  {sentence}" for sentence in said)]
    return Answer({**facts, "assumptions": said}, lines, source.notes, show=lambda: show([section]))


def _tables(source: Sources, as_of: date) -> list[tuple[Table, pl.DataFrame]]:
    """Return each table of the outlook, for the latest period of every program that is in force."""
    from itertools import groupby

    import polars as pl

    from pcard.rebate import forecast, outlook
    from pcard.rebate.accruals import sort_out_versions

    interest = source.known.stated.yearly_interest_bps
    accruals = source.accrue(None)[0]
    found: dict[str, list[pl.DataFrame]] = {}
    for name, versions in groupby(source.programs, key=lambda program: program.id):
        own = [each for each in accruals if each.program.id == name and each.period.first <= as_of]
        if not own:
            continue
        latest = own[-1]
        done = sort_out_versions(source.ledger.transactions, list(versions), source.ledger.cycles)
        in_force = next((each for each in reversed(done) if each.program.effective.first <= as_of), done[-1])
        for table, frame in (
            (outlook.NEXT_STEPS, outlook.next_steps(latest)),
            (forecast.FORECASTS, forecast.forecast(in_force, own, as_of)),
            (outlook.PAY_EARLIER, outlook.pay_earlier(_with_days(own), interest)),
            (outlook.COULD_BE_CARDED, outlook.could_be_carded(source.ledger, latest, as_of)),
            (outlook.LEAKAGE, outlook.leakage(latest)),
        ):
            found.setdefault(table.name, []).append(frame)
    known = (outlook.NEXT_STEPS, forecast.FORECASTS, outlook.PAY_EARLIER, outlook.COULD_BE_CARDED, outlook.LEAKAGE)
    return [(table, table.of(pl.concat([table.empty(), *found.get(table.name, [])]))) for table in known]


def _with_days(accruals: list[Any]) -> Any:
    """Return the latest accrual whose average days to pay are known, else the latest."""
    return next((each for each in reversed(accruals) if each.facts.average_days_to_pay is not None), accruals[-1])

"""`pcard rebate outlook`: what would earn more, and on which assumptions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.rebate_sources import source_options, sources
from pcard.cli.session import day


@click.command(name="outlook")
@source_options
@answering
def outlook(as_of: datetime | None, **where: Any) -> Answer:
    """Show what would earn more: the next step, a forecast, paying earlier, checks that could be carded, leakage."""
    from pcard.cli.listing import show
    from pcard.rebate.prospects import prospects
    from pcard.reports import rebate_outlook

    source = sources(**where)
    ahead = prospects(source.ledger, source.programs, source.accrue(None)[0], source.known, day(as_of))
    facts: dict[str, Any] = {table.name: table.as_text(frame).to_dicts() for table, frame in ahead.tables}
    facts["assumptions"] = ahead.frames["assumptions"]["assumption"].to_list()
    section = rebate_outlook.outlook(ahead.tables)
    return Answer(facts, (), source.notes, show=lambda: show([section]))

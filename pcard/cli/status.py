"""`pcard status`: the board."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.listing import show
from pcard.cli.reconcile import next_steps
from pcard.cli.session import as_of_option, day, opened, reconciled, workspace_option


@click.command(name="status")
@click.argument("cycle", required=False)
@as_of_option
@workspace_option
@answering
def command(cycle: str | None, as_of: datetime | None, root: Path | None) -> Answer:
    """Show per site what is done, what waits for an answer, and what has no receipt."""
    from pcard.reports.board import board
    from pcard.reports.files import section_facts

    with opened(root) as workspace:
        result = reconciled(workspace, cycle, day(as_of))
    section = board(result.ledger, result.conclusions, day(as_of))
    automation = result.matching.automation
    facts = {
        "cycle": result.conclusions.cycle,
        "board": section_facts(section),
        "automation": automation.facts(),
    }
    lines = [f"Cycle {result.conclusions.cycle}", automation.words()]
    return Answer(facts, lines, next_steps=next_steps(result), show=lambda: show([section]))

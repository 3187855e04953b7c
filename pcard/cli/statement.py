"""`pcard statement [CYCLE]`: the proof of the month."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.listing import show
from pcard.cli.session import as_of_option, day, opened, reconciled, workspace_option


@click.command(name="statement")
@click.argument("cycle", required=False)
@as_of_option
@workspace_option
@answering
def command(cycle: str | None, as_of: datetime | None, root: Path | None) -> Answer:
    """Prove the month: opening + charges - credits - payments = closing = the bank's figure.

    Exit code 1 where it does not prove.
    """
    from pcard.reports.files import section_facts
    from pcard.reports.reconciliation import cut_off, proof

    with opened(root) as workspace:
        result = reconciled(workspace, cycle, day(as_of))
    found = result.conclusions
    sections = (proof(result.ledger, found), cut_off(found))
    proves = bool(found.proof.height) and bool(found.proof["proves"].all())
    facts = {"cycle": found.cycle, "proves": proves, **{section.id: section_facts(section) for section in sections}}
    steps = ["run: pcard report"] if proves else ["import what is missing, or correct it, and run this again"]
    lines = [f"Cycle {found.cycle}"]
    return Answer(facts, lines, (), steps, 0 if proves else CHECK_FAILED, show=lambda: show(sections))

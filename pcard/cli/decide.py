"""`pcard decide FLAG DISPOSITION`: a person disposes of a flag."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import as_of_option, day, opened, reconciled, workspace_option
from pcard.cli.verdicts import demand

DISPOSITIONS = click.Choice(["violation", "justified", "waived", "referred"])


@click.command(name="decide")
@click.argument("flag")
@click.argument("disposition", type=DISPOSITIONS)
@click.option("--reason", required=True, help="Why; kept in the trail.")
@as_of_option
@workspace_option
@answering
def command(flag: str, disposition: str, reason: str, as_of: datetime | None, root: Path | None) -> Answer:
    """Decide a possible exception: violation, justified, waived or referred."""
    with opened(root) as workspace:
        flags = reconciled(workspace, None, day(as_of)).conclusions.flags["flag_id"].to_list()
        demand(flag, flags, "flag")
        decision = workspace.decide("dispose", flag, value=disposition, reason=reason)
    facts = {"decision": decision, "flag_id": flag, "disposition": disposition}
    lines = [f"{flag} is decided as {disposition} ({decision})."]
    return Answer(facts, lines, next_steps=[f"take it back with: pcard undo {decision}"])

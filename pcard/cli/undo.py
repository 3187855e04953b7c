"""`pcard undo WHAT`: reverse a decision or a whole import, as a new recorded act."""

from __future__ import annotations

from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import opened, workspace_option


@click.command(name="undo")
@click.argument("what", metavar="DECISION|IMPORT")
@click.option("--reason", default="undone at the keyboard", help="Why; kept in the trail.")
@workspace_option
@answering
def command(what: str, reason: str, root: Path | None) -> Answer:
    """Reverse a decision (D-000012) or an import (I-0003); nothing is deleted, all is recorded."""
    with opened(root) as workspace:
        decision = workspace.undo(what, reason=reason)
    return Answer(
        {"decision": decision, "undone": what}, [f"{what} is undone ({decision})."], next_steps=["pcard status"]
    )

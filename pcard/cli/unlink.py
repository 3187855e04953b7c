"""`pcard unlink CHARGE EVIDENCE`: a person says that these do not belong together."""

from __future__ import annotations

from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.link import KIND
from pcard.cli.session import opened, workspace_option
from pcard.cli.verdicts import record_verdict


@click.command(name="unlink")
@click.argument("charge")
@click.argument("evidence")
@click.option("--kind", type=KIND, default="receipt", help="What the evidence is.")
@click.option("--reason", help="Why; kept in the trail.")
@workspace_option
@answering
def command(charge: str, evidence: str, kind: str, reason: str | None, root: Path | None) -> Answer:
    """Say that a charge and a piece of evidence do not belong together; they are never proposed again."""
    with opened(root) as workspace:
        return record_verdict(workspace, "reject", charge, kind, evidence, reason)

"""`pcard link CHARGE EVIDENCE`: a person says that these belong together."""

from __future__ import annotations

from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import opened, workspace_option
from pcard.cli.verdicts import record_verdict

KIND = click.Choice(["receipt", "order", "purchase"])  # a purchase: what a refund gives back


@click.command(name="link")
@click.argument("charge")
@click.argument("evidence")
@click.option("--kind", type=KIND, default="receipt", help="What the evidence is.")
@click.option("--reason", help="Why; kept in the trail.")
@workspace_option
@answering
def command(charge: str, evidence: str, kind: str, reason: str | None, root: Path | None) -> Answer:
    """Link a charge to a receipt or purchase order, or a refund to its purchase; your word stands above any score."""
    with opened(root) as workspace:
        return record_verdict(workspace, "confirm", charge, kind, evidence, reason)

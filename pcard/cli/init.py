"""`pcard init DIR`: a new workspace."""

from __future__ import annotations

from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import who


@click.command(name="init")
@click.argument("root", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--district", default="Our School District", help="The district's name, for the reports.")
@answering
def command(root: Path, district: str) -> Answer:
    """Make a new workspace: settings, a baseline policy, an example rebate program, an inbox."""
    from pcard.store.workspace import Workspace

    Workspace.init(root, district=district, who=who()).close()
    lines = [
        f"A new workspace stands in {root}.",
        "  pcard.yaml   the district's settings, each explained",
        "  rules/       its policy, resting on the K-12 baseline",
        "  rebates/     an example rebate program",
        "  inbox/       put bank files, receipts, orders and lists here",
    ]
    next_steps = [f"put files into {root / 'inbox'}, then run: pcard reconcile -w {root}"]
    return Answer({"workspace": str(root)}, lines, next_steps=next_steps)

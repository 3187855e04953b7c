"""`pcard audit ...`: the trail, and the proof that nobody bent it."""

from __future__ import annotations

from pathlib import Path

import click

from pcard.cli.answers import REFUSED_BY_STATE, Answer, answering
from pcard.cli.audit_sample import command as sample
from pcard.cli.session import opened, workspace_option


@click.group(name="audit")
def command() -> None:
    """Read the trail and verify it; draw a sample of charges."""


command.add_command(sample)


@command.command(name="log")
@workspace_option
@answering
def log(root: Path | None) -> Answer:
    """List every import and decision: when, who, what."""
    with opened(root) as workspace:
        rows = workspace.trail().to_dicts()
    lines = [f"{row['seq']:>5}  {row['at']}  {row['who']}  {row['act']}  {row['subject']}" for row in rows]
    return Answer({"trail": rows}, lines, next_steps=["pcard audit verify"])


@command.command(name="verify")
@click.option("--anchor", metavar="HASH", help="The trail head that an earlier report printed.")
@workspace_option
@answering
def verify(anchor: str | None, root: Path | None) -> Answer:
    """Replay the trail against the tables; name the first bad record. Exit code 4 where it is broken."""
    with opened(root) as workspace:
        found = workspace.verify(anchor)
    broken = str(found.fault) if found.fault else None
    facts = {"ok": found.intact, "records": found.records, "head": found.head, "first_bad": broken}
    if broken is None:
        return Answer(facts, [f"{found.records:,} records, the chain holds.", f"Head: {found.head}"])
    return Answer(facts, ["The trail is broken.", broken], exit_code=REFUSED_BY_STATE)

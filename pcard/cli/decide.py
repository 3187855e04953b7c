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
@click.option(
    "--evidence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A paper it rests on; its name and SHA-256 are kept in the trail.",
)
@click.option(
    "--remember",
    is_flag=True,
    help="With justified: answer what is alike for a year - rule, people, merchants, no larger amount.",
)
@as_of_option
@workspace_option
@answering
def command(
    flag: str,
    disposition: str,
    reason: str,
    evidence: Path | None,
    remember: bool,
    as_of: datetime | None,
    root: Path | None,
) -> Answer:
    """Decide a possible exception: violation, justified, waived or referred."""
    from pcard.policy.memory import ACT, JUSTIFIED, explained_by

    if remember and disposition != JUSTIFIED:
        raise click.UsageError("only what is justified can be remembered: leave --remember out")
    paper = _paper(evidence) if evidence else None
    with opened(root) as workspace:
        result = reconciled(workspace, None, day(as_of))
        flags = result.conclusions.flags
        demand(flag, flags["flag_id"].to_list(), "flag")
        kept = explained_by(flag, flags, result.ledger.transactions) if remember else None
        with workspace.transaction():
            kind = "paper" if paper else None
            decision = workspace.decide(
                "dispose", flag, value=disposition, reason=reason, evidence_kind=kind, evidence_id=paper
            )
            memory = workspace.decide(ACT, flag, value=kept.text(), reason=reason) if kept else None
    facts = {"decision": decision, "flag_id": flag, "disposition": disposition, "evidence": paper, "remembered": memory}
    lines = [f"{flag} is decided as {disposition} ({decision})."]
    steps = [f"take it back with: pcard undo {decision}"]
    if kept:
        whose, where = " and ".join(kept.people), " and ".join(kept.merchants)
        lines.append(f"What is like it is explained until {kept.until} ({memory}): {kept.rule_id}, {whose}, {where}.")
        steps.append(f"forget it with: pcard undo {memory}")
    return Answer(facts, lines, next_steps=steps)


def _paper(path: Path) -> str:
    """Return a paper's name and the SHA-256 it has now."""
    import hashlib

    return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"

"""`pcard profile ...`: import profiles, for layouts an administrator designed."""

from __future__ import annotations

from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import readers
from pcard.cli.understood import amount_facts, proposal_lines

FILE = click.Path(path_type=Path)


@click.group(name="profile")
def command() -> None:
    """Show, propose and try import profiles."""


@command.command(name="show")
@click.argument("profile_id", required=False)
@answering
def show(profile_id: str | None) -> Answer:
    """List the profiles at hand, or print one."""
    from pcard.cli.verdicts import demand

    profiles = {profile.id: profile for profile in readers()[0].profiles}
    if profile_id is None:
        lines = [f"  {profile.id:<32} {profile.table:<14} {profile.title}" for profile in profiles.values()]
        return Answer({"profiles": sorted(profiles)}, lines)
    demand(profile_id, list(profiles), "profile")
    facts = profiles[profile_id].model_dump(mode="json", exclude_defaults=True)
    return Answer({"profile": facts}, [f"{key}: {value}" for key, value in facts.items()])


@command.command(name="new")
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, help="Save the proposal here; without it, it is printed.")
@answering
def new(file: Path, out: Path | None) -> Answer:
    """Propose a profile for a file's layout, from its header and its whole columns."""
    from pcard.documents import open_document
    from pcard.importers.tables.proposal import UnknownLayout, refuse_unknown
    from pcard.store.files import write_whole

    try:
        refuse_unknown(open_document(file))
    except UnknownLayout as unknown:
        proposal = unknown.proposal
    if out:
        write_whole(out, proposal.text.encode())
        step = f"read {out}, correct it, then: pcard import --profile {out} {file.name}"
    else:
        step = f"save it with: pcard profile new {file} --out my-layout.yaml"
    facts = {"profile": proposal.text, "samples": list(proposal.samples), "totals": dict(proposal.totals)}
    return Answer(
        {**facts, "doubts": list(proposal.doubts)}, [proposal.text, *proposal_lines(proposal)], next_steps=[step]
    )


@command.command(name="test")
@click.argument("profile_file", type=FILE)
@click.argument("file", type=FILE)
@answering
def test(profile_file: Path, file: Path) -> Answer:
    """Read a file by a profile and show what would be taken; nothing is stored."""
    from pcard.documents import open_document
    from pcard.errors import Refused, errors_of
    from pcard.importers.tables.profiles import load_profile
    from pcard.pipeline.ingest import ingest

    normalised = ingest(open_document(file), readers()[0], profile=load_profile(profile_file))
    if refusing := errors_of(normalised.faults):
        raise Refused(*refusing)
    facts = {
        "accepted": normalised.accepted,
        "skipped": normalised.skipped,
        "refused": normalised.refused,
        "amount": amount_facts(normalised.amount_cents),
    }
    lines = [f"{normalised.accepted:,} lines would be taken, {normalised.skipped:,} skipped; sum {facts['amount']}"]
    return Answer(facts, lines, [str(fault) for fault in normalised.faults])

"""`pcard import FILE...`: documents into the workspace, all or nothing per document."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.intake import Intake, files_of
from pcard.cli.session import opened, readers, working, workspace_option

if TYPE_CHECKING:
    from pcard.importers.tables.profiles import Profile
    from pcard.pipeline.ingest import Readers


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--as", "table", metavar="KIND", help="What the file holds: transactions, receipts, orders, cards ...")
@click.option("--profile", "profile_name", metavar="P", help="Read it by this import profile (a name or a YAML file).")
@click.option("--dry-run", is_flag=True, help="Show what would be taken; take nothing.")
@click.option("--accept-unbalanced", is_flag=True, help="Take a file whose control totals disagree; it is recorded.")
@workspace_option
@answering
def command(
    files: tuple[Path, ...],
    table: str | None,
    profile_name: str | None,
    dry_run: bool,
    accept_unbalanced: bool,
    root: Path | None,
) -> Answer:
    """Read bank and card statements, receipts, orders and lists into the workspace.

    A folder stands for all files in it. Each document is taken whole or not
    at all; the others are still imported. Exit code 3 tells that at least one was refused.
    """
    with opened(root) as workspace:
        at_hand, notes = readers(workspace)
        profile = _profile(profile_name, at_hand) if profile_name else None
        intake = Intake(workspace, at_hand, table, profile, dry_run=dry_run, accept_unbalanced=accept_unbalanced)
        for path in chain.from_iterable(map(files_of, files)):
            with working(f"reading {path.name}"):
                intake.take(path)
    return intake.answer(notes)


def _profile(name: str, at_hand: Readers) -> Profile:
    from pcard.importers.tables.profiles import load_profile

    for profile in at_hand.profiles:
        if profile.id == name:
            return profile
    if Path(name).is_file():
        return load_profile(Path(name))
    known = ", ".join(profile.id for profile in at_hand.profiles)
    raise click.BadParameter(f"there is no profile '{name}'; known: {known}", param_hint="--profile")

"""`pcard demo [DIR]`: a fixture district and its month."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.reconcile import run_month
from pcard.cli.session import who

# The demo's documents run to July 2026; its deadlines are counted to the day its clerk would close that cycle.
AS_OF = date(2026, 8, 5)


@click.command(name="demo")
@click.argument("root", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@answering
def command(root: Path | None) -> Answer:
    """Write an invented district to DIR (default: a new folder) and run its month.

    Shows in a few seconds what pcard does, on the bank's own files.
    """
    from datetime import UTC, datetime

    from pcard.shipped import shipped
    from pcard.store.workspace import Workspace

    root = root or _new_folder()
    Workspace.init(root, district="Wrenfield Public Schools", who=who()).close()
    district = shipped("fixtures") / "district"
    for source in sorted(path for path in district.rglob("*") if path.is_file()):
        target = root / source.relative_to(district)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    with Workspace.open(root, who=who(), now=lambda: datetime.now(UTC)) as workspace:
        answer = run_month(workspace, None, AS_OF)
    answer.lines = [f"The demo district stands in {root}.", "", *answer.lines]
    answer.next_steps = [f"open {root / 'reports'} and look around: pcard status -w {root}", *answer.next_steps]
    answer.facts["workspace"] = str(root)
    return answer


def _new_folder() -> Path:
    number = 1
    while (root := Path(f"pcard-demo{'' if number == 1 else f'-{number}'}")).exists():
        number += 1
    return root

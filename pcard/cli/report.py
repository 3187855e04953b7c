"""`pcard report [CYCLE]`: the month for people."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.reconcile import month_report, write_report
from pcard.cli.session import as_of_option, day, opened, reconciled, workspace_option

FORMATS = ("html", "xlsx", "csv", "json")


@click.command(name="report")
@click.argument("cycle", required=False)
@click.option("--format", "forms", default="html,xlsx,csv,json", help="Any of html,xlsx,csv,json, separated by commas.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder (default: reports/CYCLE).")
@as_of_option
@workspace_option
@answering
def command(cycle: str | None, forms: str, out: Path | None, as_of: datetime | None, root: Path | None) -> Answer:
    """Write the cycle's report: the same figures in every format."""
    from pcard.reports.files import facts as report_facts

    wanted = tuple(word.strip().lower() for word in forms.split(","))
    if unknown := set(wanted) - set(FORMATS):
        raise click.BadParameter(
            f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(FORMATS)}", param_hint="--format"
        )
    with opened(root) as workspace:
        report = month_report(workspace, reconciled(workspace, cycle, day(as_of)), day(as_of))
        folder = write_report(out or workspace.root / "reports" / report.cycle, report, wanted)
    lines = [f"Cycle {report.cycle}: {report.sections[0].lead}", f"Written to {folder}."]
    facts = {"cycle": report.cycle, "folder": str(folder), "report": report_facts(report)}
    return Answer(facts, lines, next_steps=[f"open {folder / f'report.{wanted[0]}'}"])

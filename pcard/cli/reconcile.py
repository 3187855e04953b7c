"""`pcard reconcile [CYCLE]`: the month in one command."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import REFUSED, Answer, answering
from pcard.cli.session import as_of_option, day, opened, readers, reconciled, working, workspace_option

if TYPE_CHECKING:
    from datetime import date

    from pcard.cli.intake import Intake
    from pcard.pipeline.reconcile import Reconciliation
    from pcard.reports.report import Report
    from pcard.store.workspace import Workspace


@click.command(name="reconcile")
@click.argument("cycle", required=False)
@as_of_option
@workspace_option
@answering
def command(cycle: str | None, as_of: datetime | None, root: Path | None) -> Answer:
    """Read the inbox, match, check the policy, accrue the rebate, write the reports.

    CYCLE is a label such as 2026-09; without it the last cycle is taken.
    """
    with opened(root) as workspace:
        return run_month(workspace, cycle, day(as_of))


def run_month(workspace: Workspace, cycle: str | None, as_of: date) -> Answer:
    """Do the month in a workspace and answer what is left."""
    intake, notes = take_inbox(workspace)
    result = reconciled(workspace, cycle, as_of)
    report = month_report(workspace, result, as_of)
    folder = write_report(workspace.root / "reports" / report.cycle, report, ("html", "xlsx", "csv", "json"))
    summary = report.sections[0]
    lines = [*intake.lines, "", f"Cycle {report.cycle}: {summary.lead}"]
    lines += [f"  {section.title}: {section.lead}" for section in report.sections[1:-1]]
    named = ("report.html", "report.xlsx", "board.html")
    lines += ["", *(f"{'Reports:' if name == named[0] else '':<8} {folder / name}" for name in named)]
    facts = {
        "cycle": report.cycle,
        "documents": intake.documents,
        "summary": {figure.label: str(figure) for figure in summary.figures},
        "reports": str(folder),
    }
    exit_code = REFUSED if intake.refused else 0
    return Answer(facts, lines, [*notes, *intake.notes], next_steps(result), exit_code)


def take_inbox(workspace: Workspace) -> tuple[Intake, list[str]]:
    """Import every file in the inbox that is not here yet."""
    from pcard.cli.intake import Intake, files_of

    at_hand, notes = readers(workspace)
    intake = Intake(workspace, at_hand)
    for path in files_of(workspace.root / "inbox"):
        with working(f"reading {path.name}"):
            intake.take(path)
    return intake, notes


def month_report(workspace: Workspace, result: Reconciliation, as_of: date) -> Report:
    """Return the month's report with what it was computed from."""
    from pcard import __version__
    from pcard.pipeline.rebate_sections import prospects_of, rebate_sections
    from pcard.reports.board_page import board_page
    from pcard.reports.build import build
    from pcard.reports.report import Figure
    from pcard.schema import Kind

    policy = result.rules.policy
    versions = [f"{p.about.id} {p.about.version} ({p.sha256[:12]})" for p in policy.packs] if policy else []
    programs = sorted({accrual.program.id for accrual in result.accruals})
    provenance = [
        Figure("pcard", __version__, Kind.TEXT),
        Figure("Policy", ", ".join(versions) or "none", Kind.TEXT),
        Figure("Rebate programs", ", ".join(programs) or "none", Kind.TEXT),
        Figure("Documents imported", workspace.imports().height),
        Figure("Decisions", workspace.decisions().height),
        Figure("Trail head", workspace.head, Kind.TEXT),
    ]
    district = workspace.settings.district
    prospects = prospects_of(result, as_of)
    sections = rebate_sections(result, prospects, workspace.decisions(), workspace.imports())
    about: dict[str, Any] = {"district": district, "as_of": as_of, "provenance": provenance}
    page = board_page(result.ledger, result.conclusions, prospects.frames["rebate_steps"], **about)
    return replace(build(result.ledger, result.conclusions, ahead=sections, **about), board=page)


def write_report(folder: Path, report: Report, forms: tuple[str, ...]) -> Path:
    """Write a report's files into a folder, each whole or not at all."""
    from pcard.reports.files import render_files
    from pcard.store.files import make_folder, write_whole

    with working("writing the reports"):
        for name, content in render_files(report, forms).items():
            path = folder / name
            make_folder(path.parent)
            write_whole(path, content)
    return folder


def next_steps(result: Reconciliation) -> list[str]:
    """Return what a clerk would do next, most useful first."""
    from pcard.reports.reconciliation import evidence_state, of_cycle

    found = result.conclusions
    states = evidence_state(of_cycle(result.ledger, found.cycle), found)["state"].to_list()
    steps = []
    if states.count("question"):
        steps.append(f"answer {states.count('question')} questions: pcard match, then pcard link or pcard unlink")
    if states.count("no receipt"):
        steps.append(f"ask for {states.count('no receipt')} missing receipts: pcard status")
    if found.flags.height:
        steps.append("look at the possible exceptions: pcard check, then pcard decide")
    if not found.proof.height or not found.proof["proves"].all():
        steps.append("see what does not prove: pcard statement")
    return steps or ["nothing is left to do for this cycle"]

"""`pcard rebate check`, `test`, `schema`: a program's text, read strictly and proved by its own worked examples."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.session import enabled_plugins, opened, workspace_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcard.rebate.program_tests import Outcome
    from pcard.rebate.programs import Program

FILES = click.Path(path_type=Path)


def _load(files: Sequence[Path], root: Path | None) -> Sequence[Program]:
    """Load the files named, else the workspace's programs; files of facts among them are checked against the programs.

    Raises:
        Refused: every fault of all files, and versions of one contract that overlap.
    """
    from pcard.rebate.facts import is_facts, load_facts

    stated = [path for path in files if is_facts(path)]
    programs = _programs([path for path in files if path not in stated], root)
    for path in stated:
        load_facts(path, programs)
    return programs


def _programs(files: Sequence[Path], root: Path | None) -> Sequence[Program]:
    """Load program files, else the workspace's; a workspace says which plugins' schemes they may use."""
    from pcard.errors import Refused
    from pcard.rebate.programs import load_programs
    from pcard.store.workspace import Workspace

    try:
        found = root or Workspace.find(Path.cwd(), os.environ)
    except Refused:
        if not files:
            raise
        return load_programs(files)
    with opened(found) as workspace:
        own = [workspace.root / name for name in workspace.settings.programs]
        return load_programs(files or own, enabled_plugins(workspace))


@click.command(name="check")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def check(files: tuple[Path, ...], root: Path | None) -> Answer:
    """Read programs strictly and list every fault in them, each with its place and cure.

    Without FILE the workspace's active programs are read.
    """
    programs = _load(files, root)
    notes = [str(question) for program in programs for question in program.questions]
    lines = [
        f"{program.file}: {program.id} reads well, {len(program.terms.tests)} tests, in force from "
        f"{program.effective.first} to {program.effective.last}"
        for program in programs
    ]
    facts = {"files": len(programs), "questions": len(notes), "programs": [program.id for program in programs]}
    return Answer(facts, lines, notes, ["pcard rebate test FILE proves them by their own worked examples"])


@click.command(name="test")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def test(files: tuple[Path, ...], root: Path | None) -> Answer:
    """Run the worked examples a program carries; exit 1 where one fails.

    Without FILE the workspace's active programs are proved.
    """
    from pcard.rebate.program_tests import run_tests

    told: list[dict[str, Any]] = []
    lines: list[str] = []
    for program in _load(files, root):
        outcomes = run_tests(program)
        failed = [outcome for outcome in outcomes if not outcome.passed]
        told.append({
            "id": program.id, "file": program.file, "tests": len(outcomes), "failed": len(failed),
            "results": [_facts(outcome) for outcome in outcomes],
        })  # fmt: skip
        lines.append(f"{program.id}: {len(outcomes)} tests, {len(failed)} failed")
        lines += [line for outcome in failed for line in _words(outcome)]
    tests, failures = (sum(program[name] for program in told) for name in ("tests", "failed"))
    facts = {"programs": told, "tests": tests, "failed": failures}
    return Answer(facts, lines, exit_code=CHECK_FAILED if failures else 0)


def _facts(outcome: Outcome) -> dict[str, Any]:
    """Return a test as plain values: what was expected, and every figure that came out."""
    from pcard.money import format_cents

    return {
        "name": outcome.name, "line": outcome.place.line, "passed": outcome.passed,
        "figures": {name: format_cents(cents) for name, cents in outcome.figures.items()},
        "differences": [
            {"figure": each.figure, "expected": format_cents(each.expected_cents), "found": format_cents(each.found_cents)}
            for each in outcome.differences
        ],
    }  # fmt: skip


def _words(outcome: Outcome) -> list[str]:
    """Return a failed test in lines: what differs, and the parts that make the total."""
    from pcard.money import show_cents

    differs = [
        f"  {outcome.place}: {outcome.name}: {each.figure} is {show_cents(each.found_cents)}, "
        f"expected {show_cents(each.expected_cents)}"
        for each in outcome.differences
    ]
    return differs + [f"    {part.name} {show_cents(part.amount_cents)}: {part.words}" for part in outcome.parts]


@click.command(name="schema")
@answering
def schema() -> Answer:
    """Print the JSON Schema of program files, for editors."""
    import json

    from pcard.rebate.schemas import program_schema

    found = program_schema()
    return Answer(found, json.dumps(found, indent=1, default=str).splitlines())

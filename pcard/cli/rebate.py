"""`pcard rebate`: what the bank owes; `pcard rebate check` and `test` prove a program's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering, deliver, json_option
from pcard.cli.check import tables_named
from pcard.cli.listing import show
from pcard.cli.session import as_of_option, day, opened, read_tables, rules_of, working, workspace_option
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from pcard.errors import Fault
    from pcard.frames import Ledger
    from pcard.pipeline.reconcile import Rules
    from pcard.rebate.accruals import Accrual
    from pcard.rebate.facts import Known

FILE = click.Path(path_type=Path)


@click.group(name="rebate", invoke_without_command=True)
@click.option("--transactions", type=FILE, help="Without a workspace: the charges.")
@click.option("--program", "programs", multiple=True, type=FILE, help="Without a workspace: the program file.")
@click.option("--sites", type=FILE, help="Without a workspace: the sites.")
@click.option("--with", "others", multiple=True, metavar="TABLE=FILE", help="Any further table: coding=coding.csv")
@click.option("--facts", type=FILE, help="Without a workspace: what is known beside the charges (docs/rebate.md).")
@click.option("--period", "label", help="One period: 2026Q3, 2026-09, 2026H2, 2026, FY2027.")
@click.option("--out", type=FILE, help="Write the shares here (.csv, .parquet, .json, .xlsx).")
@as_of_option
@workspace_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Recompute the rebate to the cent and share it out to sites and funds.

    With --transactions and --program it reads plain files, needs no workspace
    and stores nothing.
    """
    if ctx.invoked_subcommand is None:
        deliver(lambda: _accrue(**options), as_json=as_json)


def _accrue(
    transactions: Path | None,
    programs: tuple[Path, ...],
    sites: Path | None,
    others: tuple[str, ...],
    label: str | None,
    facts: Path | None,
    out: Path | None,
    as_of: datetime | None,
    root: Path | None,
) -> Answer:
    _demand_period(label)
    if not transactions:
        return _in_workspace(root, label, out, day(as_of))
    if not programs or not out:
        text = "with --transactions, name the program and where the shares go: --program R.yaml --out S.csv"
        raise click.UsageError(text)
    paths = {"transactions": transactions} | ({"sites": sites} if sites else {}) | tables_named(others)
    return _stateless(paths, programs, facts, label, out, day(as_of))


def _demand_period(label: str | None) -> None:
    from pcard.periods import parse_period

    if label and not parse_period(label) and not re.fullmatch(r"FY\d{4}", label, re.ASCII):
        text = f"'{label}' is no period; write 2026Q3, 2026-09, 2026H2, 2026 or FY2027"
        raise click.BadParameter(text, param_hint="--period")


def _stateless(
    paths: dict[str, Path],
    programs: tuple[Path, ...],
    facts: Path | None,
    label: str | None,
    out: Path,
    as_of: date,
) -> Answer:
    from pcard.frames import SHARES
    from pcard.ledger.assemble import assemble
    from pcard.pipeline.reconcile import run_programs
    from pcard.rebate.facts import NOTHING_STATED, load_facts
    from pcard.rebate.programs import load_programs

    loaded = load_programs(programs)
    known = load_facts(facts, loaded) if facts else NOTHING_STATED
    with working("reading"):
        records, notes = read_tables(paths)
        ledger = assemble(records)
    accruals, shares = run_programs(ledger, loaded, label, known)
    write_table(shares, SHARES, out)
    answer = _answer(
        ledger, accruals, shares, known, as_of, run_programs(ledger, loaded, None, known)[0] if label else None
    )
    answer.facts["out"] = str(out)
    answer.lines, answer.notes = [*answer.lines, f"Shares written to {out}."], [*notes, *answer.notes]
    return answer


def _in_workspace(root: Path | None, label: str | None, out: Path | None, as_of: date) -> Answer:
    from pcard.frames import SHARES
    from pcard.pipeline.reconcile import run_programs

    ledger, rules = ledger_and_rules(root)
    known = rules.rebate_facts
    accruals, shares = run_programs(ledger, rules.programs, label, known, rules.fiscal_year_starts)
    every = run_programs(ledger, rules.programs, None, known)[0] if label else None
    if out:
        write_table(shares, SHARES, out)
    answer = _answer(ledger, accruals, shares, rules.rebate_facts, as_of, every)
    answer.next_steps = ["pcard export shares, or pcard report, for the whole"]
    return answer


def ledger_and_rules(root: Path | None) -> tuple[Ledger, Rules]:
    """Return a workspace's ledger and what it has laid down."""
    from pcard.ledger.assemble import assemble

    with opened(root) as workspace:
        return assemble(workspace.records(), closing_day=workspace.settings.closing_day), rules_of(workspace)


def _answer(
    ledger: Ledger,
    accrued: Sequence[Accrual],
    shares: pl.DataFrame,
    known: Known,
    as_of: date,
    every: Sequence[Accrual] | None,
) -> Answer:
    """Answer with accruals and their shares; `every` are all periods' accruals, where fewer were asked for."""
    import polars as pl

    from pcard.frames import ACCRUALS, REBATES_RECEIVED, RETURNED, SETTLEMENTS, SHARES
    from pcard.money import format_cents, show_cents
    from pcard.pipeline.reconcile import accruals_of
    from pcard.rebate.awards import returned_to_awards
    from pcard.rebate.settlement import settle, unassigned
    from pcard.reports.rebates import rebates

    accruals = accruals_of(accrued)
    settled = settle(ledger, accrued if every is None else every, as_of)
    shown = pl.col("period").is_in([accrual.period.label for accrual in accrued])
    settlements, received = settled.settlements.filter(shown), settled.received.filter(shown | (every is None))
    returned = returned_to_awards(shares, [accrual.program for accrual in accrued], known, as_of)
    total = int(accruals["amount_cents"].sum())
    facts = {
        "total": format_cents(total),
        "accruals": ACCRUALS.as_text(accruals).to_dicts(),
        "settlements": SETTLEMENTS.as_text(settlements).to_dicts(),
        "received": REBATES_RECEIVED.as_text(received).to_dicts(),
        "shares": SHARES.as_text(shares).to_dicts(),
        "returned": RETURNED.as_text(returned).to_dicts(),
    }
    section = rebates(accruals, shares, ledger.sites, settlements, received, returned)
    notes = [str(question) for accrual in accrued for question in accrual.questions]
    notes += unassigned(received)
    return Answer(facts, [f"Rebate by contract: {show_cents(total)}"], notes, show=lambda: show([section]))


@command.command(name="check")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@answering
def check(files: tuple[Path, ...]) -> Answer:
    """Read programs strictly and list every fault in them."""
    from pcard.errors import PcardError, Refused
    from pcard.rebate.programs import load_program

    faults: list[Fault] = []
    notes: list[str] = []
    lines: list[str] = []
    for path in files:
        try:
            program = load_program(path)
        except PcardError as error:
            faults += error.faults
            continue
        notes += [str(question) for question in program.questions]
        lines.append(f"{path}: {program.id} reads well")
    if faults:
        raise Refused(*faults)
    return Answer({"files": len(files), "questions": len(notes)}, lines, notes, ["run: pcard rebate test FILE"])


@command.command(name="test")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@answering
def test(files: tuple[Path, ...]) -> Answer:
    """Run the worked examples a program carries; exit 1 where one fails."""
    from pcard.money import show_cents
    from pcard.rebate.program_tests import run_tests
    from pcard.rebate.programs import load_program

    programs, lines = [], []
    for path in files:
        program = load_program(path)
        results = run_tests(program)
        failed = [result for result in results if not result.passed]
        programs.append({"id": program.id, "tests": len(results), "failed": len(failed)})
        lines.append(f"{program.id}: {len(results)} tests, {len(failed)} failed")
        for result in failed:
            lines += [
                f"  {result.place}: {result.name}: {difference.figure} is {show_cents(difference.found_cents)}, "
                f"expected {show_cents(difference.expected_cents)}"
                for difference in result.differences
            ]
            lines += [f"    {part.name} {show_cents(part.amount_cents)}: {part.words}" for part in result.parts]
    bad = any(program["failed"] for program in programs)
    return Answer({"programs": programs}, lines, exit_code=CHECK_FAILED if bad else 0)


@command.command(name="schema")
@answering
def print_schema() -> Answer:
    """Print the JSON Schema of program files, for editors."""
    import json

    from pcard.rebate.schemas import program_schema

    schema = program_schema()
    return Answer(schema, json.dumps(schema, indent=1, default=str).splitlines())

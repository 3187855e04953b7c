"""Where the rebate commands get their charges and programs from: a workspace, or plain files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.check import tables_named
from pcard.cli.session import as_of_option, opened, read_tables, rules_of, working, workspace_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pcard.frames import Ledger
    from pcard.periods import MonthDay
    from pcard.rebate.accruals import Accrual
    from pcard.rebate.facts import Known
    from pcard.rebate.programs import Program

FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class Sources:
    """Charges, programs and what is known beside them; `notes` are the warnings of reading them."""

    ledger: Ledger
    programs: Sequence[Program]
    known: Known
    district: str = "the district"
    fiscal_year_starts: MonthDay | None = None
    notes: list[str] = field(default_factory=list)

    def accrue(self, label: str | None) -> tuple[list[Accrual], pl.DataFrame]:
        """Return the accruals of the periods that a label names, or of all, and their shares."""
        from pcard.pipeline.reconcile import run_programs

        return run_programs(self.ledger, self.programs, label, self.known, self.fiscal_year_starts)


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where charges and programs come from, `--as-of` and `-w`."""
    for option in (
        workspace_option,
        as_of_option,
        click.option("--facts", type=FILE, help="Without a workspace: what is known beside the charges."),
        click.option(
            "--with", "others", multiple=True, metavar="TABLE=FILE", help="Any further table: coding=coding.csv"
        ),
        click.option("--sites", type=FILE, help="Without a workspace: the sites."),
        click.option("--program", "programs", multiple=True, type=FILE, help="Without a workspace: the program file."),
        click.option("--transactions", type=FILE, help="Without a workspace: the charges."),
    ):
        function = option(function)
    return function


def sources(
    transactions: Path | None,
    programs: tuple[Path, ...],
    sites: Path | None,
    others: tuple[str, ...],
    facts: Path | None,
    root: Path | None,
) -> Sources:
    """Read plain files where charges are named, else the workspace."""
    from pcard.ledger.assemble import assemble
    from pcard.rebate.facts import NOTHING_STATED, load_facts
    from pcard.rebate.programs import load_programs

    if not transactions:
        with opened(root) as workspace:
            settings, rules = workspace.settings, rules_of(workspace)
            ledger = assemble(workspace.records(), closing_day=settings.closing_day)
        return Sources(ledger, rules.programs, rules.rebate_facts, settings.district, rules.fiscal_year_starts)
    if not programs:
        raise click.UsageError("with --transactions, name the program: --program R.yaml")
    loaded = load_programs(programs)
    known = load_facts(facts, loaded) if facts else NOTHING_STATED
    paths = {"transactions": transactions} | ({"sites": sites} if sites else {}) | tables_named(others)
    with working("reading"):
        records, notes = read_tables(paths)
        return Sources(assemble(records), loaded, known, notes=notes)


def demand_period(label: str | None) -> None:
    """Refuse a label that names no period."""
    import re

    from pcard.periods import parse_period

    if label and not parse_period(label) and not re.fullmatch(r"FY\d{4}", label, re.ASCII):
        text = f"'{label}' is no period; write 2026Q3, 2026-09, 2026H2, 2026 or FY2027"
        raise click.BadParameter(text, param_hint="--period")

"""`pcard rebate compare`: the contract's figure, the bank's report and the money received, side by side."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.rebate_sources import FILE, Sources, demand_period, source_options, sources
from pcard.cli.session import day, read_tables
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcard.rebate.accruals import Accrual
    from pcard.rebate.bank_report import BankReport


@click.command(name="compare")
@click.option(
    "--bank", type=FILE, help="The bank's report: a file, or an imported one's name (default: the one imported)."
)
@click.option("--period", "label", required=True, help="The period of the report: 2026Q3, FY2027.")
@click.option("--of", "program_id", help="Which program, where several have this period.")
@click.option("--out", type=FILE, help="Write the charges that differ here (.csv, .parquet, .json, .xlsx).")
@click.option("--letter", type=FILE, help="Write the draft of a claim to the bank here (.txt).")
@source_options
@answering
def compare(
    bank: Path | None,
    label: str,
    program_id: str | None,
    out: Path | None,
    letter: Path | None,
    as_of: datetime | None,
    **where: Any,
) -> Answer:
    """Compare a period with the bank's report of it, by bucket, down to the charges.

    Exit 1 where the two differ.
    """
    from pcard.rebate.claim import claim_letter
    from pcard.rebate.comparison import EXPLAINED
    from pcard.rebate.comparison import compare as compared
    from pcard.rebate.settlement import settle
    from pcard.store.files import write_whole

    demand_period(label)
    source = sources(**where)
    accrual = the_one(source.accrue(label)[0], program_id, label)
    report, notes = _report(bank, source, accrual)
    found = compared(accrual, report, source.ledger.transactions)
    key = (accrual.program.id, accrual.period.label)
    settled = settle(source.ledger, source.accrue(None)[0], day(as_of), {key: found.reported_cents})
    lines = []
    if out:
        write_table(found.explained, EXPLAINED, out)
        lines.append(f"{found.explained.height:,} charges that differ written to {out}.")
    if letter:
        write_whole(letter, claim_letter(found, source.district, day(as_of)).encode())
        lines.append(f"The draft of a claim was written to {letter}; read it before it goes out.")
    answer = _answer(found, settled)
    answer.lines = [*answer.lines, *lines]
    answer.notes = [*source.notes, *notes]
    return answer


def _report(bank: Path | None, source: Sources, accrual: Accrual) -> tuple[BankReport, list[str]]:
    """Return the bank's report of a period: from a file, among the imported ones by name, else the one imported for it."""
    from pcard.rebate.bank_report import report_of, reports_of

    imported = source.ledger.rebate_reports
    if bank is None:
        reports, asked = reports_of(imported, source.accrue(None)[0])
        found = reports.get((accrual.program.id, accrual.period.label))
        if found is None:
            text = f"no rebate report of {accrual.period.label} was imported: pcard import FILE, or name it with --bank"
            raise click.UsageError("\n".join([text, *asked]))
        return found, asked
    own = imported.filter(imported["document"] == str(bank))
    if own.height:
        return report_of(own, str(bank)), []
    records, notes = read_tables({"rebate_reports": bank})
    return report_of(records["rebate_reports"], bank.name), notes


def the_one(accruals: Sequence[Accrual], program_id: str | None, label: str) -> Accrual:
    """Return the accrual meant; refuse where none is, or several are."""
    found = [each for each in accruals if program_id in (None, each.program.id)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise click.UsageError(f"no program was in force and counts charges in {label}")
    which = ", ".join(f"{each.program.id} {each.period.label}" for each in found)
    raise click.UsageError(f"{label} stands for several: {which}; name one with --of or a narrower --period")


def _answer(found: Any, settled: Any) -> Answer:
    import polars as pl

    from pcard.cli.listing import show
    from pcard.frames import SETTLEMENTS
    from pcard.money import format_cents, show_cents
    from pcard.rebate.comparison import EXPLAINED, VARIANCE
    from pcard.reports.rebates import bank_comparison

    accrual = found.accrual
    mine = (pl.col("program_id") == accrual.program.id) & (pl.col("period") == accrual.period.label)
    row = settled.settlements.filter(mine)
    received = int(row["received_cents"].sum())
    facts = {
        "program_id": accrual.program.id,
        "period": accrual.period.label,
        "earned": format_cents(accrual.total_cents),
        "reported": format_cents(found.reported_cents),
        "received": format_cents(received),
        "difference": format_cents(found.difference_cents),
        "settlements": SETTLEMENTS.as_text(row).to_dicts(),
        "buckets": VARIANCE.as_text(found.variance).to_dicts(),
        "differences": EXPLAINED.as_text(found.explained).to_dicts(),
    }
    lines = [
        f"{accrual.program.terms.program.title}, {accrual.period.label}",
        f"  earned by contract   {show_cents(accrual.total_cents):>16}",
        f"  reported by the bank {show_cents(found.reported_cents):>16}",
        f"  received             {show_cents(received):>16}",
    ]
    section = bank_comparison(found.variance, found.explained)
    code = CHECK_FAILED if found.difference_cents else 0
    return Answer(facts, lines, exit_code=code, show=lambda: show([section]))

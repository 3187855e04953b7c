"""`pcard rebate`: what the bank owes, whose purchases earned it, whether it came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import Answer, deliver, json_option
from pcard.cli.listing import show
from pcard.cli.rebate_benchmark import benchmark
from pcard.cli.rebate_compare import compare
from pcard.cli.rebate_explain import explain
from pcard.cli.rebate_outlook import outlook
from pcard.cli.rebate_programs import check, schema, test
from pcard.cli.rebate_sources import FILE, Sources, demand_period, source_options, sources
from pcard.cli.session import day
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from pcard.rebate.accruals import Accrual


@click.group(name="rebate", invoke_without_command=True)
@source_options
@click.option("--period", "label", help="One period: 2026Q3, 2026-09, 2026H2, 2026, FY2027.")
@click.option("--out", type=FILE, help="Write the shares here (.csv, .parquet, .json, .xlsx).")
@json_option
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Recompute the rebate to the cent, share it out, and show whether it was paid.

    With --transactions and --program it reads plain files, needs no workspace
    and stores nothing.
    """
    if ctx.invoked_subcommand is None:
        deliver(lambda: _accrue(**options), as_json=as_json)


for _command in (compare, explain, outlook, benchmark, check, test, schema):
    command.add_command(_command)


def _accrue(label: str | None, out: Path | None, as_of: datetime | None, **where: Any) -> Answer:
    from pcard.frames import SHARES

    demand_period(label)
    if where["transactions"] and not (where["programs"] and out):
        text = "with --transactions, name the program and where the shares go: --program R.yaml --out S.csv"
        raise click.UsageError(text)
    source = sources(**where)
    accruals, shares = source.accrue(label)
    answer = _answer(source, accruals, shares, day(as_of), source.accrue(None)[0] if label else None)
    if out:
        write_table(shares, SHARES, out)
        answer.facts["out"] = str(out)
        answer.lines = [*answer.lines, f"Shares written to {out}."]
    answer.next_steps = ["set it against the bank's report: pcard rebate compare --bank FILE --period LABEL"]
    return answer


def _answer(
    source: Sources, accrued: Sequence[Accrual], shares: pl.DataFrame, as_of: date, every: Sequence[Accrual] | None
) -> Answer:
    """Answer with accruals and their shares; `every` are all periods' accruals, where fewer were asked for."""
    import polars as pl

    from pcard.frames import ACCRUALS, REBATES_RECEIVED, RETURNED, SETTLEMENTS, SHARES
    from pcard.money import format_cents, show_cents
    from pcard.pipeline.reconcile import accruals_of
    from pcard.rebate.apart import APART, apart_of
    from pcard.rebate.awards import RETURN_JOURNAL, return_journal, returned_to_awards
    from pcard.rebate.comparison import reported_by_period
    from pcard.rebate.settlement import settle, unassigned
    from pcard.rebate.shares import siteless
    from pcard.reports.rebates import rebates

    accruals, ledger = accruals_of(accrued), source.ledger
    whole = accrued if every is None else every
    reported, asked = reported_by_period(ledger.rebate_reports, whole)
    settled = settle(ledger, whole, as_of, reported)
    shown = pl.col("period").is_in([accrual.period.label for accrual in accrued])
    settlements, received = settled.settlements.filter(shown), settled.received.filter(shown | (every is None))
    returned = returned_to_awards(shares, source.programs, source.known, as_of)
    apart = apart_of(source.programs, whole, source.known)
    total = int(accruals["amount_cents"].sum())
    facts = {
        "total": format_cents(total),
        "accruals": ACCRUALS.as_text(accruals).to_dicts(),
        "settlements": SETTLEMENTS.as_text(settlements).to_dicts(),
        "received": REBATES_RECEIVED.as_text(received).to_dicts(),
        "shares": SHARES.as_text(shares).to_dicts(),
        "returned": RETURNED.as_text(returned).to_dicts(),
        "return_journal": RETURN_JOURNAL.as_text(return_journal(returned, source.known.stated.accounts)).to_dicts(),
        "apart": APART.as_text(apart).to_dicts(),
        "days_to_pay": [step for accrual in accrued for step in days_to_pay_steps(accrual)],
    }
    section = rebates(accruals, shares, ledger.sites, settlements, received, returned)
    lines = [f"Rebate by contract: {show_cents(total)}"]
    lines += [
        f"Apart from it: {what} {show_cents(cents)}, {words}"
        for what, cents, words in apart.select("what", "amount_cents", "words").rows()
    ]
    lines += days_to_pay_words(accrued)
    notes = [*source.notes, *(str(question) for accrual in accrued for question in accrual.questions)]
    notes += [*unassigned(received), *asked, *siteless(shares)]
    return Answer(facts, lines, notes, show=lambda: show([section]))


def days_to_pay_steps(accrual: Accrual) -> list[dict[str, Any]]:
    """Return the steps of a period's average days to pay, where it came from the ledger."""
    from pcard.money import format_cents

    days = accrual.facts.days
    if days is None:
        return []
    return [
        {
            "program_id": accrual.program.id, "period": accrual.period.label, "account": row["account"],
            "cycle": row["cycle"], "volume": format_cents(row["volume_cents"]), "posted": row["posted"],
            "paid": row["paid"], "days": None if row["days"] is None else f"{row['days']:.2f}",
        }
        for row in days.steps.iter_rows(named=True)
    ]  # fmt: skip


def days_to_pay_words(accrued: Sequence[Accrual]) -> list[str]:
    """Return the same in sentences, each period's average first."""
    from pcard.rebate.prompt_pay import shown_days

    lines = []
    for accrual in accrued:
        average = accrual.facts.average_days_to_pay
        if average is None or accrual.program.terms.prompt_pay is None:
            continue
        lines.append(f"Days to pay in {accrual.period.label}: {shown_days(average)} on average")
        lines += [
            f"  account {step['account']}, cycle {step['cycle']}: {step['volume']} posted {step['posted']} on average, "
            + (f"paid {step['paid']}: {step['days']} days" if step["days"] else "not paid yet")
            for step in days_to_pay_steps(accrual)
        ]
    return lines

"""`pcard rebate explain`: a period's rebate as a statement, each part of it down to its charges."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.rebate_compare import the_one
from pcard.cli.rebate_sources import FILE, demand_period, source_options, sources
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcard.rebate.accruals import Accrual
    from pcard.rebate.explanation import Explanation

_MOST_LINES = 40


@click.command(name="explain")
@click.option("--period", "label", required=True, help="The period: 2026Q3, FY2027.")
@click.option("--part", help="One part of it down to its charges: a bucket's id, prompt_pay, a fee's id ...")
@click.option("--charge", help="How one charge is counted in it.")
@click.option("--of", "program_id", help="Which program, where several have this period.")
@click.option("--out", type=FILE, help="Write the charges of the part here (.csv, .parquet, .json, .xlsx).")
@source_options
@answering
def explain(
    label: str,
    part: str | None,
    charge: str | None,
    program_id: str | None,
    out: Path | None,
    as_of: datetime | None,  # noqa: ARG001 - an option of every source
    **where: Any,
) -> Answer:
    """Show a period's rebate as a sum, what did not count and why, and the year to date; any part down to its charges."""
    from pcard.rebate.explanation import LINES_OF_PART, how_counted
    from pcard.rebate.explanation import explain as explained

    demand_period(label)
    if out and not part:
        raise click.UsageError("--out takes the charges of a part: name it with --part")
    source = sources(**where)
    accrual = the_one(source.accrue(label)[0], program_id, label)
    try:
        found = explained(accrual, part)
    except KeyError:
        known = ", ".join(each.name for each in accrual.earned.parts)
        raise click.BadParameter(f"there is no part '{part}'; known here: {known}", param_hint="--part") from None
    answer = _answer(accrual, found, source.accrue(None)[0])
    answer.notes = [*source.notes, *map(str, accrual.questions)]
    if charge:
        counted = how_counted(accrual, charge)
        answer.facts["charge"] = counted
        answer.lines = [*answer.lines, f"{charge}: {counted}"]
    if out:
        write_table(LINES_OF_PART.of(found.lines), LINES_OF_PART, out)
        answer.lines = [*answer.lines, f"{found.lines.height:,} charges written to {out}."]
    return answer


def _answer(accrual: Accrual, found: Explanation, every: Sequence[Accrual]) -> Answer:
    from pcard.money import format_cents, show_cents
    from pcard.rebate.explanation import EXCLUSIONS, LINES_OF_PART
    from pcard.rebate.tiers import four_decimals

    year = accrual.program.contract_year(accrual.period.first)
    to_date = [
        each
        for each in every
        if each.program.id == accrual.program.id and year.first <= each.period.first <= accrual.period.first
    ]
    volume, earned = accrual.counted_volumes.year.total_cents, sum(each.total_cents for each in to_date)
    lines = LINES_OF_PART.of(found.lines)
    excluded = EXCLUSIONS.of(accrual.exclusions)
    facts = {
        "program_id": accrual.program.id,
        "period": accrual.period.label,
        "total": format_cents(found.total_cents),
        "parts": [
            {
                "part": part.name, "on": format_cents(part.base_cents), "amount": format_cents(part.amount_cents),
                "rate_bps": None if part.bps is None else str(four_decimals(part.bps)), "how": part.words, "cite": part.cite,
            }
            for part in found.parts
        ],
        "excluded": EXCLUSIONS.as_text(excluded).to_dicts(),
        "year": {"label": year.label, "volume": format_cents(volume), "rebate": format_cents(earned)},
        "lines": LINES_OF_PART.as_text(lines).to_dicts(),
    }  # fmt: skip
    told = found.text().rstrip("\n").split("\n")
    told += [
        f"  not counted: {kind}, {count:,} charges, {show_cents(cents)}: {reason}"
        for reason, kind, count, cents in excluded.iter_rows()
    ]
    told.append(f"Contract year {year.label} to date: {show_cents(earned)} on {show_cents(volume)}")
    told += [
        f"  {day}  {key}  {kind}  {show_cents(cents)} adds {show_cents(amount)}"
        for key, day, kind, cents, amount in lines.head(_MOST_LINES).iter_rows()
    ]
    if lines.height > _MOST_LINES:
        told.append(f"  ... {lines.height - _MOST_LINES:,} more; --out FILE writes them all")
    return Answer(facts, told)

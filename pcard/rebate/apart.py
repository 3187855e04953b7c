"""What a contract moves beside the rebate: a sum for signing, and what goes back where it ends early.

Neither is tied to spending, so neither is part of an accrual or shared out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from pcard.money import cents_of, show_cents
from pcard.rebate.accruals import Accrual
from pcard.rebate.facts import Known
from pcard.rebate.programs import Program, cited
from pcard.schema import Table, columns

# Above zero the bank pays, below zero the district.
APART = Table("kept_apart", columns("program_id! what! date:date! amount:money! words! cite!"), ("program_id", "what"))


def kept_apart(program: Program, accruals: Sequence[Accrual] = (), ended_on: date | None = None) -> pl.DataFrame:
    """Return APART of a program, its accruals being those that were paid; `ended_on` is an early end by the district."""
    return APART.rows(
        {"program_id": program.id, **row} for row in (*_sign_on(program), *_claw_back(program, accruals, ended_on))
    )


def _sign_on(program: Program) -> Iterator[dict[str, object]]:
    sign_on = program.terms.sign_on
    if sign_on:
        yield {
            "what": "sign_on", "date": sign_on.paid_on, "amount_cents": cents_of(sign_on.amount),
            "words": "for signing; no rebate, so in no share", "cite": cited(sign_on.cite) or program.cite,
        }  # fmt: skip


def _claw_back(program: Program, accruals: Sequence[Accrual], ended_on: date | None) -> Iterator[dict[str, object]]:
    terms, sign_on = program.terms.claw_back, program.terms.sign_on
    if terms is None or ended_on is None or ended_on >= terms.until:
        return
    cite = cited(terms.cite) or program.cite
    if sign_on and terms.sign_on != "none":
        amount, words = cents_of(sign_on.amount), f"all of the sum for signing: ended before {terms.until}"
        if terms.sign_on == "days_left":
            left, whole = (terms.until - ended_on).days, (terms.until - sign_on.paid_on).days
            amount = (2 * amount * left + whole) // (2 * whole)
            words = f"{left} of {whole} days were left until {terms.until}"
        yield {"what": "sign_on_returned", "date": ended_on, "amount_cents": -amount, "words": words, "cite": cite}
    if terms.months:
        since = _months_before(ended_on, terms.months)
        within = [each for each in accruals if since < each.period.last <= ended_on and each.total_cents > 0]
        amount = sum(each.total_cents for each in within)
        labels = ", ".join(f"{each.period.label} {show_cents(each.total_cents)}" for each in within) or "none"
        words = f"rebates of periods that ended after {since}: {labels}"
        yield {"what": "rebates_returned", "date": ended_on, "amount_cents": -amount, "words": words, "cite": cite}


def _months_before(day: date, months: int) -> date:
    whole = 12 * day.year + day.month - 1 - months
    first = date(whole // 12, whole % 12 + 1, 1)
    following = date((whole + 1) // 12, (whole + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def apart_of(programs: Sequence[Program], accruals: Sequence[Accrual], known: Known) -> pl.DataFrame:
    """Return APART of each program as its latest version has it, with the early ends that are stated."""
    latest = {program.id: program for program in programs}
    return APART.of(
        pl.concat(
            [
                APART.empty(),
                *(
                    kept_apart(program, [each for each in accruals if each.program.id == name], known.ended_on(name))
                    for name, program in latest.items()
                ),
            ]
        )
    )

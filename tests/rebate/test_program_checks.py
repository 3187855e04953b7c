from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from pcard.errors import Fault, Refused
from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.facts import load_facts
from pcard.rebate.figures import Facts
from pcard.rebate.programs import load_program, load_programs
from pcard.rebate.prompt_pay import DaysToPay
from tests.rebate.conftest import ROOT, Charges, ProgramOf

ERRORS = ROOT / "fixtures" / "errors"
CODES = sorted(
    {
        code
        for module in (ROOT / "pcard" / "rebate").glob("*.py")
        for code in re.findall(r"""Fault\(\s*"([a-z-]+)",""", module.read_text(encoding="utf-8"))
    }
    - {"scheme-not-enabled"}  # this one takes a plugin; see test_schemes.py
)
QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")


STATED_FACTS = "format: pcard-rebate-facts/1"
KNOWN = {
    "rebate-days-in-part": Facts(days=DaysToPay(Fraction(30), pl.DataFrame(), 12_34), average_days_to_pay=Fraction(30)),
    "prompt-pay-rises": Facts(average_days_to_pay=Fraction(30)),
}


def faults_of(path: Path, charges: Charges, program_of: ProgramOf) -> tuple[Fault, ...]:
    """Load a broken program or file of facts; a program that loads is asked what it questions, then its accrual."""
    try:
        if path.read_text(encoding="utf-8").startswith(STATED_FACTS):
            load_facts(path, [program_of("buckets: [{id: standard, rate: {bps: 100}}]")])
        program = load_program(path)
        if path.stem == "versions-overlap":
            load_programs([path, path])
    except Refused as refused:
        return refused.faults
    facts = KNOWN.get(path.stem, Facts())
    return (*program.questions, *accrue(charges({"cents": 100_00}), program, QUARTER, facts).questions)


@pytest.mark.parametrize("code", CODES)
def test_each_fault_has_a_broken_program_that_shows_it(
    code: str, charges: Charges, program_of: ProgramOf, golden: Callable[[Path, str], None]
) -> None:
    path = ERRORS / f"{code}.yaml"
    faults = faults_of(path, charges, program_of)
    assert {fault.code for fault in faults} == {code}
    assert all(fault.place.source == path.name for fault in faults)
    golden(path.with_suffix(".txt"), "\n".join(map(str, faults)) + "\n")


def test_all_faults_come_at_once(program_of: ProgramOf) -> None:
    with pytest.raises(Refused) as refused:
        program_of(
            """buckets:
- id: standard
  when: {txn.mccc: "5943", txn.amount|gte: many}
  rate: {tiers: {steps: [{from: 10, bps: 9000}]}}
- {id: standard, rate: {bps: 100}}
eligible: {exclude: [{txn.kind|is: fee}]}
"""
        )
    assert [fault.code for fault in refused.value.faults] == [
        "field-unknown", "operand-unfit", "tiers-gap", "rate-over-ten-percent", "id-repeated", "test-unknown",
    ]  # fmt: skip
    assert all(fault.place.line and fault.place.column for fault in refused.value.faults)


def test_a_percent_sign_is_told_beside_the_other_faults(program_of: ProgramOf) -> None:
    with pytest.raises(Refused) as refused:
        program_of("buckets: [{id: standard, rate: {bps: 1.35%}}]\nfloors: {amount: 50}\n", period="fortnight")
    assert [(fault.code, fault.cure) for fault in refused.value.faults][1:] == [
        ("rate-in-percent", "look into the contract and write basis points without a sign: 135 or 1.35"),
        ("key-unknown", "did you mean 'floor'?"),
    ]
    assert refused.value.faults[0].code == "value-not-allowed"

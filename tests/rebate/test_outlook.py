from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from pcard.frames import AP_PAYMENTS, VENDORS, Ledger
from pcard.ledger.assemble import assemble
from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.figures import Facts
from pcard.rebate.outlook import assumptions, could_be_carded, leakage, next_steps, pay_earlier, potential_earned, steps
from tests.rebate.conftest import Charges, ProgramOf

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")
STEPS = "steps: [{from: 0, bps: 100}, {from: 5000, bps: 120}, {from: 9000, bps: 135}]"
TIERED = (
    "buckets: [{{id: standard, rate: {{tiers: {{over: {over}, method: {method}, {steps}}}}}}}]\ntrue_up: {true_up}\n"
)
TWO = """buckets:
- {id: large_ticket, when: {txn.amount|gte: 5000.00}, rate: {bps: 50}}
- {id: standard, rate: {bps: 100}}
eligible: {exclude: [{txn.mcc: "6011"}]}
"""
ORIGIN = {"document": "a.csv", "line": 2}


@pytest.mark.parametrize(
    ("over", "method", "true_up", "worth"),
    [
        ("contract_year", "cliff", "false", 2_00), ("contract_year", "cliff", "true", 8_00),
        ("contract_year", "marginal", "false", 0), ("period", "cliff", "false", 2_00),
    ],
)  # fmt: skip
def test_the_next_step_its_distance_and_its_worth(
    program_of: ProgramOf, charges: Charges, over: str, method: str, true_up: str, worth: int
) -> None:
    program = program_of(TIERED.format(over=over, method=method, true_up=true_up, steps=STEPS))
    frame = charges({"cents": 3000_00}, {"cents": 1000_00, "day": date(2026, 4, 2)})
    quarter = Period(date(2026, 4, 1), date(2026, 6, 30), "2026Q2")
    (row,) = next_steps(accrue(frame, program, quarter)).to_dicts()
    missing = 1000_00 if over == "contract_year" else 4000_00
    assert (row["step_cents"], row["missing_cents"], row["worth_cents"]) == (5000_00, missing, worth)
    assert (row["bps"], row["next_bps"]) == (100, 120)
    assert steps(accrue(frame, program, quarter))["reached"].to_list() == [True, False, False]


def test_on_the_highest_step_and_at_a_flat_rate_there_is_none(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 9000_00})
    tiered = program_of(TIERED.format(over="period", method="cliff", true_up="false", steps=STEPS))
    assert next_steps(accrue(frame, tiered, QUARTER)).is_empty()
    assert next_steps(accrue(frame, program_of(TWO), QUARTER)).is_empty()


def test_paying_earlier_is_set_against_the_interest_forgone(program_of: ProgramOf, charges: Charges) -> None:
    program = program_of(TWO + "prompt_pay: {table: [{days: 20, bps: 10}, {days: 30, bps: 4}]}\n")
    frame, facts = charges({"cents": 3_650_000_00}), Facts(average_days_to_pay=Fraction(49, 2))
    accrual = accrue(frame, program, QUARTER, facts)
    found = {row["days"]: row for row in pay_earlier(accrual, Decimal(300)).to_dicts()}
    # A day of 3,650,000.00 at 3 % a year is 300.00; five days earlier is day 20 at 10 bps instead of 4.
    assert (found[5]["earns_cents"], found[5]["interest_cents"], found[5]["net_cents"]) == (2190_00, 1500_00, 690_00)
    assert (found[1]["earns_cents"], found[1]["net_cents"]) == (0, -300_00)
    assert (found[-10]["earns_cents"], found[-10]["interest_cents"], found[-10]["net_cents"]) == (
        -1460_00,
        -3000_00,
        1540_00,
    )
    assert pay_earlier(accrual, None)["net_cents"].null_count() == len(found)
    assert pay_earlier(accrue(frame, program, QUARTER), None).is_empty()
    assert any("300 bps a year" in said for said in assumptions([accrual], Decimal(300)))


def paid(vendor: str, cents: int, **more: Any) -> dict[str, Any]:
    return {"vendor": vendor, "amount_cents": cents, "date": date(2026, 3, 1), "method": "check", **more}


def ledger_of(transactions: pl.DataFrame, *payments: dict[str, Any]) -> Ledger:
    vendors = [
        {"vendor": "V1", "name": "Acme Tools", "accepts_card": True}, {"vendor": "V2", "name": "County", "accepts_card": False},
    ]  # fmt: skip
    return assemble(
        {
            "transactions": transactions,
            "vendors": VENDORS.rows({"identity": row["vendor"], **ORIGIN, **row} for row in vendors),
            "ap_payments": AP_PAYMENTS.rows(
                {"identity": f"p{index}", **ORIGIN, **row} for index, row in enumerate(payments)
            ),
        }
    )


def test_payments_to_vendors_who_take_cards(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 100_00, "merchant": "BOOK BARN #12"})
    ledger = ledger_of(
        frame, paid("Acme Tools", 300_00), paid("V1", 100_00, method="ach"), paid("Acme Tools", 6000_00),
        paid("Acme Tools", 9_00, method="card"), paid("Acme Tools", 9_00, status="void"),
        paid("Acme Tools", 9_00, payee_type="employee"), paid("Acme Tools", 9_00, date=date(2024, 3, 1)),
        paid("County", 9_00), paid("Nobody", 9_00), paid("Example Bank", 9_00), paid("Book Barn", 50_00),
    )  # fmt: skip
    found = could_be_carded(ledger, accrue(ledger.transactions, program_of(TWO), QUARTER), date(2026, 8, 5))
    assert found.select("vendor", "bucket", "payments", "amount_cents", "would_earn_cents", "known_from").rows() == [
        ("Acme Tools", "large_ticket", 1, 6000_00, 30_00, "the vendor list"),
        ("Acme Tools", "standard", 1, 300_00, 3_00, "the vendor list"),
        ("Book Barn", "standard", 1, 50_00, 50, "bought there by card"),
        ("V1", "standard", 1, 100_00, 1_00, "the vendor list"),
    ]


def test_what_earns_nothing_by_reason_and_the_share_of_the_potential_earned(
    program_of: ProgramOf, charges: Charges
) -> None:
    frame = charges(
        {"cents": 800_00}, {"cents": 150_00, "mcc": "6011"}, {"cents": 50_00, "kind": "fee"},
        {"cents": -900_00, "kind": "payment"},
    )  # fmt: skip
    accrual = accrue(frame, program_of(TWO), QUARTER)
    assert leakage(accrual).select("reason", "volume_cents", "would_earn_cents").rows() == [
        ("excluded: the merchant category is 6011", 150_00, 1_50), ("fee does not count in this contract", 50_00, 50),
    ]  # fmt: skip
    assert potential_earned(accrual) == Fraction(4, 5)
    assert potential_earned(accrue(frame.clear(), program_of(TWO), QUARTER)) is None

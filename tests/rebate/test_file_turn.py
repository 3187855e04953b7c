from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.frames import BANK_LINES, STATEMENTS, Ledger
from pcard.ledger.assemble import assemble
from pcard.periods import Period
from pcard.rebate.facts import Known, StatedFile, facts_from
from pcard.rebate.figures import Facts
from pcard.rebate.file_turn import days_to_pay, settled_bills
from tests.rebate.conftest import Charges, ProgramOf

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")
PROMPT = "buckets: [{id: standard, rate: {bps: 100}}]\nprompt_pay: {table: [{days: 20, bps: 10}, {days: 45, bps: 5}]}\n"
ORIGIN = {"document": "s.csv", "line": 2}


def ledger_of(transactions: pl.DataFrame, *statements: dict[str, Any], bank: tuple[dict[str, Any], ...] = ()) -> Ledger:
    """Assemble charges with statements (closed, and a balance) and bank lines, cycles closing on the 25th."""
    stated = STATEMENTS.rows(
        {"identity": f"s{index}", "account": "A", "kind": "card", **ORIGIN, **row}
        for index, row in enumerate(statements)
    )
    paid = BANK_LINES.rows({"identity": f"b{index}", **ORIGIN, **row} for index, row in enumerate(bank))
    return assemble({"transactions": transactions, "statements": stated, "bank_lines": paid}, closing_day=25)


def pay(cents: int, day: date) -> dict[str, Any]:
    return {"cents": -cents, "day": day, "kind": "payment", "account": "A"}


def buy(cents: int, day: date) -> dict[str, Any]:
    return {"cents": cents, "day": day, "account": "A"}


def test_payments_settle_bills_in_order_after_what_was_brought_forward(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges(
        buy(400_00, date(2026, 1, 5)), pay(90_00, date(2026, 1, 20)), pay(10_00, date(2026, 2, 1)),
        pay(400_00, date(2026, 2, 9)), buy(600_00, date(2026, 2, 1)), pay(200_00, date(2026, 3, 3)),
        pay(400_00, date(2026, 3, 9)), buy(50_00, date(2026, 3, 1)),
    )  # fmt: skip
    ledger = ledger_of(frame, {"closed": date(2026, 1, 25), "opening_balance_cents": 100_00})
    settled = settled_bills(ledger)
    assert settled.select("cycle", "paid", "amount_cents").rows() == [
        ("2026-01", date(2026, 2, 9), 400_00), ("2026-02", date(2026, 3, 3), 200_00), ("2026-02", date(2026, 3, 9), 400_00),
    ]  # fmt: skip
    found = days_to_pay(ledger, program_of(PROMPT), QUARTER, settled)
    # January: 35 days. February: paid on the mean day, 7 March: 34 days. March is not paid yet.
    assert found.average == Fraction(35 * 400 + 34 * 600, 1000)
    assert found.unpaid_cents == 50_00


def test_what_was_brought_forward_follows_from_a_closing_balance_or_from_the_first_payments(charges: Charges) -> None:
    frame = charges(buy(400_00, date(2026, 1, 5)), pay(90_00, date(2026, 1, 20)), pay(400_00, date(2026, 2, 9)))
    for statements in (
        ({"closed": date(2026, 1, 25), "closing_balance_cents": 400_00},),
        ({"closed": date(2025, 12, 25), "closing_balance_cents": 90_00},),
        (),
    ):
        settled = settled_bills(ledger_of(frame, *statements))
        assert settled.select("cycle", "paid", "amount_cents").rows() == [("2026-01", date(2026, 2, 9), 400_00)]


def test_bank_lines_stand_in_where_the_cards_file_shows_no_payments(charges: Charges) -> None:
    bank = ({"date": date(2026, 2, 10), "amount_cents": -400_00, "description": "PURCHASING CARD PAYMENT"},)
    settled = settled_bills(ledger_of(charges(buy(400_00, date(2026, 1, 5)), buy(9_00, date(2026, 2, 5))), bank=bank))
    assert settled.select("cycle", "paid", "amount_cents").rows() == [("2026-01", date(2026, 2, 10), 400_00)]


def test_a_bill_below_zero_lessens_the_next(charges: Charges) -> None:
    refund = {"cents": -30_00, "day": date(2026, 1, 5), "kind": "credit", "account": "A"}
    settled = settled_bills(
        ledger_of(
            charges(refund, buy(100_00, date(2026, 2, 5)), pay(70_00, date(2026, 3, 5)), pay(5_00, date(2026, 3, 6)))
        )
    )
    assert settled.select("cycle", "amount_cents").rows() == [("2026-02", 70_00)]


def test_stated_days_come_before_the_ledgers(program_of: ProgramOf, charges: Charges) -> None:
    program = program_of(PROMPT)
    ledger = ledger_of(charges(buy(400_00, date(2026, 1, 5)), pay(400_00, date(2026, 2, 9))))
    assert facts_from(ledger)(program, QUARTER).average_days_to_pay == 35
    one = {"program": "example", "period": "2026Q1", "average_days_to_pay": 12, "credit_losses": {"gross": 55},
           "pool_volume": 9, "qualified": False, "carried_over": 3, "estimated": 4}  # fmt: skip
    known = Known(StatedFile.model_validate({"format": "pcard-rebate-facts/1", "facts": [one]}))
    assert facts_from(ledger, known)(program, QUARTER) == Facts(
        Decimal(12), 55_00, None, 3_00, 9_00, qualified=False, estimated_cents=4_00
    )


@given(
    st.lists(st.tuples(st.integers(-500, 5000), st.dates(date(2026, 1, 1), date(2026, 6, 30))), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(1, 5000), st.dates(date(2026, 1, 1), date(2026, 8, 30))), max_size=8),
)
def test_no_more_is_settled_than_billed_or_paid(
    charges: Charges, bought: list[tuple[int, date]], paid: list[tuple[int, date]]
) -> None:
    settled = settled_bills(ledger_of(charges(*(buy(*one) for one in bought), *(pay(*one) for one in paid))))
    assert (settled["amount_cents"] > 0).all()
    assert settled["amount_cents"].sum() <= sum(cents for cents, _ in paid)
    by_payment = dict(settled.group_by("payment").agg(pl.col("amount_cents").sum()).rows())
    amounts = {f"t{len(bought) + index:06}": cents for index, (cents, _) in enumerate(paid)}
    assert all(cents <= amounts[payment] for payment, cents in by_payment.items())
    assert settled["amount_cents"].sum() <= sum(max(cents, 0) for cents, _ in bought)

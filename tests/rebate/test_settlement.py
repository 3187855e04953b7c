from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.frames import AP_PAYMENTS, BANK_LINES, Ledger
from pcard.ledger.assemble import assemble
from pcard.rebate.accruals import accrue_periods
from pcard.rebate.figures import Facts
from pcard.rebate.settlement import Settlement, settle, unassigned
from tests.rebate.conftest import Charges, ProgramOf

TERMS = "buckets: [{id: standard, rate: {bps: 100}}]\npayment: {due_days_after_period: 15}\n"
AS_OF = date(2026, 8, 5)
ORIGIN = {"document": "b.ofx", "line": 2}


def deposit(cents: int, day: date, description: str = "EXAMPLE BANK CARD REBATE") -> dict[str, Any]:
    return {"date": day, "amount_cents": cents, "description": description, "reference": f"R{day:%m%d}"}


def ledger_of(
    transactions: pl.DataFrame, *deposits: dict[str, Any], payable: tuple[dict[str, Any], ...] = ()
) -> Ledger:
    bank = BANK_LINES.rows({"identity": f"b{index}", **ORIGIN, **row} for index, row in enumerate(deposits))
    paid = AP_PAYMENTS.rows({"identity": f"p{index}", **ORIGIN, **row} for index, row in enumerate(payable))
    return assemble({"transactions": transactions, "bank_lines": bank, "ap_payments": paid})


def settled(program_of: ProgramOf, ledger: Ledger, terms: str = TERMS, **facts: int) -> Settlement:
    known = Facts(**facts)  # type: ignore[arg-type]
    accruals = accrue_periods(ledger.transactions, [program_of(terms)], None, lambda *_: known)
    return settle(ledger, accruals, AS_OF)


@pytest.fixture
def quarters(charges: Charges) -> pl.DataFrame:
    """1,000.00 in each of three quarters: 10.00 each."""
    return charges(*({"cents": 1000_00, "day": date(2026, month, 9)} for month in (1, 4, 7)))


def states(found: Settlement) -> list[str]:
    return found.settlements["state"].to_list()


@pytest.mark.parametrize(
    ("deposits", "expected"),
    [
        ([], ["overdue since 2026-04-15", "overdue since 2026-07-15", "the period is not over"]),
        ([(10_00, 4)], ["received in full", "overdue since 2026-07-15", "the period is not over"]),
        ([(10_00, 4), (10_00, 7)], ["received in full"] * 2 + ["the period is not over"]),
        ([(10_00, 7), (9_00, 7)], ["overdue since 2026-04-15", "received 9.00 too much", "the period is not over"]),
        ([(8_00, 4)], ["received 2.00 too little", "overdue since 2026-07-15", "the period is not over"]),
    ],
)
def test_each_period_says_where_its_money_is(
    program_of: ProgramOf, quarters: pl.DataFrame, deposits: list[tuple[int, int]], expected: list[str]
) -> None:
    found = settled(
        program_of, ledger_of(quarters, *(deposit(cents, date(2026, month, 14)) for cents, month in deposits))
    )
    assert states(found) == expected


def test_it_may_come_as_a_deposit_a_statement_credit_or_a_credit_in_accounts_payable(
    program_of: ProgramOf, charges: Charges
) -> None:
    frame = charges(
        {"cents": 1000_00, "day": date(2026, 1, 9)},
        {"cents": -4_00, "day": date(2026, 4, 10), "kind": "rebate", "merchant": "INCENTIVE CREDIT"},
    )
    credit = {"vendor": "Example Bank", "invoice": "REBATE 2026Q1", "date": date(2026, 4, 12), "amount_cents": -1_00}
    found = settled(
        program_of, ledger_of(frame, deposit(5_00, date(2026, 4, 14)), deposit(9_99, date(2026, 4, 14), "CAFETERIA"),
                              payable=(credit, credit | {"status": "void"}))
    )  # fmt: skip
    assert found.received.select("side", "amount_cents").rows() == [
        ("statement credit", 4_00), ("accounts payable", 1_00), ("bank line", 5_00),
    ]  # fmt: skip
    assert states(found) == ["received in full", "nothing is owed"]


def test_a_lead_keeps_its_fee_and_an_estimate_comes_first(program_of: ProgramOf, quarters: pl.DataFrame) -> None:
    terms = TERMS.replace("15}", "15, lead_fee_bps: 500, estimate_due_days_after_period: 0}")
    ledger = ledger_of(quarters, deposit(7_00, date(2026, 4, 2)), deposit(2_50, date(2026, 5, 2)))
    found = settled(program_of, ledger, terms, estimated_cents=7_00)
    first = found.settlements.row(0, named=True)
    assert (first["lead_fee_cents"], first["estimate_due"]) == (50, date(2026, 3, 31))
    assert (first["received_cents"], first["difference_cents"]) == (9_50, 0)
    assert found.received["why"].to_list() == ["the estimate for this period", "the latest period that was over"]


def test_whose_a_sum_is_follows_from_the_issuer_or_the_amount_else_it_is_asked(
    program_of: ProgramOf, quarters: pl.DataFrame
) -> None:
    one, other = program_of(TERMS), program_of(TERMS.replace("bps: 100", "bps: 50"), id="second")
    ledger = ledger_of(
        quarters, deposit(5_00, date(2026, 4, 9), "REBATE"), deposit(3_00, date(2026, 4, 9), "REBATE"),
        deposit(1_00, date(2025, 1, 9), "REBATE"),
    )  # fmt: skip
    accruals = [each for program in (one, other) for each in accrue_periods(quarters, [program])]
    found = settle(ledger, accruals, AS_OF)
    by_amount = {row["amount_cents"]: row["program_id"] for row in found.received.iter_rows(named=True)}
    assert by_amount == {5_00: "second", 3_00: None, 1_00: None}
    assert [question.partition(": ")[2] for question in unassigned(found.received)] == [
        "question: no period that is counted was over when it came",
        "question: for which program? its amount is none of theirs",
    ]


def test_a_result_below_zero_is_invoiced(program_of: ProgramOf, quarters: pl.DataFrame) -> None:
    terms = TERMS + "offsets: {credit_losses: gross, may_be_negative: true}\n"
    found = settled(program_of, ledger_of(quarters), terms, gross_losses_cents=30_00)
    assert states(found)[0] == "owed by the district: the bank invoices it"
    assert states(settled(program_of, ledger_of(quarters), TERMS.replace("100", "0")))[0] == "nothing is owed"
    without_a_day = settled(program_of, ledger_of(quarters), TERMS.partition("payment")[0])
    assert states(without_a_day)[0] == "not received yet; the contract names no day"


@given(st.lists(st.tuples(st.integers(1, 50_00), st.dates(date(2025, 12, 1), date(2026, 12, 31))), max_size=6))
def test_every_sum_stands_in_one_period_or_in_the_questions(
    program_of: ProgramOf, charges: Charges, sums: list[tuple[int, date]]
) -> None:
    frame = charges(*({"cents": 1000_00, "day": date(2026, month, 9)} for month in (1, 4, 7)))
    found = settled(program_of, ledger_of(frame, *(deposit(*one) for one in sums)))
    asked = found.received.filter(pl.col("program_id").is_null())["amount_cents"].sum()
    assert int(found.settlements["received_cents"].sum()) + int(asked) == sum(cents for cents, _ in sums)
    assert found.received.height == len(sums)


def test_a_check_of_exactly_what_is_owed_is_taken_though_its_words_say_nothing(
    program_of: ProgramOf, quarters: pl.DataFrame
) -> None:
    checks = [deposit(10_00, date(2026, 4, 20), "BRANCH DEPOSIT 0042"), deposit(9_99, date(2026, 7, 20), "DEPOSIT")]
    found = settled(program_of, ledger_of(quarters, *checks, deposit(10_00, date(2026, 7, 21), "BAKE SALE")))
    assert states(found)[:2] == ["received in full", "overdue since 2026-07-15"]
    (why,) = found.received["why"]
    assert why == "the amount that is owed for this period, though its words do not say so"
    spoken = deposit(10_00, date(2026, 4, 25))
    both = settled(program_of, ledger_of(quarters, deposit(10_00, date(2026, 4, 20), "DEPOSIT"), spoken))
    assert both.received["date"].to_list() == [date(2026, 4, 25)]

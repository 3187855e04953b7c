from __future__ import annotations

from typing import Any

from pcard.ledger.statements import TieOut, tie_out
from tests.ledger.conftest import LedgerOf


def paid(name: str, day: int, amount: str) -> dict[str, str]:
    return {
        "id": name,
        "account": "9021",
        "posted": f"2026-09-{day:02}",
        "amount": f"-{amount}",
        "merchant": "PAYMENT THANK YOU",
    }


def bank(day: int, amount: str, text: str = "ISSUER CARD PYMT") -> dict[str, str]:
    return {"date": f"2026-09-{day:02}", "amount": f"-{amount}", "description": text}


def ap(day: int, amount: str, vendor: str = "Issuer Bank", **cells: str) -> dict[str, str]:
    return {"vendor": vendor, "date": f"2026-09-{day:02}", "amount": amount} | cells


def tied(ledger_of: LedgerOf, payments: list[dict[str, str]], **books: list[dict[str, str]]) -> TieOut:
    return tie_out(ledger_of({"transactions": payments, **books}), "2026-09")


def how(result: TieOut) -> dict[str, Any]:
    return dict(result.payments.select("transaction_id", "how").rows())


def alone(result: TieOut) -> list[tuple[str, int]]:
    return sorted(result.one_sided.select("side", "amount_cents").rows())


def test_one_to_one_and_the_nearest_date_first(ledger_of: LedgerOf) -> None:
    result = tied(
        ledger_of, [paid("A", 10, "50.00"), paid("B", 20, "50.00")], bank_lines=[bank(9, "50.00"), bank(19, "50.00")]
    )
    assert how(result) == dict.fromkeys("AB", "one bank line")
    assert result.payments["bank_lines"].n_unique() == 2
    assert alone(result) == []


def test_no_line_serves_twice(ledger_of: LedgerOf) -> None:
    result = tied(ledger_of, [paid("A", 10, "50.00"), paid("B", 11, "50.00")], bank_lines=[bank(11, "50.00")])
    assert how(result) == {"A": "no line of this amount in the books", "B": "one bank line"}
    assert alone(result) == [("card", -5000)]


def test_outside_the_window_is_one_sided_on_both_sides(ledger_of: LedgerOf) -> None:
    result = tied(ledger_of, [paid("A", 3, "50.00")], bank_lines=[bank(14, "50.00"), bank(14, "12.00", "WATER BILL")])
    assert alone(result) == [("bank", -5000), ("card", -5000)]


def test_a_bill_paid_by_several_funds(ledger_of: LedgerOf) -> None:
    lines = [bank(9, "30.00", "WARRANT 104001"), bank(9, "20.00", "ISSUER ACH"), bank(9, "44.00", "WATER BILL")]
    vouchers = [ap(8, "30.00", status="paid"), ap(8, "20.00"), ap(8, "50.00", status="void")]
    result = tied(ledger_of, [paid("A", 10, "50.00")], bank_lines=lines, ap_payments=vouchers)
    assert how(result) == {"A": "the sum of 2 bank lines; the sum of 2 AP payments"}
    assert alone(result) == []


def test_one_warrant_for_several_bills(ledger_of: LedgerOf) -> None:
    result = tied(ledger_of, [paid("A", 10, "30.00"), paid("B", 10, "20.00")], bank_lines=[bank(9, "50.00")])
    assert how(result) == dict.fromkeys("AB", "one bank line for 2 payments")


def test_two_ways_to_sum_are_a_question(ledger_of: LedgerOf) -> None:
    lines = [
        bank(9, "30.00", "WARRANT"),
        bank(9, "20.00", "WARRANT"),
        bank(8, "35.00", "WARRANT"),
        bank(8, "15.00", "WARRANT"),
    ]
    result = tied(ledger_of, [paid("A", 10, "50.00")], bank_lines=lines)
    assert how(result) == {"A": "question: 2 ways to sum 2 bank lines to it"}
    assert not result.payments["ties"].any()


def test_says_when_there_are_no_books(ledger_of: LedgerOf) -> None:
    assert how(tied(ledger_of, [paid("A", 10, "50.00")])) == {"A": "neither bank lines nor AP payments were imported"}


def test_a_returned_payment_ties_to_its_deposit(ledger_of: LedgerOf) -> None:
    back = paid("A", 10, "50.00") | {"amount": "50.00", "kind": "payment"}
    deposit = bank(10, "50.00") | {"amount": "50.00"}
    assert how(tied(ledger_of, [back], bank_lines=[deposit])) == {"A": "one bank line"}


def test_other_vouchers_to_the_issuer_are_listed(ledger_of: LedgerOf) -> None:
    result = tied(
        ledger_of, [paid("A", 10, "50.00")], ap_payments=[ap(8, "50.00"), ap(20, "9.00"), ap(20, "8.00", "Water Co")]
    )
    assert alone(result) == [("ap", 900)]

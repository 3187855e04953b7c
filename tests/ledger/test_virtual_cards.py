"""Virtual-card charges and the payments they were issued for: one to one, or a question."""

from __future__ import annotations

from typing import Any

from pcard.ledger.virtual_cards import virtual_cards
from tests.ledger.conftest import LedgerOf

CARDS = [{"card": "8001", "cardholder": "Accounts Payable", "type": "virtual"}]


def charge(name: str, amount: str, day: str = "2026-05-12", **more: str) -> dict[str, str]:
    row = {"id": name, "date": day, "posted": day, "amount": amount, "merchant": "HARBOR LUMBER CO", "card": "8001"}
    return {**row, **more}


def payment(number: str, amount: str, day: str = "2026-05-08", **more: str) -> dict[str, str]:
    row = {"vendor": "Harbor Lumber", "date": day, "amount": amount, "payment_no": number, "method": "card"}
    return {**row, "invoice": f"INV-{number}", **more}


def found(ledger_of: LedgerOf, charges: list[dict[str, str]], payments: list[dict[str, str]]) -> list[tuple[Any, ...]]:
    ledger = ledger_of({"transactions": charges, "ap_payments": payments, "cards": CARDS})
    return virtual_cards(ledger).select("transaction_id", "payment_no", "outcome", "question").rows()


def test_a_charge_is_tied_to_its_payment_and_invoice(ledger_of: LedgerOf) -> None:
    assert found(ledger_of, [charge("A", "810.20")], [payment("V1", "810.20"), payment("V2", "55.00")]) == [
        ("A", "V1", "accepted", None)
    ]


def test_a_payment_by_its_number_whatever_the_name(ledger_of: LedgerOf) -> None:
    named = charge("A", "810.20", merchant="HL INTL", reference="V2")
    assert found(ledger_of, [named], [payment("V1", "810.20"), payment("V2", "810.20")]) == [
        ("A", "V2", "accepted", None)
    ]
    by_invoice = charge("A", "810.20", merchant="HL INTL", reference="INV-V1")
    assert found(ledger_of, [by_invoice], [payment("V1", "810.20"), payment("V2", "810.20")]) == [
        ("A", "V1", "accepted", None)
    ]


def test_above_the_authorized_amount_and_below_it_are_questions(ledger_of: LedgerOf) -> None:
    assert found(ledger_of, [charge("A", "835.20")], [payment("V1", "810.20")]) == [
        ("A", "V1", "review", "25.00 above the authorized amount")
    ]
    assert found(ledger_of, [charge("A", "800.00")], [payment("V1", "810.20")]) == [
        ("A", "V1", "review", "10.20 of the authorized amount was not charged")
    ]


def test_used_twice_is_a_question(ledger_of: LedgerOf) -> None:
    twice = [charge("A", "810.20"), charge("B", "810.20", "2026-05-14")]
    assert found(ledger_of, twice, [payment("V1", "810.20")]) == [
        ("A", "V1", "accepted", None),
        ("B", None, "review", "used twice: A charged this payment already"),
    ]


def test_a_charge_for_no_payment_a_void_one_or_another_vendor_s(ledger_of: LedgerOf) -> None:
    asked = [("A", None, "review", "which payment was this card issued for?")]
    one = [charge("A", "810.20")]
    assert found(ledger_of, one, [payment("V1", "810.20", status="void")]) == asked
    assert found(ledger_of, one, [payment("V1", "810.20", method="check")]) == asked
    assert found(ledger_of, one, [payment("V1", "810.20", vendor="Cedar Grove Cafe")]) == asked


def test_the_card_s_own_amount_binds_too_and_other_cards_are_no_concern(ledger_of: LedgerOf) -> None:
    cards = [CARDS[0] | {"amount": "500.00"}, {"card": "1234", "cardholder": "Ana Ruiz", "type": "individual"}]
    tables = {
        "transactions": [charge("A", "810.20"), charge("B", "810.20", card="1234")],
        "ap_payments": [payment("V1", "810.20")],
        "cards": cards,
    }
    rows = virtual_cards(ledger_of(tables))
    assert rows.select("transaction_id", "question").rows() == [("A", "310.20 above the authorized amount")]
    assert virtual_cards(ledger_of({"transactions": [charge("A", "1.00")]})).is_empty()


def test_several_equal_payments_are_a_question(ledger_of: LedgerOf) -> None:
    (row,) = found(ledger_of, [charge("A", "810.20")], [payment("V1", "810.20"), payment("V2", "810.20")])
    assert row[2:] == ("review", "which of several equal payments?")

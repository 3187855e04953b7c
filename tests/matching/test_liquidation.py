"""Orders paid by card: drawn down, closed by the last delivery, and what to release of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from pcard.frames import AP_PAYMENTS, RELATED, Ledger
from pcard.matching import match
from pcard.matching.liquidation import liquidation
from tests.matching.conftest import DAY, ELSEWHERE, charge, decisions_of, order, verdict
from tests.matching.conftest import ledger_of as plain_ledger_of


def ledger_of(charges: list[dict[str, object]], orders: list[dict[str, object]]) -> Ledger:
    """Charges among many others, so that not everything agrees by chance."""
    others = [
        charge(f"X{n:02}", 1_234 + 777 * n, ELSEWHERE[n % 10], DAY + timedelta(days=n % 20), site=f"S{n % 4 + 2}")
        for n in range(60)
    ]
    return plain_ledger_of([*charges, *others], orders=orders)


def listed(ledger: Ledger, related: pl.DataFrame | None = None, **more: Any) -> list[dict[str, Any]]:
    matches = match(ledger, **more).matches
    return liquidation(ledger, matches, RELATED.empty() if related is None else related).to_dicts()


def delivery(name: str, cents: int, **more: object) -> dict[str, object]:
    return charge(name, cents, site="S1", **more)  # type: ignore[arg-type]


def test_partial_deliveries_on_several_cards_draw_one_order_down_until_it_closes() -> None:
    charges = [
        delivery("T1", 60_000, card="1111", po_number="PO-4001", cardholder="Ana Ruiz"),
        delivery("T2", 25_000, card="2222", reference="4001", cardholder="Bo Lind", day=DAY + timedelta(days=9)),
        delivery("T3", 15_000, card="3333", description="REST OF P.O. 4001", day=DAY + timedelta(days=20)),
    ]
    ledger = ledger_of(charges[:2], orders=[order("PO-4001", 100_000, site="S1")])
    (row,) = listed(ledger)
    assert (row["paid_by_card_cents"], row["open_after_cents"], row["release_cents"]) == (85_000, 15_000, 85_000)
    assert (row["state"], row["transactions"]) == ("open: delivered in part", "T1;T2")
    (row,) = listed(ledger_of(charges, orders=[order("PO-4001", 100_000, site="S1")]))
    assert (row["open_after_cents"], row["release_cents"], row["state"]) == (0, 100_000, "closed by its last delivery")


def test_after_the_last_delivery_a_charge_that_names_the_order_is_no_link() -> None:
    charges = [
        delivery("T1", 100_000, po_number="PO-4001"),
        delivery("T2", 15_000, po_number="PO-4001", day=DAY + timedelta(days=3)),
    ]
    ledger = ledger_of(charges, orders=[order("PO-4001", 100_000, site="S1")])
    assert match(ledger).matches["transaction_id"].to_list() == ["T1"]
    (row,) = listed(ledger)
    assert row["transactions"] == "T1"


def test_a_price_difference_within_the_tolerance_links_and_closes() -> None:
    for cents, question in ((99_200, None), (105_000, "charged 50.00 above what was open")):
        (row,) = listed(ledger_of([delivery("T1", cents, po_number="PO-4001")], orders=[order("PO-4001", 100_000)]))
        assert (row["paid_by_card_cents"], row["release_cents"], row["question"]) == (cents, 100_000, question)
        assert row["state"] == "closed by its last delivery"
    above = ledger_of([delivery("T1", 112_001, po_number="PO-4001")], orders=[order("PO-4001", 100_000)])
    assert listed(above) == []


def test_the_order_s_own_status_closes_it_and_a_blanket_one_stays_open() -> None:
    charges = [delivery("T1", 60_000, po_number="PO-4001")]
    (row,) = listed(ledger_of(charges, orders=[order("PO-4001", 100_000, status="Received")]))
    assert (row["state"], row["release_cents"], row["open_after_cents"]) == (
        "closed by its last delivery",
        100_000,
        40_000,
    )
    (row,) = listed(ledger_of(charges, orders=[order("PO-4001", 60_000, kind="blanket")]))
    assert (row["state"], row["release_cents"]) == ("blanket: stays open", 60_000)


def test_an_order_that_accounts_payable_paid_too_is_asked_about() -> None:
    paid = {"vendor": "Golden Pizza", "date": DAY, "amount_cents": 60_000, "document": "d", "line": 1}
    payments = [
        {**paid, "identity": "a", "po_number": "4001", "method": "warrant"},
        {**paid, "identity": "b", "po_number": "4001", "method": "card"},
        {**paid, "identity": "c", "po_number": "4001", "method": "check", "status": "void"},
    ]
    ledger = ledger_of([delivery("T1", 60_000, po_number="PO-4001")], orders=[order("PO-4001", 60_000)])
    ledger = Ledger(transactions=ledger.transactions, orders=ledger.orders, ap_payments=AP_PAYMENTS.rows(payments))
    (row,) = listed(ledger)
    assert (row["paid_by_ap_cents"], row["question"]) == (60_000, "accounts payable paid 600.00 of it, too")


def test_what_was_refunded_goes_back_to_the_order() -> None:
    ledger = ledger_of([delivery("T1", 60_000, po_number="PO-4001")], orders=[order("PO-4001", 60_000)])
    back = {"transaction_id": "C1", "kind": "refund", "charge_id": "T1", "amount_cents": -10_000, "outcome": "accepted"}
    related = RELATED.rows([{**back, "state": "refunded in part", "choices": 1, "explanation": "x"}])
    (row,) = listed(ledger, related)
    assert (row["paid_by_card_cents"], row["open_after_cents"], row["release_cents"]) == (50_000, 10_000, 50_000)


def test_questions_release_nothing_until_they_are_answered() -> None:
    ledger = ledger_of([delivery("T1", 60_000, po_number="PO-4001")], orders=[order("PO-4001", 100_000)])
    asked = match(ledger).matches.with_columns(outcome=pl.lit("review"))
    (row,) = liquidation(ledger, asked, RELATED.empty()).to_dicts()
    assert (row["release_cents"], row["in_question_cents"], row["state"]) == (0, 60_000, "open: a question")
    (row,) = listed(ledger, decisions=decisions_of(verdict("confirm", "T1", "PO-4001", "order")))
    assert row["release_cents"] == 60_000


def test_a_closed_order_is_drawn_on_by_nothing_that_happens_to_equal_its_rest() -> None:
    later = DAY + timedelta(days=2)
    first = delivery("T1", 99_500, po_number="PO-4001")
    ledger = ledger_of([first, delivery("T2", 500, day=later)], orders=[order("PO-4001", 100_000, site="S1")])
    assert match(ledger).matches["transaction_id"].to_list() == ["T1"]
    half = delivery("T1", 50_000, po_number="PO-4001")
    ledger = ledger_of([half, delivery("T2", 50_000, day=later)], orders=[order("PO-4001", 100_000, site="S1")])
    assert match(ledger).matches["transaction_id"].to_list() == ["T1", "T2"]

"""The named checks on small ledgers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pcard.extensions import installed, load
from pcard.frames import MATCHES, Ledger
from tests.policy.conftest import ledger_of

PAID: dict[str, Any] = {"vendor": "Harbor Rentals", "date": date(2026, 9, 30), "amount_cents": 2_000}
CHARGE: dict[str, Any] = {"merchant": "SQ *HARBOR RENTALS LLC", "po_number": "P-1"}


def _found(name: str, ledger: Ledger, **settings: int) -> list[tuple[list[str], str]]:
    check = load("pcard.checks", name)
    found = check.flag(ledger, MATCHES.empty(), {**check.defaults, **settings})
    assert found["suspicion"].is_between(0, 1).all()
    rows: list[tuple[list[str], str]] = found.select("transaction_ids", "reasons").sort("transaction_ids").rows()
    return rows


def test_every_check_stands_behind_the_door() -> None:
    names = [plugin.name for plugin in installed("pcard.checks") if plugin.builtin]
    assert names == ["paid_by_ap", "refund_without_purchase"]
    assert [load("pcard.checks", name).name for name in names] == names


@pytest.mark.parametrize(
    ("payment", "found"),
    [
        ({}, True),
        ({"date": date(2026, 10, 16)}, True),
        ({"date": date(2026, 10, 17)}, False),
        ({"amount_cents": 2_001}, False),
        ({"status": "void"}, False),
        ({"method": "card"}, False),
        ({"vendor": "Linden Books"}, False),
        ({"vendor": "Linden Books", "po_number": "P-1"}, True),
    ],
)
def test_a_charge_paid_by_ap_too(payment: dict[str, Any], found: bool) -> None:
    ledger = ledger_of(CHARGE, ap_payments=[PAID | payment])
    assert bool(_found("paid_by_ap", ledger)) is found


def test_the_nearest_payment_is_named() -> None:
    payments = [PAID | {"payment_no": "W-1"}, PAID | {"date": date(2026, 9, 18), "payment_no": "W-2"}]
    assert _found("paid_by_ap", ledger_of(CHARGE, ap_payments=payments)) == [
        (["t0"], "payment W-2 of 2026-09-18 to Harbor Rentals")
    ]


def test_refunds_answer_a_purchase_on_their_card() -> None:
    refund = {"kind": "credit", "date": date(2026, 12, 1), "amount_cents": -1_500}
    assert _found("refund_without_purchase", ledger_of({}, refund)) == []
    assert _found("refund_without_purchase", ledger_of({}, refund | {"card": "2002"})) == [
        (["t1"], "a purchase of this size at the merchant was made on another card")
    ]
    assert _found("refund_without_purchase", ledger_of({}, refund | {"amount_cents": -2_001})) == [
        (["t1"], "no purchase of this size at the merchant came before it")
    ]
    early = refund | {"date": date(2026, 9, 20), "merchant": "OTHER"}
    assert _found("refund_without_purchase", ledger_of({}, early)) == []
    assert _found("refund_without_purchase", ledger_of({}, early), history_days=4) != []

"""The sections on credits, fees, orders paid by card and virtual cards: of the cycle asked for, and of no other."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import polars as pl

from pcard.frames import LIQUIDATION, RELATED, VIRTUAL_CARDS, Conclusions, Ledger
from pcard.reports.related import credits_and_fees, paid_by_card
from tests.matching.conftest import charge, ledger_of

_ORDER = {
    "vendor": "Golden Pizza", "ordered_cents": 9_000, "open_before_cents": 9_000, "paid_by_card_cents": 4_000,
    "open_after_cents": 5_000, "release_cents": 4_000, "state": "open: delivered in part", "in_question_cents": 0,
    "paid_by_ap_cents": 0,
}  # fmt: skip


def _ledger() -> Ledger:
    march = charge("T1", 4_000)
    april = {**charge("T2", 4_000), "cycle": "2026-04"}
    return ledger_of([march, april, charge("C1", -500, kind="credit")])


def _found(**tables: pl.DataFrame) -> Conclusions:
    empty: dict[str, Any] = {field.name: pl.DataFrame() for field in fields(Conclusions)}
    return Conclusions(**{**empty, "cycle": "2026-03", **tables})


def test_orders_and_virtual_cards_of_the_cycle_are_listed_with_what_to_release() -> None:
    orders = LIQUIDATION.rows(
        [
            {**_ORDER, "po_number": "PO-1", "transactions": "T1;T2", "question": "charged 1.00 above what was open"},
            {**_ORDER, "po_number": "PO-2", "transactions": "T2"},
            {**_ORDER, "po_number": "PO-3", "transactions": "", "paid_by_card_cents": 0, "release_cents": 0},
        ]
    )
    card = {"charged_cents": 4_000, "outcome": "review", "explanation": "x", "question": "used twice"}
    cards = VIRTUAL_CARDS.rows([{**card, "transaction_id": name} for name in ("T1", "T2")])
    section = paid_by_card(_ledger(), _found(liquidation=orders, virtual_cards=cards))
    assert section.lead == "Purchase orders paid by card: 1; to release of them, in all: 40.00; questions: 2."
    assert [listing.frame.height for listing in section.listings] == [1, 1]
    assert all(listing.rows() for listing in section.listings)
    nothing = _found(liquidation=LIQUIDATION.empty(), virtual_cards=VIRTUAL_CARDS.empty())
    assert paid_by_card(_ledger(), nothing).lead == "No purchase order was paid by card."


def test_credits_and_fees_of_the_cycle_name_their_charge() -> None:
    row = {"kind": "refund", "amount_cents": -500, "outcome": "review", "state": "refunded in part", "explanation": "x"}
    related = RELATED.rows([{**row, "transaction_id": name, "charge_id": "T1", "choices": 2} for name in ("C1", "T2")])
    section = credits_and_fees(_ledger(), _found(related=related))
    assert section.lead == "Lines that belong to an earlier charge: 1; questions among them: 1."
    assert section.listings[0].rows()[0][1] == "C1"
    assert credits_and_fees(_ledger(), _found(related=RELATED.empty())).lead.startswith("No credit")

"""Which charges a receipt is still asked for."""

from __future__ import annotations

import polars as pl

from pcard.frames import MATCHES, VIRTUAL_CARDS, Conclusions
from pcard.reports.reconciliation import evidence_state


def test_a_virtual_card_s_payment_answers_for_its_receipt_and_a_question_does_not() -> None:
    charges = pl.DataFrame({"transaction_id": ["T1", "T2", "T3"], "kind": ["purchase"] * 3})
    cards = VIRTUAL_CARDS.rows(
        {"transaction_id": name, "charged_cents": 100, "outcome": outcome, "explanation": "-"}
        for name, outcome in (("T1", "accepted"), ("T2", "review"))
    )
    none = pl.DataFrame()
    matches = MATCHES.empty()
    found = Conclusions("2026-09", matches, none, none, none, none, none, none, none, none, none, virtual_cards=cards)
    assert evidence_state(charges, found)["state"].to_list() == ["not needed", "no receipt", "no receipt"]

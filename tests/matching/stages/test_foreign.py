"""Receipts in another currency, and receipts that name a card that was replaced since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from pcard.frames import CARDS
from pcard.matching import match
from tests.matching.conftest import DAY, ELSEWHERE, charge, decisions_of, ledger_of, receipt, verdict

_OTHERS = [charge(f"X{n}", 5_000 + 999 * n, shop, DAY + timedelta(days=n)) for n, shop in enumerate(ELSEWHERE)]
_ABROAD = charge("T1", 10_861, "TUNDRA LINGUISTICS", site="S1", original_amount_cents=14_850, original_currency="CAD")
_RECEIPT = receipt("R1", 14_850, "Tundra Linguistics", site="S1")


def _link(*charges: dict[str, object], **more: object) -> list[tuple[object, ...]]:
    matches = match(ledger_of([*charges, *_OTHERS], [_RECEIPT]), **more).matches  # type: ignore[arg-type]
    return matches.select("transaction_id", "evidence_id", "amount_cents", "outcome").rows()


def test_a_receipt_in_the_currency_of_the_charge_is_linked_and_covers_it_whole() -> None:
    assert _link(_ABROAD) == [("T1", "R1", 10_861, "accepted")]
    dear = {**_ABROAD, "amount_cents": 18_900}
    assert _link(dear) == [("T1", "R1", 18_900, "accepted")]
    (text,) = match(ledger_of([_ABROAD, *_OTHERS], [_RECEIPT])).matches["explanation"]
    assert "amount equal in its own currency" in text


def test_the_original_amount_counts_only_in_another_currency() -> None:
    assert _link({**_ABROAD, "original_currency": "USD"}) == []
    assert _link({**_ABROAD, "currency": "CAD"}) == []
    assert _link({**_ABROAD, "original_amount_cents": None}) == []


def test_a_charge_of_the_very_amount_comes_first() -> None:
    at_home = charge("T2", 14_850, "TUNDRA LINGUISTICS", site="S1")
    assert _link(_ABROAD, at_home) == [("T2", "R1", 14_850, "accepted")]


def test_a_person_s_word_and_a_named_transaction_cover_the_charge_whole() -> None:
    dear = {**_ABROAD, "amount_cents": 18_900}
    said = decisions_of(verdict("confirm", "T1", "R1"))
    assert _link(dear, decisions=said) == [("T1", "R1", 18_900, "confirmed")]
    named = match(ledger_of([dear, *_OTHERS], [{**_RECEIPT, "transaction": "T1"}])).matches
    assert named["amount_cents"].to_list() == [18_900]


def test_a_rejected_receipt_in_another_currency_is_not_proposed_again() -> None:
    assert _link(_ABROAD, decisions=decisions_of(verdict("reject", "T1", "R1"))) == []


def test_a_replaced_card_has_one_history() -> None:
    """Two charges of one amount and day, told apart by the card that the receipt names - under its old number."""
    charges = [
        charge("T1", 5_000, day=DAY, card="5678", site="S1"),
        charge("T2", 5_000, day=DAY, card="4444", site="S1"),
    ]
    others = [{**row, "card": f"9{n:03}"} for n, row in enumerate(_OTHERS)]
    ledger = ledger_of([*charges, *others], [receipt("R1", 5_000, site="S1", card="1234")])
    card = {"card": "5678", "cardholder": "Ana Ruiz", "replaces": "1234", "identity": "c", "document": "d", "line": 1}
    assert "accepted" not in match(ledger).matches["outcome"].to_list()
    known = match(replace(ledger, cards=CARDS.rows([card]))).matches.filter(pl.col("evidence_id") == "R1")
    assert known.select("transaction_id", "outcome").rows() == [("T1", "accepted")]

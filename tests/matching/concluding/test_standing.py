"""What people and documents say stands, whatever the amounts."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from pcard.matching import match
from tests.matching.conftest import DAY, charge, decisions_of, ledger_of, order, receipt, verdict

_TWO = [charge("T1", 5_000, site="S1", card="4321"), charge("T2", 7_777, "HARBOR LUMBER", site="S1", card="4321")]


def test_a_receipt_that_names_its_transaction_is_linked_to_it() -> None:
    receipts = [
        receipt("R1", 1_234, "Zebra", transaction="T1"),
        receipt("R2", None, None, None, file="a.pdf", transaction="T2"),
    ]
    matches = match(ledger_of(_TWO, receipts)).matches
    assert matches.select("transaction_id", "evidence_id", "amount_cents", "outcome").rows() == [
        ("T1", "R1", 1_234, "accepted"),
        ("T2", "R2", 7_777, "accepted"),
    ]
    assert set(matches["explanation"]) == {"the receipt names this transaction"}
    assert (matches["probability"] > 0.99).all()


def test_a_transaction_is_named_by_the_source_s_id_where_that_is_one_charge_s() -> None:
    charges = [
        charge("T1", 5_000) | {"id": "A-1"},
        charge("T2", 5_000) | {"id": "B-1"},
        charge("T3", 5_000) | {"id": "B-1"},
    ]
    receipts = [
        receipt(name, None, None, None, file="a.pdf", transaction=said) for name, said in (("R1", "A-1"), ("R2", "B-1"))
    ]
    assert match(ledger_of(charges, receipts)).matches.select("transaction_id", "evidence_id").rows() == [("T1", "R1")]


def test_a_number_meets_its_transaction_without_letters_and_zeros_where_only_one_has_it() -> None:
    charges = [charge(f"T{n}", 5_000) | {"id": said} for n, said in enumerate(("0012345", "A77001", "B77001"))]
    named = ("TXN12345", "TXN-77001", "A99")
    receipts = [receipt(f"R{n}", None, None, None, file="a.jpg", transaction=said) for n, said in enumerate(named)]
    assert match(ledger_of(charges, receipts)).matches.select("transaction_id", "evidence_id").rows() == [("T0", "R0")]


def test_an_unread_receipt_of_a_card_is_asked_of_its_only_open_charge() -> None:
    unread = receipt("R9", None, None, None, file="scan.pdf", card="4321")
    linked = receipt("R1", 5_000, site="S1", card="4321")
    asked = match(ledger_of(_TWO, [linked, unread])).matches.filter(pl.col("evidence_id") == "R9")
    assert asked.select("transaction_id", "outcome", "amount_cents").rows() == [("T2", "review", 7_777)]
    assert match(ledger_of(_TWO, [unread])).matches.is_empty()


def test_an_unread_receipt_with_a_day_is_asked_of_the_only_charge_of_its_card_that_day() -> None:
    later = charge("T3", 900, "CORNER STORE", card="4321") | {"date": DAY + timedelta(3)}
    unread = receipt("R9", None, None, DAY + timedelta(3), file="packet.pdf#page=4", card="4321")
    asked = match(ledger_of([*_TWO, later], [unread])).matches
    assert asked.select("transaction_id", "evidence_id", "outcome").rows() == [("T3", "R9", "review")]
    assert match(ledger_of(_TWO, [receipt("R9", None, None, DAY, file="a.pdf", card="4321")])).matches.is_empty()


def test_an_unread_receipt_is_never_linked_for_its_amount() -> None:
    assert match(ledger_of(_TWO, [receipt("R1", 5_000, "Golden Pizza", None, file="scan.pdf")])).matches.is_empty()


def test_a_rejected_pair_is_never_proposed_again() -> None:
    ledger = ledger_of(_TWO, [receipt("R1", 5_000, site="S1")], [order("PO-1234", 5_000, site="S1")])
    matching = match(
        ledger, decisions=decisions_of(verdict("reject", "T1", "R1"), verdict("unlink", "T1", "PO-1234", "order"))
    )
    assert matching.matches.is_empty()
    assert matching.candidates.is_empty()


def test_a_confirmed_link_stands_and_its_receipt_is_taken() -> None:
    ledger = ledger_of(_TWO, [receipt("R1", 5_000, site="S1")])
    matches = match(ledger, decisions=decisions_of(verdict("link", "T2", "R1"))).matches
    assert matches.select("transaction_id", "evidence_id", "amount_cents", "outcome", "probability").rows() == [
        ("T2", "R1", 5_000, "confirmed", 1.0)
    ]


def test_the_last_verdict_counts_and_an_undone_one_does_not() -> None:
    ledger = ledger_of(_TWO, [receipt("R1", 5_000, site="S1")])
    first, second = verdict("link", "T2", "R1"), verdict("unlink", "T2", "R1", at="2026-05-01T00:00:00Z")
    assert match(ledger, decisions=decisions_of(first, second)).matches["transaction_id"].to_list() == ["T1"]
    undone = verdict("link", "T2", "R1", undone_by="D9")
    assert match(ledger, decisions=decisions_of(undone)).matches["transaction_id"].to_list() == ["T1"]


def test_confirming_one_part_of_a_group_leaves_the_other_part_linked() -> None:
    ledger = ledger_of(
        _TWO, [receipt("R1", 2_000, site="S1", card="4321"), receipt("R2", 3_000, site="S1", card="4321")]
    )
    assert match(ledger).matches.height == 2
    matches = match(ledger, decisions=decisions_of(verdict("confirm", "T1", "R1"))).matches
    assert matches.select("evidence_id", "amount_cents").rows() == [("R1", 2_000), ("R2", 3_000)]
    assert matches["outcome"].to_list()[0] == "confirmed"


def test_a_person_may_say_that_there_is_no_receipt() -> None:
    ledger = ledger_of(_TWO, [receipt("R1", 5_000, site="S1")])
    assert match(ledger, decisions=decisions_of(verdict("reject", "T1", None))).matches.is_empty()


def test_verdicts_on_records_that_are_gone_are_not_read() -> None:
    ledger = ledger_of(_TWO, [receipt("R1", 5_000, site="S1")])
    said = decisions_of(verdict("link", "T1", "R404"), verdict("link", "T404", "R1"))
    assert match(ledger, decisions=said).matches["transaction_id"].to_list() == ["T1"]


def test_a_person_s_link_may_name_the_part() -> None:
    ledger = ledger_of(
        [charge("T1", 5_000), charge("T2", 3_000, "HARBOR LUMBER", DAY)], [receipt("R1", 8_000, "Zebra")]
    )
    said = decisions_of(verdict("link", "T1", "R1", amount_cents=4_000), verdict("link", "T2", "R1"))
    assert match(ledger, decisions=said).matches["amount_cents"].to_list() == [4_000, 3_000]

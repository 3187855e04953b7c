"""Refunds, credits of disputes, reversals and foreign fees, each with the charge it belongs to."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.frames import DECISIONS, ENRICHED, RELATED, Ledger
from pcard.ledger.related import related, told
from tests.ledger.conftest import LedgerOf


def line(name: str, day: str, amount: str, merchant: str = "TARGET 0412", **more: str) -> dict[str, str]:
    kind = "credit" if amount.startswith("-") else "purchase"
    fixed = {"kind": kind, "card": "1234", "account": "9021"}
    return {"id": name, "date": day, "posted": day, "amount": amount, "merchant": merchant, **fixed, **more}


def found(ledger: Ledger, decisions: pl.DataFrame | None = None) -> list[tuple[Any, ...]]:
    rows = related(ledger, decisions)
    return rows.select("transaction_id", "kind", "charge_id", "amount_cents", "outcome").rows()


def verdict(act: str, credit: str, purchase: str, **more: str) -> dict[str, str]:
    row = {
        "decision_id": f"{act}-{credit}",
        "at": "2026-06-01T00:00:00Z",
        "who": "clerk",
        "act": act,
        "subject": credit,
    }
    return {**row, "evidence_kind": "purchase", "evidence_id": purchase, **more}


def test_a_refund_in_part_or_in_whole_is_tied_to_the_purchase(ledger_of: LedgerOf) -> None:
    ledger = ledger_of(
        {
            "transactions": [
                line("P", "2026-05-04", "129.97"),
                line("C1", "2026-05-20", "-64.99"),
                line("C2", "2026-05-28", "-64.98"),
                line("C3", "2026-05-30", "-0.01"),  # nothing is left of the purchase
            ]
        }
    )
    assert found(ledger) == [("C1", "refund", "P", -6499, "accepted"), ("C2", "refund", "P", -6498, "accepted")]
    assert set(related(ledger)["state"]) == {"refunded in whole"}


def test_a_refund_comes_after_its_purchase_from_the_same_merchant_to_the_same_card(ledger_of: LedgerOf) -> None:
    others = [
        line("P1", "2026-05-22", "50.00"),
        line("P2", "2026-05-04", "50.00", "HARBOR LUMBER"),
        line("P3", "2026-05-04", "50.00", card="7777"),
        line("P4", "2026-05-04", "49.99"),
        line("P5", "2025-05-04", "50.00"),
    ]
    assert found(ledger_of({"transactions": [line("C", "2026-05-20", "-50.00"), *others]})) == []


def test_the_purchase_of_the_very_amount_is_taken_before_a_larger_one(ledger_of: LedgerOf) -> None:
    lines = [line("P1", "2026-05-04", "20.00"), line("P2", "2026-05-12", "80.00"), line("C", "2026-05-20", "-20.00")]
    assert found(ledger_of({"transactions": lines})) == [("C", "refund", "P1", -2000, "accepted")]


def test_several_that_would_do_are_a_question_unless_a_reference_says_which(ledger_of: LedgerOf) -> None:
    bought = [line("P1", "2026-05-04", "20.00", reference="A1"), line("P2", "2026-05-12", "20.00", reference="A2")]
    credit = line("C", "2026-05-20", "-20.00")
    ledger = ledger_of({"transactions": [*bought, credit]})
    assert found(ledger) == [("C", "refund", "P2", -2000, "review")]
    assert related(ledger)["choices"].item() == 2
    assert found(ledger_of({"transactions": [*bought, credit | {"reference": "A1"}]})) == [
        ("C", "refund", "P1", -2000, "accepted")
    ]


def test_as_many_refunds_as_purchases_leave_nothing_to_ask(ledger_of: LedgerOf) -> None:
    lines = [line(f"P{n}", f"2026-05-0{n}", "20.00") for n in (1, 2)]
    lines += [line(f"C{n}", f"2026-05-1{n}", "-20.00") for n in (1, 2)]
    assert [row[4] for row in found(ledger_of({"transactions": lines}))] == ["accepted", "accepted"]


def test_the_refund_of_the_whole_amount_comes_before_one_in_part(ledger_of: LedgerOf) -> None:
    lines = [line("P", "2026-05-01", "50.00"), line("C1", "2026-05-05", "-20.00"), line("C2", "2026-05-06", "-50.00")]
    assert found(ledger_of({"transactions": lines})) == [("C2", "refund", "P", -5000, "accepted")]


def test_who_has_the_least_choice_is_served_first(ledger_of: LedgerOf) -> None:
    lines = [
        line("P1", "2026-05-01", "20.00"),
        line("C1", "2026-05-05", "-20.00"),  # can only be P1
        line("P2", "2026-05-08", "20.00"),
        line("C2", "2026-05-10", "-20.00"),
    ]
    assert {row[0]: row[2] for row in found(ledger_of({"transactions": lines}))} == {"C1": "P1", "C2": "P2"}


def test_one_refund_of_several_purchases_is_taken_where_one_sum_agrees(ledger_of: LedgerOf) -> None:
    lines = [line("P1", "2026-05-01", "31.17"), line("P2", "2026-05-02", "45.20"), line("P3", "2026-05-03", "12.08")]
    credit = line("C", "2026-05-20", "-76.37")
    assert found(ledger_of({"transactions": [*lines, credit]})) == [
        ("C", "refund", "P1", -3117, "accepted"),
        ("C", "refund", "P2", -4520, "accepted"),
    ]
    assert "by chance in 0.1% of cases" in related(ledger_of({"transactions": [*lines, credit]}))["explanation"][0]
    twice = [*lines, line("P4", "2026-05-04", "64.29")]  # 64.29 + 12.08 is 76.37, too
    assert found(ledger_of({"transactions": [*twice, credit]})) == []


def test_a_refund_to_the_card_that_replaced_the_one_that_paid(ledger_of: LedgerOf) -> None:
    cards = [
        {"card": "1234", "cardholder": "Ana Ruiz", "account": "9021"},
        {"card": "5678", "cardholder": "Ana Ruiz", "account": "9021", "replaces": "1234"},
        {"card": "9012", "cardholder": "Ana Ruiz", "account": "9021", "replaces": "5678"},
    ]
    lines = [line("P", "2026-05-04", "20.00"), line("C", "2026-05-20", "-20.00", card="9012")]
    assert found(ledger_of({"transactions": lines})) == []
    assert found(ledger_of({"transactions": lines, "cards": cards})) == [("C", "refund", "P", -2000, "accepted")]


def test_a_person_s_word_on_a_refund_stands(ledger_of: LedgerOf) -> None:
    lines = [line(f"P{n}", f"2026-05-0{n}", "20.00") for n in (1, 2)] + [line("C", "2026-05-20", "-20.00")]
    ledger = ledger_of({"transactions": lines})
    confirmed = DECISIONS.rows([verdict("confirm", "C", "P1")])
    assert found(ledger, confirmed) == [("C", "refund", "P1", -2000, "confirmed")]
    assert found(ledger, DECISIONS.rows([verdict("reject", "C", "P2")])) == [("C", "refund", "P1", -2000, "accepted")]
    undone = DECISIONS.rows([verdict("confirm", "C", "P1", undone_by="D-000009")])
    assert related(ledger, undone).equals(related(ledger))


def test_a_confirmed_refund_leaves_less_of_its_purchase(ledger_of: LedgerOf) -> None:
    lines = [line("P", "2026-05-04", "30.00"), line("C1", "2026-05-20", "-20.00"), line("C2", "2026-05-21", "-20.00")]
    ledger = ledger_of({"transactions": lines})
    said = DECISIONS.rows([verdict("confirm", "C2", "P")])
    assert found(ledger, said) == [("C2", "refund", "P", -2000, "confirmed")]


def _disputed(**more: str) -> dict[str, list[dict[str, str]]]:
    dispute = {"transaction": "P", "opened": "2026-05-10", "provisional_credit": "240.00", **more}
    lines = [
        line("P", "2026-05-04", "240.00"),
        line("C", "2026-06-01", "-240.00", "DISPUTE CREDIT"),
        line("R", "2026-07-08", "240.00", "DISPUTE CLOSED CREDIT REV", kind="adjustment"),
    ]
    return {"transactions": lines, "disputes": [dispute]}


def test_a_provisional_credit_is_open_until_final_and_a_reversal_reopens(ledger_of: LedgerOf) -> None:
    given = ("C", "provisional_credit", "P", -24000, "accepted")
    for more, state in (({}, "open until the dispute is final"), ({"final": "2026-07-01"}, "final")):
        rows = related(ledger_of(_disputed(**more)))
        assert rows.select("transaction_id", "kind", "charge_id", "amount_cents", "outcome").rows() == [given]
        assert rows["state"].to_list() == [state]
    lost = related(ledger_of(_disputed(final="2026-07-08", reversed="true")))
    assert lost.select("transaction_id", "kind", "charge_id").rows() == [
        ("C", "provisional_credit", "P"),
        ("R", "reversal", "P"),
    ]
    assert set(lost["state"]) == {"reopened: the charge stands again"}


def test_the_credit_of_a_dispute_is_no_refund_of_another_purchase(ledger_of: LedgerOf) -> None:
    tables = _disputed()
    tables["transactions"][1] |= {"merchant": "TARGET 0412"}
    tables["transactions"].append(line("P2", "2026-05-20", "240.00"))
    assert found(ledger_of(tables)) == [("C", "provisional_credit", "P", -24000, "accepted")]


def test_a_foreign_fee_belongs_to_its_charge_and_needs_no_receipt(ledger_of: LedgerOf) -> None:
    abroad = {"original_amount": "148.50", "original_currency": "CAD"}
    lines = [
        line("P", "2026-06-04", "108.61", **abroad),
        line("Q", "2026-06-04", "108.61"),
        line("F", "2026-06-05", "1.09", "FOREIGN TRANSACTION FEE", kind="fee"),
        line("L", "2026-06-05", "39.00", "LATE FEE", kind="fee"),
    ]
    ledger = ledger_of({"transactions": lines})
    assert found(ledger) == [("F", "foreign_fee", "P", 109, "accepted")]
    assert told(related(ledger), "P") == [
        "foreign fee F, 1.09, belongs to P (accepted: the only one it can be); needs no receipt"
    ]
    assert told(related(ledger), "Q") == []


def test_the_fee_of_a_usual_rate_is_told_from_one_that_could_be(ledger_of: LedgerOf) -> None:
    lines = [
        line("P", "2026-06-04", "100.00", original_currency="CAD"),
        line("Q", "2026-06-04", "73.11", original_currency="CAD"),
        line("F", "2026-06-05", "2.00", "INTL FEE", kind="fee"),  # 2 % of P, 2.74 % of Q
    ]
    assert found(ledger_of({"transactions": lines})) == [("F", "foreign_fee", "P", 200, "accepted")]


AMOUNTS = st.lists(
    st.tuples(st.sampled_from([-4000, -2500, -1500, 1500, 2500, 4000, 6500]), st.integers(1, 28)), max_size=14
)


@given(AMOUNTS)
def test_refunds_never_exceed_their_purchase_nor_themselves(lines: list[tuple[int, int]]) -> None:
    ledger = Ledger(transactions=ENRICHED.rows([_row(n, cents, day) for n, (cents, day) in enumerate(lines)]))
    rows = related(ledger)
    amounts = dict(ledger.transactions.select("transaction_id", "amount_cents").rows())
    assert rows.equals(RELATED.of(rows))
    for charge, drawn in rows.group_by("charge_id").agg(pl.col("amount_cents").sum()).rows():
        assert 0 <= -drawn <= amounts[charge]
    for credit, given_back in rows.group_by("transaction_id").agg(pl.col("amount_cents").sum()).rows():
        assert given_back == amounts[credit]
    backwards = Ledger(transactions=ledger.transactions.reverse())
    assert related(backwards).equals(rows)


def _row(number: int, cents: int, day: int) -> dict[str, object]:
    from datetime import date

    when = date(2026, 5, day)
    kind = "credit" if cents < 0 else "purchase"
    return {
        "transaction_id": f"T{number:02}", "amount_cents": cents, "date": when, "posted": when, "merchant": "A",
        "merchant_key": "A", "kind": kind, "card": "1234", "card_key": "-1234", "cycle": "2026-05", "memo": False,
        "days_to_post": 0, "identity": str(number), "document": "d", "line": number,
    }  # fmt: skip

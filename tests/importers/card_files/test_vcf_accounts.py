"""Visa cards, cardholders and balances: which become records, and why the others do not."""

from __future__ import annotations

import polars as pl

from pcard.importers.card_files.vcf_accounts import cards, statements
from pcard.importers.card_files.vcf_records import FIELDS

CLOSED = "09302026"


def frame(record: str, *rows: dict[str, str]) -> pl.DataFrame:
    names = ("line", *FIELDS[record])
    full = [[number, *(row.get(name) for name in names[1:])] for number, row in enumerate(rows, 1)]
    return pl.DataFrame(full, {"line": pl.Int32} | dict.fromkeys(names[1:], pl.String), orient="row")


def reasons(balance: dict[str, str], *, periods: pl.DataFrame | None = None, billing: str = "") -> list[str]:
    accounts = frame("03", {"code": "4", "account": "4000000000002718", "billing": billing})
    balances = frame("01", {"code": "4", "account": "4000000000002718", "closed": CLOSED} | balance)
    _, skipped = statements(balances, frame("11") if periods is None else periods, accounts, frame("05"))
    return [one.reason for one in skipped]


def test_a_card_needs_its_holder_and_a_holder_a_card() -> None:
    accounts = frame(
        "03",
        {"code": "4", "holder": "A", "account": "4000000000002718"},
        {"code": "4", "holder": "B", "account": "4000000000003141"},
        {"code": "3", "holder": "A", "account": "4000000000000007"},
    )
    table, skipped = cards(accounts, frame("04", {"code": "4", "holder": "A", "last": "MOORE"}, {"holder": "C"}))
    assert table.select("card", "cardholder").rows() == [("2718", "MOORE")]
    assert [one.reason for one in skipped] == [
        "a card whose holder the file does not name",
        "the bank removes a card",
        "a cardholder whose card the file does not name",
    ]


def test_a_balance_counts_once_its_cycle_is_complete() -> None:
    open_period = frame("11", {"code": "4", "period": "00321", "complete": "0"})
    assert reasons({"period": "00321"}, periods=open_period) == ["a balance within a cycle that is still open"]
    assert reasons({"period": "00999"}, periods=open_period) == []
    assert reasons({"closed": "00000000"}) == ["a balance without a closing date"]


def test_a_card_billed_to_another_account_has_no_statement() -> None:
    assert reasons({}, billing="4000000000009900") == ["the balance of a card that is billed to another account"]
    assert reasons({}, billing="4000000000002718") == []


def test_accounts_that_end_alike_have_none_either() -> None:
    balances = frame(
        "01",
        {"code": "4", "account": "4000000000002718", "closed": CLOSED},
        {"code": "4", "account": "4111000000002718", "closed": CLOSED},
    )
    table, skipped = statements(balances, frame("11"), frame("03"), frame("05"))
    assert table.is_empty()
    assert len(skipped) == 2


def test_a_balance_in_credit_and_a_due_date_in_either_place() -> None:
    balances = frame(
        "01",
        {"account": "1111", "closed": CLOSED, "current": "-0000000000012345", "due": "10252026"},
        {
            "account": "2222",
            "closed": CLOSED,
            "current": "0000000000012345",
            "due_earlier": "10262026",
            "due": "0" * 16,
        },
    )
    table, _ = statements(balances, frame("11"), frame("03"), frame("05"))
    assert table.select("closing_balance", "due").rows() == [("-123.45", "10252026"), ("123.45", "10262026")]

from __future__ import annotations

from typing import Any

from pcard.ledger.statements import TieOut, tie_out
from tests.ledger.conftest import LedgerOf

SEPTEMBER = {
    "account": "9021", "opened": "2026-08-26", "closed": "2026-09-25",
    "opening_balance": "100.00", "closing_balance": "58.45",
}  # fmt: skip
LINES = [
    ("A", "7911", "50.00", "purchase"),
    ("B", "5500", "-10.00", "credit"),
    ("C", None, "-100.00", "payment"),
    ("D", "7911", "3.00", "fee"),
    ("E", "7911", "0.45", "finance_charge"),
    ("F", "5500", "-25.00", "transfer"),
    ("G", "5501", "25.00", "transfer"),
    ("H", "5501", "20.00", "convenience_check"),
    ("I", None, "-5.00", "rebate"),
]


def lines(*more: dict[str, Any]) -> list[dict[str, Any]]:
    charge: dict[str, Any] = {"account": "9021", "posted": "2026-09-10", "merchant": "ACME"}
    found = [charge | {"id": name, "card": card, "amount": amount, "kind": kind} for name, card, amount, kind in LINES]
    return [*found, *(charge | line for line in more)]


def proof(result: TieOut) -> dict[str, Any]:
    (row,) = result.proof.rows(named=True)
    return row


def test_the_figures_come_out(ledger_of: LedgerOf) -> None:
    result = tie_out(ledger_of({"transactions": lines(), "statements": [SEPTEMBER]}), "2026-09")
    row = proof(result)
    assert (row["opening_cents"], row["charges_cents"], row["credits_cents"], row["payments_cents"]) == (
        10000,
        7000,
        1000,
        10000,
    )
    assert (row["fees_cents"], row["other_cents"]) == (345, -500)
    assert row["computed_closing_cents"] == row["stated_closing_cents"] == 5845
    assert (row["difference_cents"], row["proves"], result.proves) == (0, True, True)


def test_memo_copies_never_count(ledger_of: LedgerOf) -> None:
    memo = {"id": "M", "amount": "58.45", "kind": "purchase", "memo": "true"}
    assert tie_out(ledger_of({"transactions": lines(memo), "statements": [SEPTEMBER]}), "2026-09").proves


def test_half_a_transfer_is_pointed_at(ledger_of: LedgerOf) -> None:
    other = {"id": "X", "amount": "-7.00", "kind": "transfer"}
    result = tie_out(ledger_of({"transactions": lines(other), "statements": [SEPTEMBER]}), "2026-09")
    assert not result.proves
    assert result.one_sided.filter(side="card", description="ACME")["id"].to_list() == ["C", "F", "G", "X"]


def test_the_opening_is_the_closing_before(ledger_of: LedgerOf) -> None:
    august = {"account": "9021", "opened": "2026-07-26", "closed": "2026-08-25", "closing_balance": "100.00"}
    statements = [august, SEPTEMBER | {"opening_balance": None}]
    assert tie_out(ledger_of({"transactions": lines(), "statements": statements}), "2026-09").proves
    gap = [august | {"opened": "2026-06-26", "closed": "2026-07-25"}, SEPTEMBER | {"opening_balance": None}]
    row = proof(tie_out(ledger_of({"transactions": lines(), "statements": gap}), "2026-09"))
    assert (row["proves"], row["computed_closing_cents"]) == (False, None)
    assert "opening" in row["explanation"]


def test_without_a_statement_or_a_closing_nothing_proves(ledger_of: LedgerOf) -> None:
    row = proof(tie_out(ledger_of({"transactions": lines()}), "2026-09"))
    assert (row["proves"], "no statement" in row["explanation"]) == (False, True)
    row = proof(
        tie_out(ledger_of({"transactions": lines(), "statements": [SEPTEMBER | {"closing_balance": None}]}), "2026-09")
    )
    assert (row["proves"], "no closing" in row["explanation"]) == (False, True)


def test_a_cards_own_statement_is_rolled_up(ledger_of: LedgerOf) -> None:
    own = {"account": "7911", "opened": "2026-08-26", "closed": "2026-09-25", "closing_balance": "53.45"}
    cards = [{"card": "7911", "account": "9021", "cardholder": "Ana Reyes"}]
    charges = [line | ({"account": "7911"} if line["card"] == "7911" else {}) for line in lines()]
    result = tie_out(ledger_of({"transactions": charges, "statements": [SEPTEMBER, own], "cards": cards}), "2026-09")
    assert (result.proves, result.proof["account"].to_list()) == (True, ["9021"])


def test_all_cycles_at_once_and_only_the_one_asked_for(ledger_of: LedgerOf) -> None:
    october = {"account": "9021", "opened": "2026-09-26", "closed": "2026-10-25", "closing_balance": "60.45"}
    late = {"id": "Z", "posted": "2026-10-01", "amount": "2.00", "kind": "purchase"}
    ledger = ledger_of({"transactions": lines(late), "statements": [SEPTEMBER, october]})
    assert tie_out(ledger, None).proof.select("cycle", "proves").rows() == [("2026-09", True), ("2026-10", True)]
    assert tie_out(ledger, "2026-10").proof["cycle"].to_list() == ["2026-10"]
    assert tie_out(ledger, "2026-10").payments.is_empty()


def test_the_books_may_begin_with_a_statement_without_lines(ledger_of: LedgerOf) -> None:
    august = {"account": "9021", "opened": "2026-07-26", "closed": "2026-08-25", "closing_balance": "100.00"}
    statements = [august, SEPTEMBER | {"opening_balance": None}]
    result = tie_out(ledger_of({"transactions": lines(), "statements": statements}), None)
    assert (result.proof["proves"].to_list(), result.proves) == ([True, True], True)
    late = {"account": "9021", "opened": "2026-10-26", "closed": "2026-11-25", "closing_balance": "9.00"}
    silent = tie_out(ledger_of({"transactions": lines(), "statements": [*statements, late]}), "2026-11")
    assert not silent.proves


def test_only_where_no_other_account_is_named_lines_without_one_are_the_statements(ledger_of: LedgerOf) -> None:
    bare = [{key: value for key, value in line.items() if key != "account"} for line in lines()]
    assert tie_out(ledger_of({"transactions": bare, "statements": [SEPTEMBER]}), "2026-09").proves
    other = {"id": "Z", "account": "7750", "posted": "2026-09-10", "amount": "2.00", "merchant": "ACME"}
    result = tie_out(ledger_of({"transactions": [*bare, other], "statements": [SEPTEMBER]}), "2026-09")
    assert result.proof["account"].to_list() == ["(no account)", "7750", "9021"]

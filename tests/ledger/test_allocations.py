from __future__ import annotations

from tests.ledger.conftest import LedgerOf

CHARGE = {"id": "T1", "account": "9021", "card": "7911", "date": "2026-09-01", "amount": "10.00", "merchant": "ACME"}
SITES = [{"site": "010", "name": "North", "fund": "11"}, {"site": "020", "name": "South"}]
CARDS = [{"card": "7911", "cardholder": "Ana", "site": "010"}]


def parts(ledger_of: LedgerOf, *coding: dict[str, str], **cells: str) -> list[tuple[object, ...]]:
    ledger = ledger_of({"transactions": [CHARGE | cells], "sites": SITES, "cards": CARDS, "coding": list(coding)})
    return ledger.allocations.select("line_no", "amount_cents", "site", "fund", "source").rows()


def test_without_coding_the_transaction_speaks_then_the_card(ledger_of: LedgerOf) -> None:
    assert parts(ledger_of) == [("1", 1000, "010", "11", "card")]
    assert parts(ledger_of, site="020", fund="60") == [("1", 1000, "020", "60", "transaction")]


def test_coding_speaks_first_and_what_it_leaves_is_a_line_of_its_own(ledger_of: LedgerOf) -> None:
    coding = {"transaction": "T1", "line_no": "1", "amount": "7.50", "site": "020", "fund": "511"}
    assert parts(ledger_of, coding) == [("1", 750, "020", "511", "coding"), ("rest", 250, "010", "11", "card")]
    assert parts(ledger_of, coding | {"amount": "12.00"})[1] == ("rest", -200, "010", "11", "card")
    assert parts(ledger_of, coding | {"amount": "10.00"}) == [("1", 1000, "020", "511", "coding")]


def test_reports_can_say_where_site_and_fund_came_from(ledger_of: LedgerOf) -> None:
    coding = [
        {"transaction": "T1", "line_no": "1", "amount": "4.00", "site": "010"},
        {"transaction": "T1", "line_no": "2", "amount": "6.00", "site": "020"},
    ]
    tables = {"transactions": [CHARGE], "sites": SITES, "cards": CARDS}
    plain, coded = ledger_of(tables), ledger_of(tables | {"coding": coding})
    columns = ("site", "site_from", "fund", "fund_from")
    assert plain.transactions.select(columns).rows() == [("010", "card", "11", "site")]
    assert coded.transactions.select(columns).rows() == [("020", "coding", None, None)]


def test_coding_that_does_not_fit_is_a_question(ledger_of: LedgerOf) -> None:
    coding = [
        {"transaction": "T1", "line_no": "1", "amount": "7.50"},
        {"transaction": "T9", "line_no": "1", "amount": "1.00"},
    ]
    questions = ledger_of({"transactions": [CHARGE], "coding": coding}).questions
    assert questions["id"].to_list() == ["T1", "T9"]
    assert "7.50" in questions["question"][0]


def test_memo_lines_have_no_part(ledger_of: LedgerOf) -> None:
    assert parts(ledger_of, memo="true") == []

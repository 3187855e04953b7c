from __future__ import annotations

from typing import Any

import pytest

from pcard.ledger.statements import tie_out
from tests.ledger.conftest import LedgerOf

CHARGES = [
    {"id": "A", "account": "9021", "posted": "2026-08-10", "amount": "70.00", "merchant": "ACME"},
    {"id": "B", "account": "9021", "posted": "2026-08-11", "amount": "30.00", "merchant": "BOLT"},
    {"id": "P", "account": "9021", "posted": "2026-09-10", "amount": "-70.00", "merchant": "PAYMENT THANK YOU"},
]
AUGUST = {
    "account": "9021",
    "opened": "2026-07-26",
    "closed": "2026-08-25",
    "opening_balance": "0",
    "closing_balance": "100.00",
}
SEPTEMBER = {"account": "9021", "opened": "2026-08-26", "closed": "2026-09-25", "closing_balance": "30.00"}


def explained(ledger_of: LedgerOf, disputes: list[dict[str, Any]], **cells: str) -> tuple[str | None, bool]:
    ledger = ledger_of({"transactions": CHARGES, "statements": [AUGUST, SEPTEMBER | cells], "disputes": disputes})
    (row,) = tie_out(ledger, "2026-09").proof.rows(named=True)
    return row["explanation"], row["proves"]


def test_a_bill_paid_short_is_explained_by_the_dispute(ledger_of: LedgerOf) -> None:
    words, proves = explained(ledger_of, [{"transaction": "B", "opened": "2026-08-20"}])
    assert (words, proves) == ("the bill was paid short by 30.00: the disputed charge B", True)


@pytest.mark.parametrize("dispute", [{"opened": "2026-10-01"}, {"opened": "2026-08-01", "final": "2026-08-20"}])
def test_a_dispute_that_is_not_open_explains_nothing(ledger_of: LedgerOf, dispute: dict[str, str]) -> None:
    assert explained(ledger_of, [{"transaction": "B"} | dispute]) == (None, True)


def test_a_closing_that_leaves_the_disputed_charge_out_proves(ledger_of: LedgerOf) -> None:
    words, proves = explained(ledger_of, [{"transaction": "B", "opened": "2026-08-20"}], closing_balance="0.00")
    assert (words, proves) == ("the difference of 30.00 is the disputed charge B", True)


def test_any_other_difference_does_not(ledger_of: LedgerOf) -> None:
    words, proves = explained(ledger_of, [{"transaction": "B", "opened": "2026-08-20"}], closing_balance="29.00")
    assert (words, proves) == ("the difference of 1.00 is explained by nothing here", False)

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.frames import STATEMENTS, TRANSACTIONS
from pcard.ledger.cycles import closings
from pcard.periods import cycle_closing
from tests.ledger.conftest import LedgerOf

STATEMENT = {"account": "9021", "opened": "2026-08-26", "closed": "2026-09-25", "closing_balance": "0"}


def charge(name: str, posted: str, account: str | None = "9021") -> dict[str, str | None]:
    return {"id": name, "account": account, "posted": posted, "amount": "1.00", "merchant": "ACME"}


def cycles_of(
    ledger_of: LedgerOf, *charges: dict[str, str | None], closing_day: int | None = None, **tables: list[dict[str, str]]
) -> dict[str, str]:
    ledger = ledger_of({"transactions": charges, **tables}, closing_day=closing_day)
    return dict(ledger.transactions.select("transaction_id", "cycle").rows())


def test_the_statement_of_the_account_decides(ledger_of: LedgerOf) -> None:
    charges = [charge("A", "2026-08-26"), charge("B", "2026-09-25"), charge("C", "2026-09-10", None)]
    assert cycles_of(ledger_of, *charges, statements=[STATEMENT]) == dict.fromkeys("ABC", "2026-09")


def test_beyond_the_statements_cycles_close_as_the_last_one_did(ledger_of: LedgerOf) -> None:
    found = cycles_of(ledger_of, charge("A", "2026-08-25"), charge("B", "2026-09-26"), statements=[STATEMENT])
    assert found == {"A": "2026-08", "B": "2026-10"}


def test_a_closing_day_or_else_the_month(ledger_of: LedgerOf) -> None:
    assert cycles_of(ledger_of, charge("A", "2026-09-16"), closing_day=15) == {"A": "2026-10"}
    assert cycles_of(ledger_of, charge("A", "2026-09-16")) == {"A": "2026-09"}


def test_two_closings_in_a_month_are_told_apart(ledger_of: LedgerOf) -> None:
    early = {"account": "7750", "opened": "2026-08-06", "closed": "2026-09-05"}
    ledger = ledger_of(
        {
            "transactions": [charge("A", "2026-09-02", "7750"), charge("B", "2026-09-02")],
            "statements": [STATEMENT, early],
        }
    )
    assert ledger.transactions["cycle"].to_list() == ["2026-09", "2026-09b"]
    assert ledger.cycles["closed"].to_list() == [date(2026, 9, 5), date(2026, 9, 25)]
    assert dict(ledger.statements.select("account", "cycle").rows()) == {"7750": "2026-09", "9021": "2026-09b"}


def test_a_bank_statement_makes_no_cycle(ledger_of: LedgerOf) -> None:
    bank = {"account": "3308", "kind": "bank", "closed": "2026-07-31"}
    ledger = ledger_of({"statements": [bank]})
    assert ledger.cycles.is_empty()
    assert ledger.statements["cycle"].to_list() == [None]


@pytest.mark.parametrize(
    ("closing_day", "opened", "closed"),
    [
        (31, date(2026, 2, 1), date(2026, 2, 28)),
        (15, date(2026, 1, 16), date(2026, 2, 15)),
        (30, date(2026, 1, 31), date(2026, 2, 28)),
    ],
)
def test_a_cycle_opens_the_day_after_the_one_before(
    ledger_of: LedgerOf, closing_day: int, opened: date, closed: date
) -> None:
    ledger = ledger_of({"transactions": [charge("A", "2026-02-10")]}, closing_day=closing_day)
    assert ledger.cycles.select("opened", "closed").rows() == [(opened, closed)]


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 31))
def test_closings_agree_with_periods(day: date, closing_day: int) -> None:
    names = {"transaction_id": ["A"], "posted": [day], "account": ["9021"], "card": ["1"]}
    frame = pl.DataFrame(names, {name: TRANSACTIONS.schema[name] for name in names})
    assert closings(frame, STATEMENTS.empty(), closing_day)["closed"].to_list() == [cycle_closing(day, closing_day)]

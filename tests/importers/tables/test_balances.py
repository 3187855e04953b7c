"""What an export says of its account in the rows around its table, and the month it lets us prove."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.importers.tables.delimited import extract_with
from pcard.importers.tables.profiles import load_profile
from pcard.ledger.assemble import assemble
from pcard.ledger.normalise import Normalised, normalise
from pcard.ledger.statements import tie_out

PROFILE = """
format: pcard-profile/1
id: harbor-cycle
title: Harbor Bank, one cycle with its balances
table: transactions
columns: {id: Reference, date: Date, merchant: Merchant, amount: Amount, account: Account}
dates: mdy
statement:
  account: 'Account ending in ([0-9]{4})'
  opened: 'Cycle ([0-9/]{10}) to'
  closed: 'Cycle [0-9/]{10} to ([0-9/]{10})'
  opening_balance: 'Previous balance \\| ([0-9.,]+)'
  closing_balance: 'New balance \\| ([0-9.,]+)'
  credit_limit: 'Credit limit \\| ([0-9.,]+)'
  minimum_due: 'Minimum due \\| ([0-9.,]+)'
  due: 'Pay by ([0-9/]{10})'
"""
HEAD = """Account ending in 4471,,,,
Cycle 09/01/2026 to 09/30/2026,,,,
Previous balance,"1,200.00",,,
Credit limit,"5,000.00",,,
Reference,Date,Merchant,Amount,Account
A1,09/14/2026,QUILL CORNER,18.40,4471
A2,09/20/2026,PAPERLAND,"1,000.00",4471
A3,09/22/2026,PAPERLAND RETURN,-100.00,4471
A4,09/25/2026,PAYMENT - THANK YOU,"-1,200.00",4471
"""
FOOT = "New balance,918.40,,,\nMinimum due,25.00,,,\nPay by 10/25/2026,,,,\n"


@pytest.fixture
def read(tmp_path: Path) -> Normalised:
    return _read(tmp_path, HEAD + FOOT)


def _read(folder: Path, text: str) -> Normalised:
    (folder / "p.yaml").write_text(PROFILE, encoding="utf-8")
    document = document_of("cycle.csv", text.encode())
    return normalise(extract_with(document, load_profile(folder / "p.yaml")), document)


def test_the_rows_around_the_table_are_a_statement(read: Normalised) -> None:
    assert not errors_of(read.faults)
    (row,) = read.records["statements"].iter_rows(named=True)
    told = {name: str(row[name]) for name in ("account", "kind", "opened", "closed", "due")}
    assert told == {
        "account": "4471", "kind": "card", "opened": "2026-09-01", "closed": "2026-09-30", "due": "2026-10-25",
    }  # fmt: skip
    cents = ("opening_balance_cents", "closing_balance_cents", "credit_limit_cents", "minimum_due_cents")
    assert [row[name] for name in cents] == [120_000, 91_840, 500_000, 2_500]
    assert (read.accepted, read.statements) == (4, 1)


def test_the_month_is_proved_by_them(read: Normalised) -> None:
    assert tie_out(assemble(read.records), "2026-09").proves


def test_a_balance_that_its_lines_do_not_reach_does_not_prove(tmp_path: Path) -> None:
    read = _read(tmp_path, HEAD + FOOT.replace("918.40", "918.41"))
    assert not tie_out(assemble(read.records), "2026-09").proves


def test_without_a_closing_day_there_is_no_statement(tmp_path: Path) -> None:
    read = _read(tmp_path, HEAD.replace("Cycle 09/01/2026 to 09/30/2026", "September") + FOOT)
    assert read.statements == 0
    assert read.accepted == 4

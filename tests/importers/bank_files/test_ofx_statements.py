"""The skeleton made well-formed, and what ofxparse makes of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pcard.documents import Document
from pcard.errors import Refused
from pcard.importers.bank_files.ofx_scan import cut
from pcard.importers.bank_files.ofx_statements import Account, accounts, statuses, well_formed

DOCUMENT = Document("a.ofx", b"", "")


def named(text: str) -> list[Account]:
    return accounts(well_formed(text, DOCUMENT), cut(text, DOCUMENT).sections, DOCUMENT)


def statement(tag: str, number: str, inner: str = "") -> str:
    return f"<{tag}STMTRS><CURDEF>USD<{tag}ACCTFROM><ACCTID>{number}</{tag}ACCTFROM>{inner}</{tag}STMTRS>"


def test_leaves_are_closed_and_empty_ones_dropped() -> None:
    whole = well_formed("<OFX><A>1\n<B><C></C><D/><E>x & y &amp; z</E><F>\n</OFX>", DOCUMENT)
    assert whole == "<OFX><A>1</A><E>x &amp; y &amp; z</E></OFX>"


@given(st.text("<>/ABX& \n1", max_size=60))
def test_whatever_comes_is_well_formed(noise: str) -> None:
    whole = well_formed(f"<OFX>{noise}</OFX>", DOCUMENT)
    assert etree.fromstring(f"<all>{whole}</all>").tag == "all"


def test_accounts_come_in_the_order_of_their_sections() -> None:
    text = (
        "<OFX>"
        + statement("CC", "1111")
        + statement("", "2222")
        + statement("INV", "3333")
        + statement("CC", "4444")
        + "</OFX>"
    )
    assert [(one.kind, one.last_four) for one in named(text)] == [
        ("card", "1111"), ("bank", "2222"), ("investment", "3333"), ("card", "4444"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "digits"),
    [("411111******1111", "1111"), ("1452687~7", "6877"), ("098-121", "8121"), ("12", "12"), ("SAVINGS-A", "GS-A")],
)
def test_four_digits_of_an_account(number: str, digits: str) -> None:
    assert named(f"<OFX>{statement('', number)}</OFX>")[0].last_four == digits


def test_days_are_the_bank_s_and_balances_exact() -> None:
    inner = (
        "<BANKTRANLIST><DTSTART>20260601000000[+14:X]<DTEND>20260630235959[-11:Y]</BANKTRANLIST>"
        "<LEDGERBAL><BALAMT>-1.234,50<DTASOF>20260701</LEDGERBAL>"
    )
    (account,) = named(f"<OFX>{statement('CC', '1111', inner)}</OFX>")
    assert (account.opened, account.closed) == (date(2026, 6, 1), date(2026, 6, 30))
    assert account.balance == Decimal("-1234.50")
    assert not account.unread


@pytest.mark.parametrize("amount", ["None", "null", "NaN", "1e3", "1,234", "$5"])
def test_an_unreadable_balance_is_none_and_said(amount: str) -> None:
    inner = f"<LEDGERBAL><BALAMT>{amount}<DTASOF>20260630</LEDGERBAL>"
    (account,) = named(f"<OFX>{statement('CC', '1111', inner)}</OFX>")
    assert (account.balance, account.unread, account.closed) == (None, True, date(2026, 6, 30))


def test_every_status_is_seen() -> None:
    text = "<OFX><STATUS><CODE>0<SEVERITY>INFO</STATUS><STATUS><CODE>2003<SEVERITY>Warn<MESSAGE>late</STATUS></OFX>"
    assert [(one.code, one.severity, one.message) for one in statuses(well_formed(text, DOCUMENT))] == [
        ("0", "INFO", ""), ("2003", "WARN", "late"),
    ]  # fmt: skip


def test_what_ofxparse_raises_becomes_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise UnboundLocalError

    monkeypatch.setattr("ofxparse.OfxParser.parse", broken)
    with pytest.raises(Refused, match="cannot be read"):
        named(f"<OFX>{statement('CC', '1111')}</OFX>")

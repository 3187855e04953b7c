"""One transaction at a time: kinds, entities, currencies, corrections."""

from __future__ import annotations

from typing import Any

import pytest

from pcard.documents import Document
from pcard.frames import Extract
from pcard.importers.bank_files.ofx import Ofx
from pcard.ledger.normalise import normalise


def extract(*blocks: str, message: str = "CC", account: str = "XXXX2718") -> Extract:
    text = (
        f"<OFX><{message}STMTRS><CURDEF>USD<{message}ACCTFROM><ACCTID>{account}</{message}ACCTFROM><BANKTRANLIST>"
        + "".join(f"<STMTTRN><DTPOSTED>20260901{block}</STMTTRN>" for block in blocks)
        + f"</BANKTRANLIST></{message}STMTRS></OFX>"
    )
    return Ofx().extract(Document("a.ofx", text.encode(), ""))


def only(block: str, table: str = "transactions", message: str = "CC") -> dict[str, Any]:
    (row,) = extract(block, message=message).lines[table].iter_rows(named=True)
    return row


@pytest.mark.parametrize(
    ("type_", "amount", "name", "kind"),
    [
        ("DEBIT", "-5.00", "STORE", "purchase"), ("pos", "-5", "STORE", "purchase"), ("OTHER", "-5", "X", "purchase"),
        ("CREDIT", "5.00", "STORE", "credit"), ("DEBIT", "5.00", "STORE", "credit"), ("", "5.00", "STORE", "credit"),
        ("PAYMENT", "5.00", "STORE", "payment"), ("CREDIT", "5.00", "Auto-Pay 0917", "payment"),
        ("CREDIT", "5.00", "PAYMENT RECEIVED", "payment"), ("PAYMENT", "-5.00", "WATER UTILITY", "purchase"),
        ("DEBIT", "-5.00", "PAYMENT SYSTEMS INC", "purchase"), ("FEE", "-5.00", "LATE FEE", "fee"),
        ("SRVCHG", "5.00", "FEE WAIVED", "fee"), ("INT", "-5.00", "INTEREST", "finance_charge"),
        ("INT", "5.00", "INTEREST", "finance_charge"), ("CASH", "-5.00", "BRANCH", "cash_advance"),
        ("ATM", "-5.00", "MAIN ST", "cash_advance"), ("CHECK", "-5.00", "1001", "convenience_check"),
        ("DEBIT", "0.00", "AUTHORISATION", "purchase"), ("DEBIT", "-5.00", "LATE FEE", "fee"),
        ("OTHER", "-5.00", "INTEREST CHARGE ON PURCHASES", "finance_charge"),
        ("DEBIT", "-5.00", "CASH ADVANCE", "cash_advance"), ("DEBIT", "-5.00", "CASH ADVANCE FEE", "fee"),
        ("XFER", "-5.00", "BALANCE TRANSFER", "transfer"), ("XFER", "5.00", "AUTOPAY", "payment"),
        ("CREDIT", "5.00", "REBATE CREDIT", "rebate"), ("DEBIT", "-5.00", "FEEDING AMERICA", "purchase"),
    ],
)  # fmt: skip
def test_kinds_by_type_and_sign_and_else_by_the_ledgers_words(type_: str, amount: str, name: str, kind: str) -> None:
    found = extract(f"<TRNTYPE>{type_}<TRNAMT>{amount}<NAME>{name}")
    assert normalise(found, Document("a.ofx", b"", "")).records["transactions"]["kind"].to_list() == [kind]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A &amp; B", "A & B"), ("A & B", "A & B"), ("XEROX&COPY", "XEROX&COPY"), ("M&LT MOTORS", "M&LT MOTORS"),
        ("&amp;lt;", "&lt;"), ("JOE&#39;S &#x26; SON", "JOE'S & SON"), ("&#0;&#xD800;", "&#0;&#xD800;"),
        ("&#99999999;", "&#99999999;"), ("<![CDATA[A <B> & C]]>", "A <B> & C"), ("<!-- no -->A", "A"),
    ],
)  # fmt: skip
def test_entities_are_only_what_they_claim(written: str, read: str) -> None:
    assert only(f"<TRNAMT>-1<NAME>{written}<MEMO>m")["merchant"] == read


@pytest.mark.parametrize(
    ("block", "merchant"),
    [
        ("<NAME>SHOP<MEMO>order", "SHOP"), ("<PAYEE><NAME>SHOP</NAME></PAYEE>", "SHOP"), ("<NAME/><MEMO>order", "order"),
        ("<NAME>\n<CHECKNUM>12", "CHECK 12"), ("", "CHECK"),
    ],
)  # fmt: skip
def test_every_line_has_a_merchant(block: str, merchant: str) -> None:
    assert only(f"<TRNTYPE>CHECK<TRNAMT>-1{block}")["merchant"] == merchant


def test_a_foreign_amount_is_one_currency_or_the_other() -> None:
    names = ("amount", "currency", "original_amount", "original_currency")
    money = "<CURRATE>0.73<CURSYM>CAD"
    found = [
        only(f"<TRNAMT>-10.00{block}")
        for block in ("", f"<ORIGCURRENCY>{money}</ORIGCURRENCY>", f"<CURRENCY>{money}</CURRENCY>")
    ]
    assert [tuple(row[name] for name in names) for row in found] == [
        ("-10.00", "USD", None, None),
        ("-10.00", "USD", None, "CAD"),
        ("-10.00", "CAD", "-10.00", "CAD"),
    ]


def test_a_purchase_date_is_taken_only_where_it_is_a_date() -> None:
    assert only("<TRNAMT>-1<DTUSER>20260829120000[-5:EST]")["date"] == "20260829"
    assert only("<TRNAMT>-1<DTUSER>00000000")["date"] == "20260901"


def test_merchant_codes_have_four_digits() -> None:
    assert [only(f"<TRNAMT>-1<SIC>{code}")["mcc"] for code in ("742", "5411", "0", "FOOD")] == [
        "0742",
        "5411",
        None,
        None,
    ]


def test_bank_lines_keep_the_bank_s_sign_and_words() -> None:
    row = only("<TRNTYPE>CHECK<TRNAMT>-75.00<NAME>CHECK<MEMO>to the county<CHECKNUM>0042", "bank_lines", "")
    assert (row["amount"], row["description"], row["reference"]) == ("-75.00", "CHECK to the county", "0042")


def correction(number: int, of: int, action: str) -> str:
    return f"<TRNAMT>-{number}.00<FITID>{number}<CORRECTFITID>{of}<CORRECTACTION>{action}"


@pytest.mark.parametrize(
    ("blocks", "held", "reasons"),
    [
        (["<TRNAMT>-1.00<FITID>1", correction(2, 1, "REPLACE")], ["2"], ["the bank corrected it on line 1"]),
        (
            ["<TRNAMT>-1.00<FITID>1", correction(2, 1, "DELETE")],
            [],
            ["the bank corrected it on line 1", "the bank deletes its line 1"],
        ),
        (["<TRNAMT>-1.00<FITID>1", correction(2, 1, "REPLACE"), correction(3, 2, "REPLACE")], ["3"], None),
        ([correction(2, 1, "REPLACE")], ["2"], []),
        ([correction(2, 1, "DELETE")], [], ["the bank deletes its line 1"]),
        ([correction(2, 2, "REPLACE")], ["2"], []),
    ],
)
def test_corrections_are_applied_and_never_doubled(
    blocks: list[str], held: list[str], reasons: list[str] | None
) -> None:
    found = extract(*blocks)
    lines = found.lines.get("transactions")
    assert (lines["id"].to_list() if lines is not None else []) == held
    assert reasons is None or [one.reason for one in found.skipped] == reasons
    assert len(held) + len(found.skipped) == len(blocks)


def test_a_correction_stays_within_its_account() -> None:
    first, second = "<TRNAMT>-1.00<FITID>1", correction(2, 1, "REPLACE")
    text = "".join(
        f"<CCSTMTRS><ACCTID>000{place}{block}</CCSTMTRS>"
        for place, block in enumerate(f"<STMTTRN>{block}</STMTTRN>" for block in (first, second))
    )
    found = Ofx().extract(Document("a.ofx", f"<OFX>{text}</OFX>".encode(), ""))
    assert found.lines["transactions"]["id"].to_list() == ["1", "2"]

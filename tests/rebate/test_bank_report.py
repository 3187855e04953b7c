from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pcard.documents import document_of, open_document
from pcard.errors import Refused
from pcard.rebate.bank_report import read_bank_report
from tests.rebate.conftest import ROOT

ERRORS = ROOT / "fixtures" / "errors"
LINES = """Quarterly rebate report
Entity,Entity Type,Transaction Date,Merchant,TIN,Amount,Rebate Type,Basis Points,Rebate Amount,Reference Number
Wrenfield,K-12,04/03/2026,STAPLES,04-2896127,"1,200.50",Standard,100,12.01,T1
Wrenfield,K-12,04/04/2026,STAPLES,04-2896127,(200.50),Standard,1.00%,-2.01,
Wrenfield,K-12,2026-04-05,ACME,,9000.00,Large Ticket,50 bps,45.00,T3
Total,,,,,10000.00,,,55.00,
"""
TYPES = """Rebate Type;Credits;Write-offs;Net Spend;Rate;Rebate
Standard;200.50;15.00;1000.00;100;10.00
Large Ticket;;;9000.00;0.5%;45.00
Grand Total;;;10000.00;;55.00
"""


def test_a_line_a_transaction() -> None:
    report = read_bank_report(document_of("bank.csv", LINES.encode()))
    assert report.warnings == ()
    assert report.types.is_empty()
    assert report.lines.select(
        "line", "reference", "date", "amount_cents", "type", "rate_bps", "rebate_cents"
    ).rows() == [
        (3, "T1", date(2026, 4, 3), 1200_50, "Standard", Decimal(100), 12_01),
        (4, None, date(2026, 4, 4), -200_50, "Standard", Decimal(100), -2_01),
        (5, "T3", date(2026, 4, 5), 9000_00, "Large Ticket", Decimal(50), 45_00),
    ]


def test_a_line_a_rebate_type() -> None:
    report = read_bank_report(document_of("bank.csv", TYPES.encode()))
    assert report.lines.is_empty()
    assert report.types.drop("line").rows() == [
        ("Standard", 1000_00, Decimal(100), 10_00, 200_50, 15_00),
        ("Large Ticket", 9000_00, Decimal(50), 45_00, None, None),
    ]


@pytest.mark.parametrize("code", ["bank-report-unknown", "bank-report-unreadable", "bank-report-total"])
def test_each_fault_has_a_broken_report_that_shows_it(code: str, golden: Callable[[Path, str], None]) -> None:
    path = ERRORS / f"{code}.csv"
    try:
        faults = read_bank_report(open_document(path)).warnings
    except Refused as refused:
        faults = refused.faults
    assert {fault.code for fault in faults} == {code}
    golden(path.with_suffix(".txt"), "\n".join(map(str, faults)) + "\n")

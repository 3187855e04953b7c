from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pcard.documents import document_of
from pcard.importers import read
from pcard.importers.tables.delimited import Delimited
from pcard.importers.tables.profiles import load_profiles
from pcard.ledger.normalise import normalise
from pcard.rebate.accruals import accrue_periods
from pcard.rebate.bank_report import _label, report_of, reports_of
from pcard.rebate.comparison import reported_by_period
from tests.rebate.conftest import Charges, ProgramOf

FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"
PROFILES = load_profiles()
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


def records(text: str, name: str) -> pl.DataFrame:
    document = document_of(name, text.encode())
    found = normalise(read(document, profiles=PROFILES, importers=[Delimited()]), document)
    assert found.faults == ()
    return found.records["rebate_reports"]


def test_a_line_a_transaction() -> None:
    report = report_of(records(LINES, "bank.csv"), "bank.csv")
    assert report.types.is_empty()
    assert report.lines.select(
        "line", "reference", "date", "amount_cents", "type", "rate_bps", "rebate_cents"
    ).rows() == [
        (3, "T1", date(2026, 4, 3), 1200_50, "Standard", Decimal(100), 12_01),
        (4, None, date(2026, 4, 4), -200_50, "Standard", Decimal(100), -2_01),
        (5, "T3", date(2026, 4, 5), 9000_00, "Large Ticket", Decimal(50), 45_00),
    ]


def test_a_line_a_rebate_type() -> None:
    report = report_of(records(TYPES, "bank.csv"), "bank.csv")
    assert report.lines.is_empty()
    assert report.types.drop("line").rows() == [
        ("Standard", 1000_00, Decimal(100), 10_00, 200_50, 15_00),
        ("Large Ticket", 9000_00, Decimal(50), 45_00, None, None),
    ]


def test_a_report_finds_its_period_by_its_lines_or_by_name(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1000_00, "day": date(2026, 4, 3)}, {"cents": 5_00, "day": date(2026, 7, 1)})
    accruals = accrue_periods(frame, [program_of(FLAT)])
    dated, named = (
        records(LINES, "lines.csv"),
        records(TYPES.replace("Write-offs;", "Quarter;").replace(";15.00;", ";Q3 2026;"), "types.csv"),
    )
    found, asked = reports_of(pl.concat([dated, named]), accruals)
    assert {key: report.name for key, report in found.items()} == {
        ("example", "2026Q2"): "lines.csv", ("example", "2026Q3"): "types.csv",
    }  # fmt: skip
    assert asked == []
    assert reported_by_period(dated, accruals)[0] == {("example", "2026Q2"): 55_00}


def test_what_cannot_be_placed_is_asked(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1000_00, "day": date(2026, 4, 3)})
    accruals = accrue_periods(frame, [program_of(FLAT)])
    reports = pl.concat([records(LINES, "a.csv"), records(LINES, "b.csv"), records(TYPES, "c.csv")])
    found, asked = reports_of(reports, accruals)
    assert [report.name for report in found.values()] == ["a.csv"]
    assert [question.split(":")[0] for question in asked] == ["b.csv", "c.csv"]
    both = [*accruals, *accrue_periods(frame, [program_of(FLAT, id="other")])]
    assert "of which program is this report, example, other?" in reports_of(records(LINES, "a.csv"), both)[1][0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2026Q2", "2026Q2"), ("Q2 2026", "2026Q2"), ("2Q26", "2026Q2"), ("2026-Q2", "2026Q2"), (" FY2027 ", "FY2027")],
)
def test_a_quarter_however_it_is_written(written: str, meant: str) -> None:
    assert _label(written) == meant

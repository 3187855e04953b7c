"""One report in every format: the same figures, and hostile text inert in each."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date
from html.parser import HTMLParser

import fastexcel
import polars as pl
import pytest

from pcard.reports.files import render_files
from pcard.reports.report import Chart, Figure, Heading, Listing, Report, Section
from pcard.schema import Kind

HOSTILE = (
    '<script>alert("x")</script>',
    '=HYPERLINK("http://example.invalid")',
    "@SUM(A1)",
    "\x1b[2J\u202egpj.exe",
    "[bold]not markup[/]",
)
AMOUNTS = (1234567, -5, 0, 99, 250001)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    frame = pl.DataFrame(
        {
            "merchant": HOSTILE,
            "amount_cents": AMOUNTS,
            "on": [date(2026, 5, day) for day in range(1, 6)],
            "card": ["0007", "0420", None, "9999", "1e10"],
            "sure": [0.5, 1.0, None, 0.25, 0.999],
        }
    )
    headings = (
        Heading("merchant", "Merchant", wide=True),
        Heading("amount_cents", "Amount", Kind.MONEY, total=True),
        Heading("on", "On", Kind.DATE),
        Heading("card", "Card"),
        Heading("sure", "How sure", Kind.NUMBER),
    )
    listing = Listing("charges", "Charges", headings, frame, "No charges.")
    empty = Listing("nothing", "Nothing", headings, frame.clear(), "Nothing here.")
    chart = Chart("By merchant", Kind.MONEY, tuple(zip(HOSTILE, AMOUNTS, strict=True)))
    figures = (Figure("Total", sum(AMOUNTS), Kind.MONEY), Figure("Proves", value=True, kind=Kind.FLAG, tone="good"))
    section = Section("one", "One", HOSTILE[0], figures, (chart,), (listing, empty))
    report = Report("Month", HOSTILE[0], "2026-05", date(2026, 6, 1), (section,), (Figure("Head", "ab", Kind.TEXT),))
    return render_files(report, ("html", "xlsx", "csv", "json"))


def test_json_has_decimal_text_and_iso_dates(files: dict[str, bytes]) -> None:
    section = json.loads(files["report.json"])["sections"]["one"]
    assert section["figures"] == {"Total": "14846.62", "Proves": True}
    assert [row["amount"] for row in section["tables"]["charges"]] == ["12345.67", "-0.05", "0.00", "0.99", "2500.01"]
    assert section["tables"]["charges"][0]["on"] == "2026-05-01"


def test_csv_is_inert_in_a_spreadsheet_and_numbers_stay_numbers(files: dict[str, bytes]) -> None:
    text = files["csv/charges.csv"].decode()
    lines = text.splitlines()
    assert lines[0] == "merchant,amount,on,card,sure"
    assert lines[2].startswith("\"'=HYPERLINK(")
    assert ",-0.05," in lines[2]
    assert lines[3].startswith("'@SUM")


def test_workbook_has_typed_cells_and_no_formula(files: dict[str, bytes]) -> None:
    book = fastexcel.read_excel(files["report.xlsx"])
    assert book.sheet_names == ["Overview", "Charts", "Charges", "Nothing"]
    sheet = book.load_sheet("Charges").to_polars()
    assert sheet["Amount"].to_list()[:5] == [12345.67, -0.05, 0.0, 0.99, 2500.01]
    assert sheet["Amount"].to_list()[5] == 14846.62
    assert sheet["Card"].to_list()[:2] == ["0007", "0420"]
    assert sheet["Merchant"].to_list()[1] == HOSTILE[1]
    parts = zipfile.ZipFile(io.BytesIO(files["report.xlsx"]))
    sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    formulas = [formula for sheet in sheets for formula in re.findall("<f>(.*?)</f>", sheet)]
    assert formulas == ["SUBTOTAL(109,[Amount])"]  # our own total row
    assert not any("hyperlink" in sheet.lower() and "<hyperlink" in sheet for sheet in sheets)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]


def test_html_is_self_contained_and_runs_nothing(files: dict[str, bytes]) -> None:
    text = files["report.html"].decode()
    reader = _Reader()
    reader.feed(text)
    assert "script" not in reader.tags
    assert all(address.startswith("#") for address in reader.addresses)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J" in text
    assert "14,846.62" in text
    assert "12,345.67" in text
    assert "Nothing here." in text


def test_the_same_report_gives_the_same_bytes(files: dict[str, bytes]) -> None:
    assert set(files) == {"report.html", "report.xlsx", "report.json", "csv/charges.csv", "csv/nothing.csv"}

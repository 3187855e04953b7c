from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pcard.documents import Document, document_of
from pcard.errors import Refused, errors_of
from pcard.frames import Extract
from pcard.importers.tables import workbooks
from pcard.importers.tables.sheets import foreign_kind, grids_of, head_of
from pcard.ledger.normalise import normalise

ROOT = Path(__file__).resolve().parents[3]
ERRORS = ROOT / "fixtures" / "errors"
# The faults of tables and workbooks: each has a broken file, and beside it what is said of it.
CODES = (
    "archive-bomb", "archive-no-workbook", "archive-part-twice", "archive-too-large", "archive-too-many-parts",
    "cell-boolean", "cell-error", "cell-formula", "cell-formula-empty", "column-missing", "column-nested",
    "columns-too-many", "date-order-ambiguous", "debit-and-credit", "decimal-mark-ambiguous", "encoding-broken",
    "encoding-guessed", "encoding-unmarked", "field-too-long", "file-foreign", "file-not-text", "header-missing",
    "heading-twice", "layout-unknown", "nul-in-text", "parquet-unreadable", "quote-misplaced",
    "quote-swallows-lines", "quote-unbalanced", "row-too-narrow", "row-too-wide", "rows-ragged", "sheet-out-of-range",
    "sheet-too-large", "sign-by-majority", "sign-word-unheard", "sign-word-unknown", "table-foreign", "workbook-damaged",
    "workbook-doctype", "workbook-locked", "workbook-unreadable",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_each_fault_says_where_what_and_the_cure(
    code: str, read_path: Callable[[Path], Extract], golden: Callable[[Path, str], None]
) -> None:
    (path,) = [path for path in ERRORS.glob(f"{code}.*") if path.suffix != ".txt"]
    said = [fault for fault in read_path(path).faults if fault.code == code]
    assert said, f"{path.name} has no fault {code}"
    golden(path.with_suffix(".txt"), "".join(f"{fault}\n" for fault in said))


def book(*rows: tuple[object, ...], formats: dict[str, object] | None = None) -> bytes:
    """Write rows to a workbook; a date is a cell with a date's format, a number is none."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, formats or {})
    day = workbook.add_format({"num_format": "mm/dd/yyyy"})
    sheet = workbook.add_worksheet()
    for line, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(line, place, cell, day)
            elif cell is not None:
                sheet.write(line, place, cell)
    workbook.close()
    return out.getvalue()


HEADER = ("Date", "Merchant", "Amount")


def test_a_workbooks_cells_are_text_with_days_and_decimals(read_text: Callable[..., Extract]) -> None:
    content = book(
        HEADER,
        (date(2026, 9, 1), "OAK", 0.1 + 0.2),
        (date(2026, 9, 2), "00042", 1234.3499999999999),
        (46268, "serial", 10.005),
        ("2026-09-04", "text", "-12.50"),
    )
    lines = read_text(content, "card.xlsx").lines["transactions"]
    assert lines.rows() == [
        (2, "2026-09-01", "OAK", "0.3"),
        (3, "2026-09-02", "00042", "1234.35"),
        (4, "2026-09-03", "serial", "10.005"),
        (5, "2026-09-04", "text", "-12.50"),
    ]


def test_days_are_counted_from_1904_where_the_workbook_says_so(read_text: Callable[..., Extract]) -> None:
    content = book(HEADER, (44805, "serial", 1), (date(2026, 9, 1), "day", 1), formats={"date_1904": True})
    assert read_text(content, "card.xlsx").lines["transactions"]["date"].to_list() == ["2026-09-02", "2026-09-01"]


def test_odd_cells_are_found_where_the_reader_leaves_out_columns(read_text: Callable[..., Extract]) -> None:
    content = book((None, *HEADER), (None, "2026-09-01", "OAK", True), (None, "2026-09-02", "ELM", 1.5))
    assert [str(fault.place) for fault in read_text(content, "card.xlsx").faults] == ["card.xlsx:2:3 (Amount)"]


def test_every_sheet_counts_its_rows_on_from_the_one_before() -> None:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    for name in ("one", "empty", "two"):
        sheet = workbook.add_worksheet(name)
        if name != "empty":
            sheet.write_column(0, 0, [name, "a", "b"])
    workbook.close()
    grids = grids_of(document_of("three.xlsx", out.getvalue()))
    assert [(grid.name, grid.lines.to_list()) for grid in grids] == [
        ("one", [1, 2, 3]),
        ("empty", []),
        ("two", [4, 5, 6]),
    ]


def test_rows_of_a_sheet_with_another_layout_are_listed(read_text: Callable[..., Extract]) -> None:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    card, notes = workbook.add_worksheet("Card"), workbook.add_worksheet("Notes")
    for line, cells in enumerate((HEADER, ("2026-09-01", "OAK", 5.4))):
        card.write_row(line, 0, cells)
    notes.write_column(0, 0, ["call the bank", None, "twice"])
    workbook.close()
    extract = read_text(out.getvalue(), "card.xlsx")
    assert extract.lines["transactions"].height == 1
    assert [(row.line, row.reason, row.text) for row in extract.skipped] == [
        (3, "sheet 'Notes' has another layout", "call the bank"),
        (5, "sheet 'Notes' has another layout", "twice"),
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no memory limit for a process")
def test_a_reader_that_dies_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text("import os\nos.abort()\n", encoding="utf-8")
    monkeypatch.setattr(workbooks, "_CHILD", child)
    with pytest.raises(Refused, match="malformed or needs too much memory"):
        grids_of(document_of("dies.xlsx", book(HEADER, ("2026-09-01", "OAK", 5.4))))


def test_armour_and_escapes_are_undone() -> None:
    (grid,) = grids_of(document_of("a.csv", b'code,note\n="00123",\'=1+1\n"=""0042""",\'-5\n\'-x,\' kept\n'))
    assert grid.frame.rows()[1:] == [("00123", "=1+1"), ("0042", "'-5"), ("-x", "' kept")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(newline: str) -> None:
    text = newline.join(["sep=;", "a;b", '"x', 'y";1', "", "z;2", ""])
    (grid,) = grids_of(document_of("a.csv", text.encode()))
    assert grid.lines.to_list() == [2, 3, 5, 6]
    assert grid.stated_rows == 3


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n1,6;2,6\n", ";"),
        ("a\tb\n1, x\t2\n", "\t"),
        ("a|b|c\n1|2,0|3\n", "|"),
        ("title\n\na;b;c\n1;2;3\n4;5;6\n", ";"),
    ],
)
def test_the_delimiter_is_the_one_that_cuts_rows_alike(text: str, delimiter: str) -> None:
    from pcard.importers.tables.separated import sniff_delimiter

    assert sniff_delimiter(text) == delimiter


def test_a_field_over_the_edge_of_the_first_look_does_not_hide_the_layout(read_text: Callable[..., Extract]) -> None:
    long = "\n".join(f"note {index}" for index in range(12_000))
    text = f'Date,Merchant,Amount\n2026-09-01,"{long}",5.40\n2026-09-02,OAK,1.00\n'
    assert read_text(text).lines["transactions"].height == 2
    assert head_of(Document("a.csv", text.encode(), ""))


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"%PDF-1.7", "PDF"), (b"\xff\xd8\xff\xe0", "JPEG"), (b"\x89PNG", "PNG"), (b"\xef\xbb\xbf <HTML>", "web page"),
     (b"<?xml version='1.0'?><a/>", "XML"), (b"<table><tr>", "web page"), (b"SQLite format 3\0", "database")],
)  # fmt: skip
def test_other_files_are_named(start: bytes, what: str) -> None:
    found = foreign_kind(Document("x.csv", start, ""))
    assert found
    assert what in found[0]


HOSTILE = {
    "xlsx-bombs": {
        "parse": "ok.xlsx dimension-lie.xlsx dimension-lie-small.xlsx path-traversal-part.xlsx formula-cached.xlsx"
        " text-amount.xlsx float-amount.xlsx half-cent.xlsx date-serial.xlsx date1904.xlsx hidden-row-total.xlsx"
        " rows-out-of-order.xlsx ext-link.xlsx",
    },
    "encodings": {
        "parse": "utf8.csv utf8-bom.csv cp1252.csv utf-16.csv utf-32.csv latin-1.csv double-bom.csv double-encoded.csv"
        " nul-padding.csv invalid-utf8-middle.csv newline-lf.csv newline-cr.csv newline-lf-cr.csv mixed-newlines.csv"
        " u2028-inside-field.csv header-only.csv header-case-space.csv",
    },
    "zips": {"parse": ""},
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared = Path(os.environ.get("PCARD_SHARED") or ROOT.parent / "shared")
    maker = shared / "tools" / "make_hostile_inputs.py"
    if not maker.exists():
        pytest.skip("no shared data here")
    folder = tmp_path_factory.mktemp("hostile")
    subprocess.run([sys.executable, "-W", "ignore", str(maker), str(folder)], check=True, capture_output=True)
    return folder


def test_hostile_files_meet_their_stated_fate(hostile: Path, read_path: Callable[[Path], Extract]) -> None:
    for folder, fates in HOSTILE.items():
        expected = json.loads((hostile / folder / "EXPECT.json").read_text(encoding="utf-8"))
        parsed = set()
        for name in expected:
            extract = read_path(hostile / folder / name)
            read = normalise(extract, document_of(name, b"x"))
            if extract.lines and not errors_of(read.faults):
                parsed.add(name)
            else:
                assert all(fault.cure and fault.place.source == name for fault in errors_of(read.faults)), name
        assert parsed == set(fates["parse"].split()), folder


def test_hostile_days_and_amounts(hostile: Path, read_path: Callable[[Path], Extract]) -> None:
    def column(file: str, name: str) -> list[str]:
        return read_path(hostile / "xlsx-bombs" / file).lines["transactions"][name].to_list()

    assert column("date-serial.xlsx", "date") == ["2024-01-02"]
    assert column("date1904.xlsx", "date") == ["2024-01-02"]
    assert column("float-amount.xlsx", "amount") == ["0.3", "1234.35"]
    assert column("half-cent.xlsx", "amount") == ["10.005"]


def test_a_sheet_that_is_no_zip_part_of_a_workbook_is_said_to_be_an_archive() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner.csv", "Date,Amount\n")
    with pytest.raises(Refused, match="a zip archive, not a workbook"):
        grids_of(document_of("bundle.zip", out.getvalue()))


def test_old_workbooks_are_read_too(shared: Path) -> None:
    path = shared / "data" / "raw_xls" / "PCardExpenses_201203_Final.xls"
    grids = grids_of(document_of(path.name, path.read_bytes()))
    assert [(grid.name, grid.height) for grid in grids] == [("Sheet1", 3553), ("Sheet2", 0), ("Sheet3", 0)]
    assert grids[0].frame["c2"].slice(1, 1).to_list() == ["2012-03-08"]
    assert grids[0].frame.schema == dict.fromkeys(grids[0].frame.columns, pl.String)

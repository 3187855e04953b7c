from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from pcard.documents import document_of
from pcard.errors import Refused
from pcard.frames import RECORDS, Extract
from pcard.importers.tables.canonical import NEEDS, Canonical
from pcard.ledger.normalise import normalise

FORMATS = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "canonical"
OURS = sorted(FORMATS.glob("*.csv"))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_own_files(
    path: Path,
    read_path: Callable[[Path], Extract],
    shown: Callable[[Extract], str],
    golden: Callable[[Path, str], None],
) -> None:
    extract = read_path(path)
    assert list(extract.lines) == [path.stem]
    golden(path.with_name(f"{path.name}.txt"), shown(extract))


VALUES = {
    "date": "2026-09-01",
    "amount": "5.00",
    "total": "5.00",
    "opened": "2026-09-01",
    "on": "2026-09-01",
    "out": "2026-09-01",
}


@pytest.mark.parametrize("table", NEEDS)
def test_each_table_is_known_by_what_it_must_have(table: str) -> None:
    columns = [way for need in NEEDS[table].split() for way in need.split("|")[0].split("+")]
    text = ",".join(columns) + "\n" + ",".join(VALUES.get(name, "x1") for name in columns) + "\n"
    document = document_of("table.csv", text.encode())
    assert Canonical().identify(document)
    extract = Canonical().extract(document)
    assert list(extract.lines) == [table]
    assert normalise(extract, document).accepted == 1


@pytest.mark.parametrize("table", NEEDS)
def test_each_missing_column_is_named(table: str) -> None:
    needs = [need.split("|")[0].split("+") for need in NEEDS[table].split()]
    for place, missing in enumerate(needs):
        columns = [name for need in [*needs[:place], *needs[place + 1 :]] for name in need] or ["other"]
        document = document_of("table.csv", (",".join(columns) + "\n").encode())
        with pytest.raises(Refused) as refused:
            Canonical(table).extract(document)
        (fault,) = refused.value.faults
        assert fault.code == "column-missing"
        # Where there are several ways, the shortest is named.
        assert (missing[0] if len(missing) == 1 else "file and transaction or file and card") in fault.message


def test_only_what_is_missing_is_named_with_the_nearest_heading() -> None:
    document = document_of("receipts.csv", b"id,vendor,date,totl\nR-1,Oak,2026-09-01,5.00\n")
    with pytest.raises(Refused, match=r"needs a column total \(did you mean 'totl'\?\)"):
        Canonical("receipts").extract(document)


@given(st.permutations(RECORDS["transactions"].names[1:]), st.sampled_from([str.upper, str.title, str]))
def test_order_case_and_underscores_of_headings_do_not_matter(names: list[str], written: Callable[[str], str]) -> None:
    ours = [name for name in names if name not in ("identity", "document", "line", "extra")]
    heading = ",".join(written(name).replace("_", " ") for name in ours)
    document = document_of("table.csv", f"{heading}\n{','.join('x' for _ in ours)}\n".encode())
    extract = Canonical("transactions").extract(document)
    assert set(extract.lines["transactions"].columns) == {"line", *ours}


def test_the_most_specific_table_wins_and_a_person_may_name_another() -> None:
    text = b"po_number,vendor,date,amount,status\nPO-1,Oak,2026-09-01,5.00,open\n"
    document = document_of("orders.csv", text)
    assert list(Canonical().extract(document).lines) == ["orders"]
    assert list(Canonical("ap_payments").extract(document).lines) == ["ap_payments"]


def test_a_banks_file_of_the_same_headings_is_not_ours() -> None:
    document = document_of("bank.csv", b"Date,Description,Amount\n09/01/2026,OAK,5.00\n")
    assert not Canonical().identify(document)
    assert Canonical("bank_lines").identify(document)


def test_a_line_column_of_coding_is_its_number_and_elsewhere_it_is_kept() -> None:
    coding = Canonical().extract(document_of("c.csv", b"transaction,line,amount\nT-1,1,5.00\n")).lines["coding"]
    assert coding.rows() == [(2, "T-1", "1", "5.00")]
    sites = Canonical().extract(document_of("s.csv", b"site,name,line\nelm,Elm School,9\n")).lines["sites"]
    assert sites.columns == ["line", "site", "name", "line (source)"]


def test_blank_rows_are_skipped_and_nothing_else_is() -> None:
    text = b"id,date,amount,merchant\n,,,\nT-1,2026-09-01,5.00,OAK\n\n,,5.00,Total\n"
    document = document_of("t.csv", text)
    extract = Canonical().extract(document)
    assert [(row.line, row.reason) for row in extract.skipped] == [(2, "blank"), (4, "blank")]
    read = normalise(extract, document)
    assert (read.accepted, read.refused, read.skipped) == (1, 1, 2)


def _parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def test_parquet_gives_the_same_lines_as_csv() -> None:
    frame = pl.DataFrame(
        {
            "id": ["T-1", "T-2"],
            "date": [date(2026, 9, 1), date(2026, 9, 2)],
            "posted": [datetime(2026, 9, 2, 23, 30), None],  # noqa: DTZ001  a file's time has no zone
            "amount": [Decimal("5.00"), Decimal("-12.50")],
            "merchant": ["OAK", "=ELM"],
            "mcc": [5943, None],
            "large_ticket": [True, False],
        }
    )
    lines = Canonical().extract(document_of("t.parquet", _parquet(frame))).lines["transactions"]
    assert lines.rows() == [
        (1, "T-1", "2026-09-01", "2026-09-02", "5.00", "OAK", "5943", "true"),
        (2, "T-2", "2026-09-02", None, "-12.50", "=ELM", None, "false"),
    ]


@given(st.lists(st.integers(-10_000_000, 10_000_000), min_size=1, max_size=20))
def test_amounts_come_through_parquet_to_the_cent(cents: list[int]) -> None:
    amounts = pl.Series(cents, dtype=pl.Int64).cast(pl.Decimal(18, 2)) / 100
    frame = pl.DataFrame({"date": ["2026-09-01"] * len(cents), "description": "x", "amount": amounts})
    document = document_of("b.parquet", _parquet(frame))
    records = normalise(Canonical().extract(document), document).records["bank_lines"]
    assert sorted(records["amount_cents"]) == sorted(cents)


def test_each_sheet_that_is_one_of_our_tables_is_read(read_text: Callable[..., Extract]) -> None:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    sheets: dict[str, list[tuple[str, ...]]] = {
        "sites": [("site", "name"), ("elm", "Elm School")],
        "people": [("person", "name", "site"), ("ines", "Ines Varga", "elm")],
        "notes": [("anything",)],
    }
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for line, cells in enumerate(rows):
            sheet.write_row(line, 0, cells)
    workbook.close()
    extract = read_text(out.getvalue(), "district.xlsx")
    assert {name: frame.height for name, frame in extract.lines.items()} == {"sites": 1, "people": 1}
    assert [(row.line, row.reason) for row in extract.skipped] == [(5, "sheet 'notes' has another layout")]


def test_what_pcard_exports_comes_back_the_same(read_text: Callable[..., Extract]) -> None:
    text = b"id,date,amount,merchant,description\nT-1,2026-09-01,5.00,OAK,'=SUM(A1)\nT-2,2026-09-01,-5.00,'@ELM,plain\n"
    document = document_of("t.csv", text)
    records = normalise(read_text(text, "t.csv"), document).records["transactions"]
    again = (
        RECORDS["transactions"]
        .as_text(records)
        .with_columns(
            pl.when(pl.col("description").str.starts_with("="))
            .then("'" + pl.col("description"))
            .otherwise("description")
            .alias("description")
        )
    )
    back = normalise(read_text(again.write_csv().encode(), "again.csv"), document).records["transactions"]
    kept = ["id", "date", "amount_cents", "merchant", "description", "kind"]
    assert back.select(kept).rows() == records.select(kept).rows()

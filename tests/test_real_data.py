"""The month on real public card data, without touching the files; skipped where the data is absent."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastexcel
import pytest
from click.testing import CliRunner

from pcard.cli import main


def run(*args: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def imported(workspace: Path, file: Path) -> Any:
    (document,) = run("import", "-w", str(workspace), str(file))["documents"]
    return document


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    run("init", str(tmp_path / "w"))
    return tmp_path / "w"


@pytest.mark.parametrize(("name", "rows"), [("sc_pcard_2022_01", 22_265), ("toronto_pcard", 78_741)])
def test_a_year_and_a_month_to_the_cent(shared: Path, workspace: Path, name: str, rows: int) -> None:
    file = shared / "data" / f"{name}.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        total = sum(Decimal(row["amount"]) for row in csv.DictReader(text))
    document = imported(workspace, file)
    assert (document["accepted"], document["skipped"], document["refused"]) == (rows, 0, 0)
    assert Decimal(document["amount"]) == total
    month = run("reconcile", "-w", str(workspace), "--as-of", "2022-03-01")
    assert (Path(month["reports"]) / "report.html").stat().st_size > 10_000
    checked = run("check", "-w", str(workspace), "--as-of", "2022-03-01")
    assert checked["flags"] > 0
    assert {rule["rule_id"] for rule in checked["not_evaluated"]}


@pytest.mark.parametrize(
    ("name", "rows", "total"),
    [
        ("PCardExpenses_201203_Final.xls", 2_947, "512900.92"),
        ("PCardExpenses_201212_Final.xls", 2_590, "579279.11"),
        ("PCardExpenses_201101_Final.xls", None, None),
        ("PCardExpenses_201406_final.xls", None, None),
    ],
)
def test_raw_spreadsheets_account_for_every_row(
    shared: Path, workspace: Path, name: str, rows: int | None, total: str | None
) -> None:
    file = shared / "data" / "raw_xls" / name
    document = imported(workspace, file)
    if rows:
        assert (document["accepted"], document["amount"]) == (rows, total)
    filled = 0
    book = fastexcel.read_excel(str(file))
    for sheet in book.sheet_names:
        frame = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
        filled += sum(any(cell and str(cell).strip() for cell in row) for row in frame.iter_rows())
    header_rows = filled - document["accepted"] - document["skipped"] - document["refused"]
    assert 1 <= header_rows <= 2
    assert document["refused"] == 0


def test_one_month_published_under_two_names_is_taken_once(shared: Path, workspace: Path) -> None:
    folder = shared / "data" / "raw_xls"
    first = imported(workspace, folder / "purchasecardtransactionsjune2014.xls")
    second = imported(workspace, folder / "purchasecardtransactionsmay2014.xls")
    assert first["accepted"] == second["already_present"] == 4_573
    assert second["accepted"] == 0

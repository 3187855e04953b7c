"""`pcard vendors resolve` on files and on a workspace."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from click.testing import CliRunner

from pcard.cli import main

NAMES = "line,name\n1,AMZN MKTP US*2A3B\n2,SQ *COPPER KETTLE #0412 TULSA OK\n3,\n4,AMZN MKTP US*2A3B\n5,ZEPHYR KAYAKS\n"
VENDORS = "vendor,name\n0071,Amazon Capital Services\n0072,Copper Kettle LLC\n0073,Quarry Road Hardware\n"
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>1234</CCACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260504<TRNAMT>-12.50<FITID>F1<NAME>TST* COPPER KETTLE</STMTTRN>
</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>
"""


def run(*args: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PCARD_WORKSPACE", raising=False)
    (tmp_path / "names.csv").write_text(NAMES, encoding="utf-8")
    (tmp_path / "vendors.csv").write_text(VENDORS, encoding="utf-8")
    (tmp_path / "statement.ofx").write_text(OFX, encoding="utf-8")
    return tmp_path


def written(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_out_per_row_in(folder: Path) -> None:
    told = run("vendors", "resolve", "names.csv", "--against", "vendors.csv", "--out", "v.csv")
    rows = written("v.csv")
    assert list(rows[0]) == ["name", "vendor", "vendor_name", "probability", "outcome"]
    assert [row["vendor"] for row in rows[:4]] == ["0071", "0072", "", "0071"]
    assert [row["outcome"] for row in rows] == ["accepted", "accepted", "none", "accepted", "none"]
    assert rows[4]["vendor"]
    assert (told["names"], told["accepted"], told["review"], told["none"]) == (5, 3, 0, 2)
    assert folder.joinpath("v.csv").exists()


def test_a_workbook_a_parquet_file_and_a_statement_are_read_too(folder: Path) -> None:
    pl.DataFrame({"Name": ["COPPER KETTLE"]}).write_parquet(folder / "names.parquet")
    with xlsxwriter.Workbook(str(folder / "names.xlsx")) as book:
        book.add_worksheet().write_column(0, 0, ["Merchants of May", None, "Name", "COPPER KETTLE"])
    for name in ("names.parquet", "names.xlsx", "statement.ofx"):
        run("vendors", "resolve", name, "--against", "vendors.csv", "--out", "v.xlsx")
        run("vendors", "resolve", name, "--against", "vendors.csv", "--out", "v.csv")
        assert [row["vendor"] for row in written("v.csv")] == ["0072"]


def test_what_is_missing_is_said(folder: Path) -> None:
    (folder / "other.csv").write_text("nme,price\nA,1\n", encoding="utf-8")
    (fault,) = run("vendors", "resolve", "other.csv", "--against", "vendors.csv", "--out", "v.csv", code=3)["faults"]
    assert (fault["code"], fault["line"]) == ("column-missing", 1)
    assert "nme" in fault["message"]
    (fault,) = run("vendors", "resolve", "names.csv", "--against", "other.csv", "--out", "v.csv", code=3)["faults"][:1]
    assert fault["code"] == "column-missing"
    assert not (folder / "v.csv").exists()
    assert CliRunner().invoke(main, ["vendors", "resolve", "names.csv"]).exit_code == 2


def test_without_a_list_the_workspaces_vendors_and_what_its_people_confirmed(folder: Path) -> None:
    run("init", "w")
    assert CliRunner().invoke(main, ["vendors", "resolve", "names.csv", "-w", "w", "--out", "v.csv"]).exit_code == 2
    (folder / "charges.csv").write_text(
        "id,date,amount,merchant\nT1,2026-05-04,12.50,R OKAFOR TRADING\n", encoding="utf-8"
    )
    (folder / "receipts.csv").write_text(
        "id,vendor,date,total\nR1,Quarry Road Hardware,2026-05-04,12.50\n", encoding="utf-8"
    )
    run("import", "-w", "w", "vendors.csv", "charges.csv", "receipts.csv")
    (folder / "okafor.csv").write_text("name\nSQ *R OKAFOR TRADING\n", encoding="utf-8")
    run("vendors", "resolve", "okafor.csv", "-w", "w", "--out", "v.csv")
    assert written("v.csv")[0]["outcome"] == "none"
    (charge,) = run("export", "transactions", "-w", "w")["rows"]
    run("link", "-w", "w", charge["transaction_id"], "R1")
    run("vendors", "resolve", "okafor.csv", "-w", "w", "--out", "v.csv")
    assert (written("v.csv")[0]["vendor"], written("v.csv")[0]["outcome"]) == ("0073", "accepted")
    measured = run("match", "--evaluate", "-w", "w")["evaluation"]
    assert measured["kinds"][0]["truth"] == 1


def test_a_table_of_ones_own_replaces_the_shipped_one(folder: Path) -> None:
    own = "format: pcard-merchants/1\nmerchants:\n- {name: Quarry Road, printed: [ZEPHYR KAYAKS, QUARRY ROAD*]}\n"
    (folder / "own.yaml").write_text(own, encoding="utf-8")
    run("vendors", "resolve", "names.csv", "--against", "vendors.csv", "--out", "v.csv", "--merchants", "own.yaml")
    assert (written("v.csv")[4]["vendor"], written("v.csv")[4]["outcome"]) == ("0073", "accepted")

"""The rebate commands on plain files and on a workspace."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pcard.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent
DISTRICT = ROOT / "fixtures" / "district"
PROGRAM = """format: pcard-rebate/1
program:
  id: example
  issuer: Example Bank
  title: Example terms
  effective: {from: 2026-01-01}
  period: quarter
  contract_year_starts: 01-01
  cite: {contract: "section 1"}
buckets:
- {id: large_ticket, when: {txn.amount|gte: 5000.00}, rate: {bps: 50}}
- {id: standard, rate: {bps: 100}}
prompt_pay: {table: [{days: 45, bps: 4}]}
payment: {due_days_after_period: 15}
allocation: {federal: ["51"]}
sign_on: {amount: 500.00, paid_on: 2026-01-01}
claw_back: {until: 2027-12-31}
"""
FACTS = """format: pcard-rebate-facts/1
facts: [{program: example, period: 2026Q2, average_days_to_pay: 40}]
awards: [{fund: "51", title: Title I, closed: 2026-06-30}]
ended: [{program: example, on: 2026-08-01}]
"""
CHARGES = """id,date,amount,merchant,site,fund
T1,2026-04-04,1000.00,ACME,010,11
T2,2026-05-05,6000.00,ACME,010,51
T3,2026-07-06,10.00,ACME,010,11
"""
BANK_ACCOUNT = """date,amount,description
2026-07-15,40.00,EXAMPLE BANK CARD REBATE
"""
REPORT = """Transaction Date,Merchant,Amount,Rebate Type,Basis Points,Rebate Amount,Reference Number
2026-04-04,ACME,1000.00,Standard,100,10.00,T1
2026-05-05,ACME,6000.00,Large Ticket,50,30.00,T2
"""


def pcard(*args: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("p.yaml", PROGRAM), ("facts.yaml", FACTS), ("t.csv", CHARGES), ("bank.csv", BANK_ACCOUNT), ("report.csv", REPORT),
    ):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    return ["--transactions", "t.csv", "--program", "p.yaml", "--facts", "facts.yaml", "--with", "bank_lines=bank.csv",
            "--as-of", "2026-08-05"]  # fmt: skip


def test_what_is_owed_what_came_and_what_goes_back(files: list[str], tmp_path: Path) -> None:
    told = pcard("rebate", *files, "--out", "s.csv", "--period", "2026Q2")
    assert told["total"] == "42.80"
    (settled,) = told["settlements"]
    assert (settled["received"], settled["difference"], settled["state"]) == (
        "40.00",
        "-2.80",
        "received 2.80 too little",
    )
    (back,) = told["returned"]
    assert (back["fund"], back["amount"]) == ("51", "36.69")
    assert "closed on 2026-06-30" in back["question"]
    debits = sum(float(line["debit"]) for line in told["return_journal"])
    assert debits == sum(float(line["credit"]) for line in told["return_journal"]) == pytest.approx(2 * 36.69)
    assert {row["what"]: row["amount"] for row in told["apart"]} == {"sign_on": "500.00", "sign_on_returned": "-500.00"}
    assert (tmp_path / "s.csv").read_text(encoding="utf-8").count("\n") == 3


@pytest.mark.parametrize(
    ("label", "periods"), [("FY2026", {"2026Q2", "2026Q3"}), ("2026-05", {"2026-05"}), ("2026", {"2026Q2", "2026Q3"})]
)
def test_a_period_is_its_days(files: list[str], label: str, periods: set[str]) -> None:
    told = pcard("rebate", *files, "--out", "s.csv", "--period", label)
    assert {row["period"] for row in told["accruals"] if row["volume"] != "0.00"} == periods


def test_no_period_and_no_program_are_wrong_usage(files: list[str]) -> None:
    for args in (["--out", "s.csv", "--period", "2026Q7"], ["--period", "2026Q1"]):
        assert CliRunner().invoke(main, ["rebate", *files, *args]).exit_code == 2
    assert CliRunner().invoke(main, ["rebate", "outlook", "--transactions", "t.csv"]).exit_code == 2


def test_three_figures_side_by_side_and_a_claim(files: list[str], tmp_path: Path) -> None:
    told = pcard("rebate", "compare", *files, "--bank", "report.csv", "--period", "2026Q2", "--letter", "claim.txt",
                 "--out", "d.csv", code=1)  # fmt: skip
    assert (told["earned"], told["reported"], told["received"], told["difference"]) == (
        "42.80",
        "40.00",
        "40.00",
        "2.80",
    )
    assert [row["bucket"] for row in told["buckets"] if row["difference"] != "0.00"] == ["prompt_pay"]
    assert "difference\nof 2.80" in (tmp_path / "claim.txt").read_text(encoding="utf-8")
    assert (tmp_path / "d.csv").exists()
    assert (
        CliRunner().invoke(main, ["rebate", "compare", *files, "--bank", "report.csv", "--period", "2026"]).exit_code
        == 2
    )


@pytest.mark.usefixtures("files")
def test_an_imported_report_needs_no_file_again(tmp_path: Path) -> None:
    root = tmp_path / "w"
    pcard("init", str(root))
    settings = (root / "pcard.yaml").read_text(encoding="utf-8")
    (root / "rebates" / "p.yaml").write_text(PROGRAM, encoding="utf-8")
    settings = settings.replace("programs: []", "programs: [rebates/p.yaml]")
    (root / "pcard.yaml").write_text(settings, encoding="utf-8")
    where = ["-w", str(root)]
    (document,) = pcard("import", *where, "report.csv", "t.csv")["documents"][:1]
    assert (document["importer"], document["accepted"], document["amount"]) == ("delimited:rebate-report", 2, "40.00")
    told = pcard("rebate", "compare", *where, "--period", "2026Q2")
    assert (told["earned"], told["reported"], told["difference"]) == ("40.00", "40.00", "0.00")
    assert pcard("rebate", "compare", *where, "--period", "2026Q2", "--bank", "report.csv") == told
    settled = {
        row["period"]: row["reported"] for row in pcard("rebate", *where, "--as-of", "2026-08-05")["settlements"]
    }
    assert settled == {"2026Q2": "40.00", "2026Q3": None}
    (back,) = pcard("export", "returned", *where)["rows"]
    assert (back["fund"], back["amount"]) == ("51", "34.29")
    journal = pcard("export", "return_journal", *where)["rows"]
    assert sum(Decimal(line["debit"]) for line in journal) == sum(Decimal(line["credit"]) for line in journal)
    assert [pcard("export", what, *where)["table"] for what in ("settlements", "rebates_received", "rebate_reports")]
    missing = CliRunner().invoke(main, ["rebate", "compare", *where, "--period", "2026Q3"])
    assert (missing.exit_code, "was imported: pcard import FILE" in missing.stderr) == (2, True)


def test_any_cent_is_explained_down_to_its_charges(files: list[str], tmp_path: Path) -> None:
    told = pcard(
        "rebate", "explain", *files, "--period", "2026Q2", "--part", "large_ticket", "--charge", "T1", "--out", "l.csv"
    )
    assert [(part["part"], part["amount"]) for part in told["parts"]] == [("large_ticket", "30.00")]
    assert [(line["transaction_id"], line["amount"]) for line in told["lines"]] == [("T2", "30.00")]
    assert told["charge"] == "1,000.00 in the bucket standard"
    assert (tmp_path / "l.csv").read_text(encoding="utf-8").count("\n") == 2
    whole = pcard("rebate", "explain", *files, "--period", "2026Q3")
    assert whole["year"] == {"label": "2026", "volume": "7010.00", "rebate": "42.90"}
    assert sum(Decimal(part["amount"]) for part in whole["parts"]) == Decimal(whole["total"])
    for wrong in (["--part", "other"], ["--out", "l.csv"]):
        assert CliRunner().invoke(main, ["rebate", "explain", *files, "--period", "2026Q2", *wrong]).exit_code == 2


def test_an_outlook_prints_its_assumptions(files: list[str]) -> None:
    told = pcard("rebate", "outlook", *files)
    assert told["rebate_forecasts"][0]["assumption"].startswith("not enough history")
    assert len(told["assumptions"]) == 4


def test_benchmarks_show_their_formulas(files: list[str]) -> None:
    told = pcard("rebate", "benchmark", *files, "--period", "2026Q2")
    values = {row["metric"]: row["value"] for row in told["benchmarks"]}
    assert values["rebate_bps_of_spend"] == "61.14"
    assert values["matched_untouched"] is None


def test_a_workspace_may_name_a_file_of_facts(tmp_path: Path) -> None:
    root = tmp_path / "w"
    pcard("init", str(root))
    shutil.copytree(DISTRICT / "rebates", root / "rebates", dirs_exist_ok=True)
    settings = (root / "pcard.yaml").read_text(encoding="utf-8")
    settings = settings.replace("programs: []", "programs: [rebates/tallgrass.yaml]\nrebate_facts: rebates/facts.yaml")
    (root / "pcard.yaml").write_text(settings, encoding="utf-8")
    (root / "rebates" / "facts.yaml").write_text(FACTS.replace("example", "tallgrass-2026"), encoding="utf-8")
    told = pcard("rebate", "-w", str(root))
    assert told["apart"] == []
    (root / "rebates" / "facts.yaml").write_text(FACTS, encoding="utf-8")
    assert pcard("rebate", "-w", str(root), code=3)["faults"][0]["code"] == "fact-of-no-program"


@pytest.mark.usefixtures("files")
def test_a_program_is_proved_figure_by_figure(tmp_path: Path) -> None:
    given = "given: {volumes: {standard: 1000.00}}, expect: {total: "
    (tmp_path / "p.yaml").write_text(PROGRAM + f"tests: [{{name: right, {given}10.00}}}}]\n", encoding="utf-8")
    (tmp_path / "q.yaml").write_text(PROGRAM + f"tests: [{{name: wrong, {given}10.01}}}}]\n", encoding="utf-8")
    (proved,) = pcard("rebate", "test", "p.yaml")["programs"]
    assert (proved["id"], proved["tests"], proved["failed"]) == ("example", 1, 0)
    (failed,) = pcard("rebate", "test", "q.yaml", code=1)["programs"]
    (result,) = failed["results"]
    assert result["differences"] == [{"figure": "total", "expected": "10.01", "found": "10.00"}]
    assert result["figures"]["standard"] == "10.00"
    text = CliRunner().invoke(main, ["rebate", "test", "q.yaml"])
    assert "wrong: total is 10.00, expected 10.01" in text.stdout


@pytest.mark.usefixtures("files")
def test_versions_are_checked_together(tmp_path: Path) -> None:
    (tmp_path / "later.yaml").write_text(PROGRAM.replace("from: 2026-01-01}", "from: 2027-01-01}"), encoding="utf-8")
    told = pcard("rebate", "check", "p.yaml", "later.yaml", code=3)
    (fault,) = told["faults"]
    assert (fault["code"], fault["file"], fault["line"]) == ("versions-overlap", "later.yaml", 6)
    assert pcard("rebate", "check", "p.yaml")["programs"] == ["example"]
    assert pcard("rebate", "check", "p.yaml", "facts.yaml")["programs"] == ["example"]
    (tmp_path / "facts.yaml").write_text(FACTS.replace("2026Q2", "2026Q5"), encoding="utf-8")
    assert pcard("rebate", "check", "p.yaml", "facts.yaml", code=3)["faults"][0]["code"] == "fact-of-no-period"
    assert pcard("rebate", "schema")["title"] == "pcard-rebate/1"


def test_without_files_the_workspaces_programs_are_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pcard("rebate", "test", code=3)  # neither a file nor a workspace
    pcard("init", "w")
    monkeypatch.chdir(tmp_path / "w")
    assert pcard("rebate", "test")["programs"] == []

"""`pcard match --evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pcard.cli import main

FILES = {
    "t.csv": "id,date,amount,merchant,cardholder,card\nT1,2026-05-04,12.50,ACME TOOL,Ana Ruiz,1234\nT2,2026-05-05,99.10,SQ *CAFE,Ana Ruiz,1234\n",
    "r.csv": "id,vendor,date,total,cardholder\nR1,Acme Tool,2026-05-04,12.50,Ana Ruiz\nR2,Cafe,2026-05-05,99.10,Ana Ruiz\n",
    "truth.csv": "Evidence kind,transaction_id,evidence_id,how\nreceipt,T1,R1,seen\nreceipt,T2,R2,seen\n",
}  # fmt: skip
GIVEN = ["match", "--transactions", "t.csv", "--receipts", "r.csv"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PCARD_WORKSPACE", raising=False)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(*args: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_figures_with_and_without_a_file_of_links(folder: Path) -> None:
    told = run(*GIVEN, "--evaluate", "truth.csv", "--minutes", "3")
    (row,) = told["evaluation"]["kinds"]
    assert (row["truth"], row["precision"], row["recall"], row["never_looked_at"]) == (2, 1.0, 1.0, 0)
    assert told["evaluation"]["minutes_a_question"] == 3.0
    assert "out" not in told
    again = run(*GIVEN, "--evaluate", "truth.csv", "--minutes", "3", "--out", "m.csv")
    assert again["evaluation"] == told["evaluation"]
    assert (folder / "m.csv").read_text(encoding="utf-8").count("\n") == 3


def test_tables_for_a_person() -> None:
    result = CliRunner().invoke(main, [*GIVEN, "--evaluate", "truth.csv"])
    assert result.exit_code == 0
    for words in ("2 links are known to be true", "By what a link is part of", "never looked at", "100.0%"):
        assert words in result.output


def test_ids_that_are_nowhere_are_told(folder: Path) -> None:
    with (folder / "truth.csv").open("a", encoding="utf-8") as truth:
        truth.write("receipt,T9,R2,seen\n")
    result = CliRunner().invoke(main, [*GIVEN, "--evaluate", "truth.csv"])
    assert "1 ids of the truth are in none of the files" in result.stderr


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("evidence_kind,transaction_id\nreceipt,T1\n", "column-missing"),
        ("evidence_kind,transaction_id,evidence_id\nslip,T1,R1\n", "truth-unfit"),
        ("evidence_kind,transaction_id,evidence_id\nreceipt,,R1\n", "truth-unfit"),
    ],
)
def test_a_truth_that_is_none_is_refused(folder: Path, text: str, code: str) -> None:
    (folder / "truth.csv").write_text(text, encoding="utf-8")
    assert run(*GIVEN, "--evaluate", "truth.csv", code=3)["faults"][0]["code"] == code


def test_plain_files_need_a_truth_and_a_workspace_has_one() -> None:
    assert CliRunner().invoke(main, [*GIVEN, "--evaluate"]).exit_code == 2
    run("init", "w")
    run("import", "-w", "w", "t.csv", "r.csv")
    charges = {row["id"]: row["transaction_id"] for row in run("export", "transactions", "-w", "w")["rows"]}
    run("link", "-w", "w", charges["T1"], "R1")
    (row,) = run("match", "-w", "w", "--evaluate")["evaluation"]["kinds"]
    assert (row["truth"], row["links"], row["right"]) == (1, 1, 1)  # T2 was not answered for, so it is not judged
    Path("own.csv").write_text(
        f"evidence_kind,transaction_id,evidence_id\nreceipt,{charges['T1']},R1\n", encoding="utf-8"
    )
    (row,) = run("match", "-w", "w", "--evaluate", "own.csv")["evaluation"]["kinds"]
    assert (row["truth"], row["links"], row["right"]) == (1, 2, 1)

"""`pcard import`: all or nothing per document, counted, and bad input said once, with its cure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pcard.cli import main

HEADER = "id,date,amount,merchant\n"
GOOD = HEADER + "T1,2026-05-04,12.50,ACME\nT2,2026-05-05,-2.00,ACME\n"
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>1234</CCACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260504<TRNAMT>-12.50<FITID>F1<NAME>SHOP</STMTTRN>
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    run("init", str(tmp_path / "w"))
    return tmp_path / "w"


def run(*args: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def rows(root: Path) -> int:
    return len(run("export", "transactions", "-w", str(root))["rows"])


@pytest.mark.parametrize(
    ("name", "content", "code", "line"),
    [
        ("unknown.bin", bytes(range(256)), None, None),
        ("empty.csv", b"", "file-empty", None),
        ("encoding.csv", (HEADER + "T1,2026-05-04,1.00,CAF\xc3(\n").encode("latin-1") + b"\xed\xa0\x80", None, None),
        ("column.csv", b"id,date,merchant\nT1,2026-05-04,ACME\n", "column-missing", 1),
        ("amount.csv", (HEADER + "T1,2026-05-04,12.50,A\nT2,2026-05-04,twelve,A\n").encode(), "amount-unreadable", 3),
        ("date.csv", (HEADER + "T1,2026-02-30,12.50,A\n").encode(), "date-unreadable", 2),
        ("header.csv", b"id,date,amount,amount,merchant\nT1,2026-05-04,1.00,1.00,A\n", "heading-twice", 1),
        ("ragged.csv", (HEADER + "T1,2026-05-04,1.00\n").encode(), "row-too-narrow", 2),
        ("cut.ofx", OFX.encode(), "ofx-cut-short", None),
        ("page.csv", b"<!DOCTYPE html><html><body>Please sign in</body></html>", None, None),
    ],
)
def test_bad_input_is_refused_whole_with_place_and_cure(
    root: Path, tmp_path: Path, name: str, content: bytes, code: str | None, line: int | None
) -> None:
    (tmp_path / name).write_bytes(content)
    (document,) = run("import", "-w", str(root), str(tmp_path / name), code=3)["documents"]
    assert document["accepted"] == 0
    for fault in document["faults"]:
        assert fault["file"] == name
        assert fault["message"]
        assert fault["cure"]
    if code:
        assert code in {fault["code"] for fault in document["faults"]}
    if line:
        assert line in {fault["line"] for fault in document["faults"]}
    assert rows(root) == 0
    assert not list((root / "originals").iterdir())


def test_all_faults_of_a_document_are_said_at_once(root: Path, tmp_path: Path) -> None:
    bad = HEADER + "T1,2026-02-30,12.50,A\nT2,2026-05-04,x,A\nT3,nothing,y,A\n"
    (tmp_path / "bad.csv").write_text(bad, encoding="utf-8")
    (document,) = run("import", "-w", str(root), str(tmp_path / "bad.csv"), code=3)["documents"]
    assert {(fault["line"], fault["field"]) for fault in document["faults"]} >= {
        (2, "date"),
        (3, "amount"),
        (4, "date"),
        (4, "amount"),
    }


def test_the_good_are_taken_beside_the_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.csv").write_text(HEADER + "T9,2026-05-04,x,A\n", encoding="utf-8")
    told = run("import", "-w", str(root), str(tmp_path / "bad.csv"), str(tmp_path / "good.csv"), code=3)
    assert [document["accepted"] for document in told["documents"]] == [0, 2]
    assert told["documents"][1]["amount"] == "10.50"
    assert rows(root) == 2


def test_again_and_overlapping_documents_change_nothing_twice(root: Path, tmp_path: Path) -> None:
    (tmp_path / "may.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "more.csv").write_text(GOOD + "T3,2026-05-06,5.00,ACME\n", encoding="utf-8")
    run("import", "-w", str(root), str(tmp_path / "may.csv"))
    (again,) = run("import", "-w", str(root), str(tmp_path / "may.csv"))["documents"]
    assert (again["accepted"], again["already_present"]) == (0, 2)
    (more,) = run("import", "-w", str(root), str(tmp_path / "more.csv"))["documents"]
    assert (more["accepted"], more["already_present"], more["amount"]) == (1, 2, "5.00")
    assert rows(root) == 3


def test_a_folder_stands_for_its_files(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "september"
    (folder / "north").mkdir(parents=True)
    text = "id,date,amount,merchant\n{0},2026-09-03,4.00,SHOP {0}\n"
    (folder / "north" / "one.csv").write_text(text.format("A1"))
    (folder / "two.csv").write_text(text.format("A2"))
    (folder / "~$two.xlsx").write_bytes(b"lock")
    (folder / ".hidden").write_bytes(b"x")
    answer = run("import", "-w", str(root), str(folder))
    assert [document["name"] for document in answer["documents"]] == ["one.csv", "two.csv"]
    assert rows(root) == 2


def test_a_dry_run_takes_nothing(root: Path, tmp_path: Path) -> None:
    (tmp_path / "may.csv").write_text(GOOD, encoding="utf-8")
    (document,) = run("import", "-w", str(root), "--dry-run", str(tmp_path / "may.csv"))["documents"]
    assert document["accepted"] == 2
    assert rows(root) == 0


def test_an_unknown_layout_proposes_a_profile_and_reads_by_it(root: Path, tmp_path: Path) -> None:
    odd = "Wann;Wo;Wieviel\n14.05.2026;BÄCKEREI;12,50\n28.05.2026;CAFÉ;3,00\n"
    (tmp_path / "odd.csv").write_text(odd, encoding="utf-8")
    (document,) = run("import", "-w", str(root), str(tmp_path / "odd.csv"), code=3)["documents"]
    assert document["faults"][0]["code"] in {"layout-unknown", "header-missing"}
    known = "Trans Day,Shop Name,Total Charged\n05/14/2026,BAKERY,12.50\n05/28/2026,CAFE,3.00\n"
    (tmp_path / "known.csv").write_text(known, encoding="utf-8")
    (document,) = run("import", "-w", str(root), str(tmp_path / "known.csv"), code=3)["documents"]
    assert "pcard-profile/1" in document["proposed_profile"]


def test_a_typo_in_the_settings_is_named_with_its_line(root: Path) -> None:
    settings = root / "pcard.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("sales_tax:", "sales_tx:"), encoding="utf-8")
    (fault, *_) = run("status", "-w", str(root), code=3)["faults"]
    assert fault["file"] == "pcard.yaml"
    assert fault["line"] > 1
    assert "sales_tax" in fault["cure"]

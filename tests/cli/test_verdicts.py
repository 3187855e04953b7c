"""Verdicts from the shell: what they find, what they teach, and that an undo takes all of it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pcard.cli import main

_CHARGES = "id,date,amount,merchant,site,card\n" + "".join(
    f"T{n},2026-05-{n + 10},{30 + 3 * n}.17,GOLDEN PIZZA #{n},010,1234\n" for n in range(9)
)
_RECEIPTS = "id,vendor,date,total,site\n" + "".join(
    f"R{n},Golden Pizza,2026-05-{n + 10},{30 + 3 * n}.17,010\n" for n in range(9)
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name, text in (("charges", _CHARGES), ("receipts", _RECEIPTS)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    root = tmp_path / "w"
    run("init", str(root))
    run("import", "-w", str(root), "--as", "transactions", str(tmp_path / "charges.csv"))
    run("import", "-w", str(root), "--as", "receipts", str(tmp_path / "receipts.csv"))
    return root


def run(*args: str) -> Any:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_verdict_is_recorded_with_what_it_found_taught_and_taken_back(workspace: Path) -> None:
    at = ("-w", str(workspace))
    before = run("export", "matches", "--format", "json", *at)
    said = run("unlink", "T3", "R3", *at)
    (decision,) = run("export", "decisions", "--format", "json", *at)["rows"]
    assert decision["value"] == "accepted"
    told = run("match", "--learnt", *at)["learnt"]
    assert {(row["decision_id"], row["what"]) for row in told} == {
        (said["decision"], "never again"),
        (said["decision"], "not an alias"),
    }
    assert all(row["who"] and row["at"] for row in told)
    automation = run("status", *at)["automation"]
    assert (automation["overturned"], automation["tightened"]) == (1, True)
    run("undo", said["decision"], *at)
    assert run("match", "--learnt", *at)["learnt"] == []
    assert run("export", "matches", "--format", "json", *at) == before
    assert run("match", *at)["automation"]["tightened"] is False


def test_learnt_entries_are_printed_and_written(workspace: Path, tmp_path: Path) -> None:
    at = ("-w", str(workspace))
    assert "Nobody has answered" in CliRunner().invoke(main, ["match", "--learnt", *at]).stdout
    run("link", "T2", "R2", *at)
    shown = CliRunner().invoke(main, ["match", "--learnt", *at]).stdout
    assert "alias: GOLDEN PIZZA is Golden Pizza" in shown
    run("match", "--learnt", "--out", str(tmp_path / "learnt.csv"), *at)
    assert (tmp_path / "learnt.csv").read_text(encoding="utf-8").count("\n") == 3


def test_suggest_only_by_option_and_by_setting(workspace: Path, tmp_path: Path) -> None:
    at = ("-w", str(workspace))
    assert run("match", *at)["accepted"] == 9
    assert run("match", "--suggest-only", *at)["accepted"] == 0
    stateless = ("--transactions", str(tmp_path / "charges.csv"), "--receipts", str(tmp_path / "receipts.csv"))
    out = ("--out", str(tmp_path / "m.csv"))
    assert run("match", *stateless, *out, "--suggest-only")["accepted"] == 0
    settings = workspace / "pcard.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\nmatch: {suggest_only: true}\n", encoding="utf-8")
    found = run("match", *at)
    assert (found["accepted"], found["review"], found["automation"]["accepted"]) == (0, 9, 9)
    run("link", "T2", "R2", *at)  # counted as what it would have been
    assert run("status", *at)["automation"]["upheld"] == 1

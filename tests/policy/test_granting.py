"""A waiver written into its file, by hand-written text and by the command."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pcard.cli import main
from pcard.policy.granting import Plain, next_id, scope_value, with_waiver
from pcard.yamlfile import load_yaml

words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20)


@given(words, words, words)
def test_what_is_written_reads_back(key: str, value: str, reason: str) -> None:
    waiver = {"id": "W-1", "scope": {key: value}, "limit": {}, "reason": reason, "granted": date(2026, 8, 3)}
    once = with_waiver("", waiver)
    twice = load_yaml(with_waiver(once, waiver | {"id": "W-2"}), "waivers.yaml").value["waivers"]
    assert [each["id"] for each in twice] == ["W-1", "W-2"]
    assert twice[0] == {"id": "W-1", "scope": {key: value}, "reason": reason, "granted": date(2026, 8, 3)}


def test_the_next_id_is_free() -> None:
    assert next_id([], 2026) == "W-2026-001"
    assert next_id(["W-2026-009", "W-2025-100", "B-1"], 2026) == "W-2026-010"


def test_codes_of_a_scope_stay_text() -> None:
    assert not isinstance(scope_value("txn.site", "0742"), Plain)
    assert isinstance(scope_value("txn.amount|lte", "5.00"), Plain)


def _pcard(root: Path, *args: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, [*args, "-w", str(root), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_the_command_grants_marks_and_takes_back(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["init", str(tmp_path / "w"), "--district", "D"]).exit_code == 0
    root = tmp_path / "w"
    charges = tmp_path / "charges.csv"
    charges.write_text("id,date,amount,merchant,card,mcc\na,2026-09-16,20.00,A,2208,5813\n", encoding="utf-8")
    _pcard(root, "import", str(charges), "--as", "transactions")
    grant = ["waive", "K12-301", "--scope", "txn.card=2208", "--reason", "choir", "--requested-by", "wu"]
    dates = ["--granted", "2026-09-01", "--expires", "2026-12-31", "--uses", "3", "--each", "50.00"]
    refused = _pcard(root, *grant, "--approved-by", "WU", *dates, code=3)
    assert [fault["code"] for fault in refused["faults"]] == ["waiver-self-signed"]
    assert not (root / "rules" / "waivers.yaml").exists()
    granted = _pcard(root, *grant, "--approved-by", "ortiz", *dates)
    checked = _pcard(root, "check", "--as-of", "2026-09-30")
    assert checked["waived"] == 1
    assert [(row["waiver_id"], row["uses"], row["amount"]) for row in checked["waivers"]] == [
        ("W-2026-001", "1", "20.00")
    ]
    assert _pcard(root, "policy", "check")["waivers"] == ["W-2026-001"]
    _pcard(root, "undo", granted["decision"])
    assert _pcard(root, "check", "--as-of", "2026-09-30")["waived"] == 0


def test_a_paper_must_lie_beside_the_waivers_and_a_policy_be_active(tmp_path: Path) -> None:
    root = tmp_path / "w"
    assert CliRunner().invoke(main, ["init", str(root), "--district", "D"]).exit_code == 0
    grant = ["waive", "K12-301", "--scope", "txn.card=2208", "--reason", "choir", "--requested-by", "wu"]
    grant += ["--approved-by", "ortiz", "--granted", "2026-09-01", "--expires", "2026-12-31"]
    refused = _pcard(root, *grant, "--evidence", "signed.pdf", code=3)
    assert [fault["code"] for fault in refused["faults"]] == ["evidence-unknown"]
    (root / "rules" / "signed.pdf").write_bytes(b"signed")
    assert _pcard(root, *grant, "--evidence", "signed.pdf")["waiver_id"] == "W-2026-001"
    (root / "rules" / "signed.pdf").write_bytes(b"another")
    changed = _pcard(root, "policy", "check", code=3)
    assert [fault["code"] for fault in changed["faults"]] == ["waiver-evidence-changed"]
    settings = (root / "pcard.yaml").read_text(encoding="utf-8")
    (root / "pcard.yaml").write_text(
        settings.replace("policies:\n- rules/k12-baseline.yaml", "policies: []"), encoding="utf-8"
    )
    assert [fault["code"] for fault in _pcard(root, *grant, code=4)["faults"]] == ["no-policy"]

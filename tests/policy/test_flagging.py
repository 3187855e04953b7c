"""Years later: a workspace with several versions of one policy gives the same flags, and says by which version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pcard.cli import main

VERSION = """format: pcard-policy/1
policy: {{id: local, title: Local, version: "{version}", effective: {{from: {day}}}, sources: {{MAN: {{title: Manual}}}}}}
params: {{limit: {limit}}}
rules:
- {{id: R-1, title: Over, kind: row, severity: high, cite: [MAN 1], when: {{txn.amount|gt: $limit}}, message: "{{txn.amount}} is over {{limit}}", ask: Why?}}
- {{id: R-2, title: Two, kind: window, severity: low, cite: [MAN 2], group: [txn.card], within: 3 business days, having: {{sum(txn.amount)|gt: $limit}}, message: "{{sum(txn.amount)}} over {{limit}}", ask: Why?}}
"""
CHARGES = ("a,2025-06-30,150.00", "b,2025-07-01,150.00", "c,2026-07-01,150.00", "d,2026-07-02,60.00")


def _pcard(root: Path, *args: str) -> Any:
    result = CliRunner().invoke(main, [*args, "-w", str(root), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace with three versions of one policy, the last in force from a day between two charges."""
    root = tmp_path / "w"
    assert CliRunner().invoke(main, ["init", str(root), "--district", "D"]).exit_code == 0
    names = []
    for version, day, limit in (
        ("1", "2024-07-01", "100.00"),
        ("2", "2025-07-01", "200.00"),
        ("3", "2026-07-02", "50.00"),
    ):
        names.append(f"rules/local-{version}.yaml")
        (root / names[-1]).write_text(VERSION.format(version=version, day=day, limit=limit), encoding="utf-8")
    settings = root / "pcard.yaml"
    listed = "policies:\n" + "".join(f"- {name}\n" for name in names)
    text = settings.read_text(encoding="utf-8").replace("policies:\n- rules/k12-baseline.yaml\n", listed)
    assert listed in text
    settings.write_text(text, encoding="utf-8")
    path = tmp_path / "charges.csv"
    lines = "".join(f"{line},M,2208\n" for line in CHARGES)
    path.write_text(f"id,date,amount,merchant,card\n{lines}", encoding="utf-8")
    _pcard(root, "import", str(path), "--as", "transactions")
    return root


def test_a_charge_is_judged_by_the_version_of_its_day(workspace: Path) -> None:
    flags = _pcard(workspace, "export", "flags", "--format", "json", "--as-of", "2026-09-30")["rows"]
    said = {(row["rule_id"], row["transaction_ids"]): row for row in flags}
    # The charges of 1 and 2 July 2026 are of two versions, so no window holds both.
    assert sorted(said) == [("R-1", "a"), ("R-1", "d")]
    assert [said[key]["policy_version"] for key in sorted(said)] == ["local 1", "local 3"]
    assert [said[key]["message"] for key in sorted(said)] == ["150.00 is over 100.00", "60.00 is over 50.00"]
    assert len({row["policy_hash"] for row in flags}) == 2


def test_replay_gives_the_same_flags_whenever_it_is_run(workspace: Path) -> None:
    def flags(as_of: str) -> Any:
        return _pcard(workspace, "export", "flags", "--format", "json", "--as-of", as_of)["rows"]

    then = flags("2026-09-30")
    assert flags("2031-12-31") == then
    (workspace / "rules" / "local-4.yaml").write_text(
        VERSION.format(version="4", day="2029-07-01", limit="1.00"), encoding="utf-8"
    )
    settings = workspace / "pcard.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("- rules/local-3.yaml\n", "- rules/local-3.yaml\n- rules/local-4.yaml\n"), encoding="utf-8"
    )
    assert flags("2031-12-31") == then

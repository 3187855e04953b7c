"""Policies that extend others: what is inherited, what is changed, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcard.errors import Refused
from pcard.policy.cases import run_tests
from pcard.policy.loading import check_policy, load_policy

BASELINE = "builtin:k12-baseline@1"
LOCAL = f"""format: pcard-policy/1
policy: {{id: local, title: Local policy, version: "2026", sources: {{MAN: {{title: Manual}}}}}}
extends: [{BASELINE}]
params: {{single_limit: 1000.00}}
lists: {{mcc_prohibited: []}}
rules:
- {{id: K12-201, severity: critical, cite: [MAN 3, UG 200.403]}}
- {{id: K12-206, status: retired}}
- {{id: L-1, title: Any fee, kind: row, severity: info, cite: [MAN 4], when: {{txn.kind: fee}}, message: Fee., ask: Why?}}
tests:
- {{name: a fee, given: [{{txn.id: a, txn.kind: fee}}], expect: {{L-1: [[a]]}}}}
"""


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_policy_changes_what_it_extends_by_id(tmp_path: Path) -> None:
    policy = load_policy([_write(tmp_path, "local.yaml", LOCAL)])
    (pack,) = policy.packs
    rules = {rule.id: rule for rule in pack.rules}
    assert len(rules) == 26
    assert rules["K12-201"].model.severity == "critical"
    assert rules["K12-201"].model.cite == ("MAN 3", "UG 200.403")
    assert rules["K12-201"].model.title == "Possible split purchase by one buyer"
    assert not rules["K12-206"].active
    assert pack.own == {"K12-201", "K12-206", "L-1"}
    assert str(rules["K12-201"].source.place("severity")) == "local.yaml:7:17"
    assert rules["K12-201"].source.place("title").source == "k12-baseline.yaml"
    assert pack.sha256 != pack.bases[0].sha256
    assert [each.about.id for each in policy.all_packs()] == ["k12-baseline", "local"]


def test_each_pack_is_tested_as_it_stands(tmp_path: Path) -> None:
    outcomes = run_tests(load_policy([_write(tmp_path, "local.yaml", LOCAL)]))
    assert {outcome.pack for outcome in outcomes} == {"k12-baseline", "local"}
    assert not any(outcome.failed for outcome in outcomes)


def test_a_policy_extends_a_file_of_its_folder_but_none_outside(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    _write(folder, "state.yaml", LOCAL)
    local = LOCAL.replace(BASELINE, "state.yaml").replace("id: local", "id: district")
    assert len(load_policy([_write(folder, "district.yaml", local)]).packs[0].rules) == 26
    _write(tmp_path, "outside.yaml", LOCAL)
    for name in ("../outside.yaml", str(tmp_path / "outside.yaml"), "missing.yaml"):
        faults = check_policy([_write(folder, "district.yaml", local.replace("state.yaml", name))])
        assert [fault.code for fault in faults] == ["extends-unknown"]


def test_a_change_that_leaves_a_rule_unfit_is_said_where_it_stands(tmp_path: Path) -> None:
    text = LOCAL.replace("status: retired", "status: retired, when: {txn.kindd: purchase}")
    with pytest.raises(Refused, match=r"local\.yaml:8:41: error: there is no field 'txn\.kindd'"):
        load_policy([_write(tmp_path, "local.yaml", text)])


def test_all_files_are_read_before_any_is_refused(tmp_path: Path) -> None:
    first = _write(tmp_path, "a.yaml", LOCAL.replace("severity: critical", "severity: dire"))
    second = _write(tmp_path, "b.yaml", "format: pcard-policy/2\n")
    with pytest.raises(Refused) as refused:
        load_policy([first, second])
    assert {fault.place.source for fault in refused.value.faults} == {"a.yaml", "b.yaml"}


def test_a_check_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_door: str, name: str) -> object:
        msg = f"plugin {name} of somewhere cannot be loaded"
        raise ImportError(msg)

    monkeypatch.setattr("pcard.policy.compiling.load", broken)
    faults = check_policy([_write(tmp_path, "local.yaml", LOCAL)])
    assert {fault.code for fault in faults} == {"check-broken"}

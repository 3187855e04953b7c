"""Policies that extend others: what is inherited, what is changed, what is refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcard.errors import Refused, errors_of
from pcard.policy.cases import run_tests
from pcard.policy.loading import check_policy, load_policy, policy_path

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
    assert len(rules) == len(load_policy([policy_path(BASELINE)]).packs[0].rules) + 1
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
    policy = load_policy([_write(tmp_path, "local.yaml", LOCAL)])
    assert [(outcome.pack, outcome.failed) for outcome in run_tests(policy, only="local")] == [("local", False)]


def test_a_policy_extends_a_file_of_its_folder_but_none_outside(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    _write(folder, "state.yaml", LOCAL)
    local = LOCAL.replace(BASELINE, "state.yaml").replace("id: local", "id: district")
    assert (
        len(load_policy([_write(folder, "district.yaml", local)]).packs[0].rules)
        == len(load_policy([policy_path(BASELINE)]).packs[0].rules) + 1
    )
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


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from _paths(value, (*path, key))


WHOLE = yaml.safe_load(
    LOCAL.replace(f"extends: [{BASELINE}]\n", "").replace("Why?", "Why").replace("- {id: K12-206, status: retired}\n", "").replace("- {id: K12-201, severity: critical, cite: [MAN 3, UG 200.403]}", """
- {id: W, title: W, kind: window, severity: low, cite: [MAN], group: [txn.buyer], within: 3 days, where: {txn.mcc: "1"},
   having: {sum(txn.amount)|gt: $single_limit}, unless: {count|gte: 9}, message: "{count}", ask: "{txn.date}"}
- {id: D, title: D, kind: deadline, severity: low, cite: [MAN], needs: {receipt.count|gte: 1}, message: "{days_late}",
   due: {days: 3, after: txn.posted}, escalate: [{after: 1, to: txn.buyer}], ask: a}""")
)  # fmt: skip
ODD = [
    "",
    "x",
    "$single_limit",
    "txn.amount",
    0,
    -1,
    10**12,
    1.5,
    True,
    [],
    {},
    ["a"],
    [[1]],
    {"a": 1},
    "{x}",
    "same day",
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([path for path in _paths(WHOLE) if len(path) > 1]), st.sampled_from(ODD))
def test_one_odd_value_is_taken_or_refused(tmp_path: Path, path: tuple[Any, ...], odd: Any) -> None:
    changed = copy.deepcopy(WHOLE)
    reduce(lambda node, key: node[key], path[:-1], changed)[path[-1]] = odd
    written = _write(tmp_path, "odd.yaml", yaml.safe_dump(changed, sort_keys=False))
    if not errors_of(check_policy([written])):
        run_tests(load_policy([written]))

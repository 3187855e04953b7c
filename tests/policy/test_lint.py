"""Every fault a policy file can have, with a broken file that has it and what is said of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.errors import Fault, Refused
from pcard.policy.cases import run_tests
from pcard.policy.loading import check_policy, load_policy

ROOT = Path(__file__).resolve().parents[2]
ERRORS = ROOT / "fixtures" / "errors"
# These need more than one file of text: a megabyte, a plugin that does not load.
ELSEWHERE = {"yaml-too-large", "check-broken"}


def _codes() -> list[str]:
    found = set()
    for package in ("yamlfile", "conditions", "policy"):
        for module in (ROOT / "pcard" / package).glob("*.py"):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault":
                    assert isinstance(node.args[0], ast.Constant)
                    found.add(str(node.args[0].value))
    return sorted(found - ELSEWHERE)


def _faults(code: str) -> tuple[Fault, ...]:
    paths = [ERRORS / f"{code}.yaml"]
    if code == "rule-in-two-files":
        paths.append(ERRORS / "rule-untested.yaml")
    if found := check_policy(paths):
        return found
    return tuple(fault for outcome in run_tests(load_policy(paths)) for fault in outcome.faults)


@pytest.mark.parametrize("code", _codes())
def test_each_fault_is_said_with_its_place_and_cure(code: str, golden: Callable[[Path, str], None]) -> None:
    faults = _faults(code)
    assert code in {fault.code for fault in faults}
    golden(ERRORS / f"{code}.txt", "".join(f"{fault}\n" for fault in faults))


def test_warnings_refuse_nothing() -> None:
    policy = load_policy([ERRORS / "rule-untested.yaml"])
    assert [fault.code for fault in policy.warnings] == ["rule-untested"]
    with pytest.raises(Refused, match=r"there is no field 'txn\.amonut'"):
        load_policy([ERRORS / "field-unknown.yaml"])


def test_all_faults_of_all_files_are_said_at_once() -> None:
    codes = {fault.code for fault in check_policy([ERRORS / "cite-unknown.yaml", ERRORS / "rule-twice.yaml"])}
    assert {"cite-unknown", "rule-twice"} <= codes

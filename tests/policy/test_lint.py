"""Every fault a policy file can have, with a broken file that has it and what is said of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pcard.errors import Fault, Refused
from pcard.frames import DECISIONS, MATCHES
from pcard.policy.calendars import Calendar
from pcard.policy.cases import run_tests
from pcard.policy.checking import check
from pcard.policy.loading import check_policy, load_policy
from tests.policy.conftest import ledger_of

ROOT = Path(__file__).resolve().parents[2]
ERRORS = ROOT / "fixtures" / "errors"
# These need more than one file of text: a megabyte, a plugin that does not load, a worksheet that comes back.
ELSEWHERE = {"yaml-too-large", "check-broken"}
SAMPLES = "sample-"  # tests/policy/test_sample_results.py


def _codes() -> list[str]:
    found = set()
    for package in ("yamlfile", "conditions", "policy"):
        for module in (ROOT / "pcard" / package).glob("*.py"):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault":
                    assert isinstance(node.args[0], ast.Constant)
                    found.add(str(node.args[0].value))
    return sorted(code for code in found - ELSEWHERE if not code.startswith(SAMPLES))


def _faults(code: str) -> tuple[Fault, ...]:
    paths = [ERRORS / f"{code}.yaml"]
    if code == "rule-in-two-files":
        paths.append(ERRORS / "rule-untested.yaml")
    if code.startswith("waiver-"):
        return _waiver_faults(ERRORS / f"{code}.yaml")
    if found := check_policy(paths):
        return found
    return tuple(fault for outcome in run_tests(load_policy(paths)) for fault in outcome.faults)


def _waiver_faults(path: Path) -> tuple[Fault, ...]:
    """Return what is said of waivers of a small policy when they are read, and once two charges are checked."""
    policy = ERRORS / "test-waiver-missing.yaml"
    if any(not fault.warning for fault in check_policy([policy], [path])):
        return check_policy([policy], [path])
    loaded = load_policy([policy], [path])
    days = [{"card": "C-7", "cardholder": "kim", "date": date(2026, 9, 1 + index)} for index in range(2)]
    charges = days if path.stem in {"waiver-used-up", "waiver-of-its-signer"} else [{"card": "C-1"}]
    calendar, as_of = Calendar.of_years([2026]), date(2026, 10, 1)
    checked = check(ledger_of(*charges), MATCHES.empty(), loaded, DECISIONS.empty(), as_of, calendar)
    return (*loaded.warnings, *checked.notes)


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

"""Policies in words, and the audit tests that their rules answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pcard.frames import DECISIONS, MATCHES
from pcard.policy.calendars import Calendar
from pcard.policy.checking import check
from pcard.policy.explaining import explain_policy
from pcard.policy.loading import load_policy, policy_path
from tests.policy.conftest import ledger_of

ROOT = Path(__file__).resolve().parents[2]
BASELINE = ROOT / "rules" / "policies" / "k12-baseline.yaml"


def test_the_baseline_is_said_in_words(golden: Callable[[Path, str], None]) -> None:
    golden(BASELINE.with_suffix(".txt"), explain_policy(load_policy([BASELINE])))


def test_one_rule_is_said_alone() -> None:
    said = explain_policy(load_policy([BASELINE]), "K12-401")
    assert said.startswith("K12-401  Receipt missing")
    assert "Due receipt_days: 10 days after the posted; told are from 0 days late txn.buyer" in said.replace(
        "\n     ", ""
    )
    with pytest.raises(LookupError, match="no rule K12-999"):
        explain_policy(load_policy([BASELINE]), "K12-999")


def test_each_audit_test_has_rules_that_exist_and_say_what_they_need() -> None:
    page = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (T[0-9]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    assert [test for test, *_ in rows] == [f"T{number}" for number in range(1, 35)]
    names = ("builtin:wa-schools@1", "builtin:federal-funds@1")
    known = {rule.id for name in names for rule in load_policy([policy_path(name)]).packs[0].rules}
    for test, what, rules, needs in rows:
        assert set(re.findall(r"[A-Z0-9]+-[0-9]+", rules)) <= known, test
        assert re.search(r"[A-Z0-9]+-[0-9]+", rules), test
        assert what.strip(), test
        assert needs.strip(), test


def test_a_rule_without_its_data_is_never_quiet() -> None:
    """Every rule of the packs is judged or reported: with charges alone most lack something, and say so."""
    policy = load_policy([policy_path("builtin:wa-schools@1")])
    checked = check(ledger_of({}), MATCHES.empty(), policy, DECISIONS.empty(), date(2026, 9, 30), Calendar())
    lacks = dict(checked.not_evaluated.select("rule_id", "lacks").rows())
    assert len(lacks) > 30
    assert lacks["K12-503"] == "buyer.employed_to (no people imported)"
    assert lacks["K12-204"] == "ap_payments (none imported)"
    active = {rule.id for rule in policy.packs[0].rules if rule.active}
    assert lacks.keys() <= active

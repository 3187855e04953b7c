"""Violation points: of a person's decisions only, over a stretch of days, up a ladder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pcard.errors import Refused
from pcard.frames import DECISIONS, MATCHES
from pcard.policy.calendars import Calendar
from pcard.policy.checking import check
from pcard.policy.loading import load_policy
from pcard.policy.points import points_in_force, standings, words_of
from pcard.policy.policyfile import Points
from pcard.policy.rules import Policy
from tests.policy.conftest import HEAD, ledger_of

AS_OF = date(2026, 9, 30)
LADDER = """points:
  status: on
  within: 365
  by_severity: {medium: 10}
  by_rule: {R-2: 30}
  ladder: [{from: 10, step: warning}, {from: 40, step: retraining}, {from: 100, step: suspension}]
  cite: [MAN 9]
"""
RULES = {
    "R-1": "kind: row\n  when: {txn.amount|gt: 100.00}",
    "R-2": "kind: row\n  when: {txn.amount|gt: 1000.00}",
}
PolicyOf = Callable[..., Policy]


def _decided(*decisions: tuple[str, str, str]) -> pl.DataFrame:
    return DECISIONS.rows(
        {
            "decision_id": f"D-{index}", "at": f"{day}T10:00:00+00:00", "who": "auditor", "act": "dispose",
            "subject": flag, "value": value, "reason": "looked at",
        }
        for index, (day, flag, value) in enumerate(decisions)
    )  # fmt: skip


def _standings(policy: Policy, decide: dict[str, tuple[str, str]], as_of: date = AS_OF) -> list[dict[str, Any]]:
    ledger = ledger_of({"amount_cents": 20_000, "cardholder": "ana"}, {"amount_cents": 200_000, "cardholder": "ana"})
    calendar = Calendar()
    flags = check(ledger, MATCHES.empty(), policy, DECISIONS.empty(), as_of, calendar).flags
    named = {f"{rule} {ids}": flag for flag, rule, ids in flags.select("flag_id", "rule_id", "transaction_ids").rows()}
    decisions = _decided(*((day, named[key], value) for key, (day, value) in decide.items()))
    flags = check(ledger, MATCHES.empty(), policy, decisions, as_of, calendar).flags
    points = points_in_force(policy, as_of)
    assert points
    table = standings(flags, ledger.transactions, decisions, points, as_of)
    assert list(words_of(table, points))
    return table.to_dicts()


def test_points_are_counted_of_violations_alone(policy_of: PolicyOf) -> None:
    policy = policy_of(LADDER, **RULES)
    assert _standings(policy, {}) == []
    assert _standings(policy, {"R-1 t0": ("2026-09-20", "justified")}) == []
    found = _standings(policy, {"R-1 t0": ("2026-09-20", "violation"), "R-2 t1": ("2026-09-25", "violation")})
    assert [(row["person"], row["points"], row["violations"], row["step"], row["since"]) for row in found] == [
        ("ana", 40, 2, "retraining", date(2026, 9, 25))
    ]
    assert found[0]["cite"] == "MAN 9"


@pytest.mark.parametrize(("as_of", "step"), [(date(2027, 9, 19), "warning"), (date(2027, 9, 20), None)])
def test_points_lapse(policy_of: PolicyOf, as_of: date, step: str | None) -> None:
    found = _standings(policy_of(LADDER, **RULES), {"R-1 t0": ("2026-09-20", "violation")}, as_of)
    assert [row["step"] for row in found] == ([step] if step else [])


def test_points_are_off_until_turned_on(policy_of: PolicyOf, tmp_path: Path) -> None:
    assert points_in_force(policy_of(**RULES), AS_OF) is None
    assert points_in_force(policy_of(LADDER.replace("status: on", "status: off"), **RULES), AS_OF) is None
    (tmp_path / "base.yaml").write_text(
        HEAD + LADDER.replace("status: on", "status: off").replace("by_rule: {R-2: 30}", "by_rule: {}"),
        encoding="utf-8",
    )
    own = tmp_path / "own.yaml"
    own.write_text(
        HEAD.replace("id: example", "id: own") + "extends: [base.yaml]\npoints: {status: on}\n", encoding="utf-8"
    )
    points = points_in_force(load_policy([own]), AS_OF)
    assert points
    assert [rung.step for rung in points.ladder] == ["warning", "retraining", "suspension"]


def test_nobody_has_points() -> None:
    assert next(iter(words_of(pl.DataFrame(schema={"points": pl.Int32, "person": pl.String}), Points())))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LADDER.replace("R-2: 30", "R-9: 30"), "points-rule-unknown"),
        (LADDER.replace("from: 40", "from: 10"), "value-unfit"),
    ],
)
def test_points_that_cannot_be_counted(policy_of: PolicyOf, text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        policy_of(text, **RULES)
    assert [fault.code for fault in refused.value.faults] == [code]

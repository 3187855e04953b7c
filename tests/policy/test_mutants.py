"""One thing changed at a time, each change once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pcard.conditions import Dated, Listed, Param
from pcard.policy.mutants import mutants


def _changes(names: dict[str, Param | Listed] | None = None, **rule: Any) -> list[str]:
    found = list(mutants(rule, rule.keys(), names or {}))
    assert all(mutant.rule != rule or mutant.names != (names or {}) for mutant in found)
    said = [str(mutant) for mutant in found]
    assert len(set(said)) == len(said)
    return said


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (
            {"when": {"txn.amount|gt": Decimal("5.00")}},
            ["when: txn.amount|gt -> gte", "when.txn.amount|gt: 5.00 -> 5.01", "when.txn.amount|gt: 5.00 -> 4.99"],
        ),
        (
            {"when": {"txn.date|lte": date(2026, 3, 1)}},
            [
                "when: txn.date|lte -> lt",
                "when.txn.date|lte: 2026-03-01 -> 2026-03-02",
                "when.txn.date|lte: 2026-03-01 -> 2026-02-28",
            ],
        ),
        ({"unless": {"txn.working_day": True}}, ["unless.txn.working_day: true -> false", "unless: left out"]),
        (
            {"when": {"any": [{"a": "1"}, {"not": {"b|in": ["x", "y"]}}]}},
            [
                "when.any.0: a left out",
                "when.any.0: a -> ne",
                "when.any.1: not left out",
                "when.any.1: not dropped",
                "when.any.1.not: b|in -> not_in",
                "when.any.1.not.b|in.0: x left out",
                "when.any.1.not.b|in.1: y left out",
            ],
        ),
        ({"group": ["a", "b"]}, ["group.0: a left out", "group.1: b left out"]),
        ({"within": "1 business days"}, ["within: 1 business days -> 2 business days", "within: 1 business days -> same day"]),
        ({"within": "same day"}, ["within: same day -> 1 days"]),
        ({"due": {"days": 3, "after": "txn.posted"}}, ["due.days: 3 -> 4", "due.days: 3 -> 2"]),
        (
            {"escalate": [{"after": 0, "to": "x"}, {"after": 7, "to": "y", "severity": "high"}]},
            ["escalate.1: step to high left out", "escalate.1.after: 7 -> 8", "escalate.1.after: 7 -> 6"],
        ),
        ({"with": {"days": 1, "on": True}}, ["with.days: 1 -> 2", "with.days: 1 -> 0", "with.on: true -> false"]),
        ({"message": "{a} $b", "severity": "low"}, []),
    ],
)  # fmt: skip
def test_each_part_of_a_rule_is_changed(rule: dict[str, Any], changes: list[str]) -> None:
    found = [str(mutant) for mutant in mutants(rule, rule.keys(), {})]
    assert found == changes


def test_what_a_rule_refers_to_is_changed_for_it() -> None:
    limit = Param(
        "limit", (Dated(5), Dated(9, date(2026, 1, 1))), "card.profile", {"office": (Dated(7),)}, "card.single_limit"
    )
    said = _changes(
        {"limit": limit, "codes": Listed("codes", ("1", "2"))}, when={"txn.amount|gt": "$limit", "txn.mcc|in": "$codes"}
    )
    assert [each for each in said if each.startswith("$")] == [
        "$codes: 1 left out",
        "$codes: 2 left out",
        "$limit: card.single_limit left out",
        "$limit: 5 -> 6",
        "$limit: 5 -> 4",
        "$limit: 9 -> 10",
        "$limit: 9 -> 8",
        "$limit: from 2026-01-01 -> 2026-01-02",
        "$limit: from 2026-01-01 -> 2025-12-31",
        "$limit: office left out",
        "$limit: office 7 -> 8",
        "$limit: office 7 -> 6",
    ]


def test_only_what_a_file_states_is_changed() -> None:
    rule = {"when": {"txn.mcc": "1"}, "severity": "low", "group": ["a", "b"]}
    assert [mutant.where for mutant in mutants(rule, {"severity", "group"}, {})] == ["group.0", "group.1"]

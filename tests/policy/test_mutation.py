"""What tests notice: of small policies each change, of the shipped packs nine in ten."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pcard.cli import main
from pcard.policy.loading import load_policy
from pcard.policy.mutation import mutate
from pcard.policy.rules import Policy

RULES = Path(__file__).resolve().parents[2] / "rules" / "policies"
LIMIT = "kind: row\n  when: {txn.kind: purchase, txn.amount|gt: 20.00}"
WEAK = "tests:\n- {name: far over, given: [{txn.id: a, txn.amount: 90.00}], expect: {R: [[a]]}}\n"
STRONG = """tests:
- name: the edge
  given: [{txn.id: a, txn.amount: 20.01}, {txn.id: b, txn.amount: 20.00}, {txn.id: c, txn.amount: 20.01, txn.kind: fee}]
  expect: {R: [[a]]}
"""


def _missed(policy: Policy) -> list[str]:
    (strength,) = mutate(policy)
    assert strength.mutants == strength.noticed + sum(len(rule.missed) for rule in strength.rules)
    return [str(mutant) for rule in strength.rules for mutant in rule.missed]


def test_a_test_far_from_the_edge_notices_little(policy_of: Callable[..., Policy]) -> None:
    assert _missed(policy_of(WEAK, R=LIMIT)) == [
        "when.txn.kind: left out",
        "when.txn.amount|gt: left out",
        "when: txn.amount|gt -> gte",
        "when.txn.amount|gt: 20.00 -> 20.01",
        "when.txn.amount|gt: 20.00 -> 19.99",
    ]
    assert _missed(policy_of(STRONG, R=LIMIT)) == []


def test_a_rule_without_a_test_is_not_proved(policy_of: Callable[..., Policy]) -> None:
    (strength,) = mutate(policy_of(R=LIMIT))
    assert (strength.noticed, strength.score) == (0, 0.0)
    assert mutate(policy_of(R="kind: row\n  when: {txn.mcc|exists: true}"), "none")[0].score == 100.0


def test_changes_that_mean_the_same_are_listed_and_not_counted(policy_of: Callable[..., Policy]) -> None:
    (strength,) = mutate(
        policy_of(
            "lists: {words: [gift, gift card]}\n"
            "tests:\n- name: two\n  given: [{txn.id: a, receipt.description: gift}, {txn.id: b, txn.merchant: B}]\n"
            "  expect: {T: [[a]], W: []}\n",
            W="kind: window\n  group: [txn.merchant_key]\n  within: 3 days\n  having: {count|gte: 2}",
            T="kind: row\n  when: {receipt.description|contains: $words}",
        )
    )
    said = {str(each.mutant): each.reason for rule in strength.rules for each in rule.equivalent}
    assert said == {
        "$words: gift card left out": "whatever 'gift card' is found in, a shorter item of the list is found in too",
        "having.count|gte: 2 -> 1": "a window always holds two charges or more",
    }


def test_an_inherited_rule_is_changed_only_where_the_file_states_it(tmp_path: Path) -> None:
    path = tmp_path / "local.yaml"
    path.write_text(
        """format: pcard-policy/1
policy: {id: local, title: Local, version: "1", sources: {MAN: {title: Manual}}}
extends: [builtin:federal-funds@1]
rules: [{id: FED-101, cite: [MAN 1]}]
""",
        encoding="utf-8",
    )
    assert [(each.pack.about.id, each.mutants) for each in mutate(load_policy([path]), "FED-101")][1] == ("local", 0)


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_tests_of_the_shipped_packs_notice_nine_changes_in_ten(path: Path) -> None:
    policy = load_policy([path])
    alone = replace(policy, packs=tuple(replace(pack, bases=()) for pack in policy.packs))
    (strength,) = mutate(alone)
    assert strength.score >= 95


def test_the_command_says_the_score_and_fails_below_the_least(policy_of: Callable[..., Policy], tmp_path: Path) -> None:
    policy_of(WEAK, R=LIMIT)
    path = str(tmp_path / "policy.yaml")
    result = CliRunner().invoke(main, ["policy", "mutate", path, "--min", "90", "--json"])
    assert result.exit_code == 1
    (pack,) = json.loads(result.stdout)["packs"]
    assert {key: pack[key] for key in ("id", "rules", "tests", "failed", "mutants", "noticed", "score", "equivalent")} == {
        "id": "example", "rules": 1, "tests": 1, "failed": 0, "mutants": 6, "noticed": 1, "score": 16.7, "equivalent": [],
    }  # fmt: skip
    assert CliRunner().invoke(main, ["policy", "mutate", path, "--min", "10"]).exit_code == 0

"""Rules prove themselves: the shipped packs, the reference's example, and the runner itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.policy.cases import run_tests
from pcard.policy.loading import check_policy, load_policy
from pcard.policy.rules import Policy

RULES = Path(__file__).resolve().parents[2] / "rules" / "policies"


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_packs_are_clean_and_prove_every_rule(path: Path) -> None:
    assert check_policy([path]) == ()
    outcomes = run_tests(load_policy([path]), only=path.stem)
    assert [fault for outcome in outcomes for fault in outcome.faults] == []
    assert len(outcomes) > 8


def test_a_test_must_name_every_flag_of_its_own_rules(policy_of: Callable[..., Policy]) -> None:
    policy = policy_of(
        "tests:\n- {name: two, given: [{txn.id: a}, {txn.id: b, txn.mcc: '5813'}], expect: {R: [[a]], S: [[a]]}}\n",
        R="kind: row\n  when: {txn.amount|gte: 20.00}",
        S="kind: row\n  when: {txn.mcc: '5813'}",
    )
    (outcome,) = run_tests(policy)
    assert [fault.message for fault in outcome.faults] == [
        "test 'two': S does not flag a",
        "test 'two': R flags b, which no line expects",
        "test 'two': S flags b, which no line expects",
    ]


def test_a_rule_that_lacks_its_data_says_so_in_its_test(policy_of: Callable[..., Policy]) -> None:
    policy = policy_of(
        "tests:\n- {name: none, given: [{txn.id: a}], expect: {R: [[a]]}}\n", R="kind: row\n  when: {txn.mcc: '1'}"
    )
    (outcome,) = run_tests(policy)
    assert [fault.cure for fault in outcome.faults] == [
        "it lacks txn.mcc (empty everywhere); correct the rule or the test"
    ]


def test_a_row_is_a_purchase_as_it_should_be(policy_of: Callable[..., Policy]) -> None:
    rows = "[{txn.id: a}, {txn.id: b, receipt.count: 0}, {txn.id: c, card.cardholder: kim}, {txn.id: d, txn.posted: 2026-09-20}]"
    policy = policy_of(
        f"tests:\n- {{name: rows, given: {rows}, expect: {{R: [[a], [b], [c], [d]], S: [[c]], T: [[b]], U: [[d]]}}}}\n",
        R="kind: row\n  when: {txn.working_day: true, txn.cycle: 2026-09, txn.date: 2026-09-16}".replace(
            "2026-09,", "'2026-09',"
        ),
        S="kind: row\n  when: {txn.buyer: kim, txn.cardholder|same_as: txn.buyer_or_card}",
        T="kind: row\n  when: {receipt.itemized|exists: false}",
        U="kind: row\n  when: {txn.days_to_post: 4}",
    )
    (outcome,) = run_tests(policy)
    assert outcome.faults == ()

"""What differs between two policies, said by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from pcard.cli import main
from pcard.policy.differing import differences
from pcard.policy.rules import Policy

RULES = Path(__file__).resolve().parents[2] / "rules" / "policies"


def test_parameters_lists_and_rules_are_compared(policy_of: Callable[..., Policy]) -> None:
    names = "params: {limit: LIMIT, gone: 1}\nlists: {codes: [CODES]}\n"
    rule = "kind: row\n  when: {txn.amount|gt: $limit}"
    (one,) = policy_of(names.replace("LIMIT", "5.00").replace("CODES", '"1"'), A=rule, B=rule).packs
    text = names.replace("LIMIT", "6.00").replace("CODES", '"1", "2"').replace(", gone: 1", "")
    (other,) = policy_of(text, A=rule.replace("gt", "gte"), C=rule).packs
    assert list(map(str, differences(one, other))) == [
        "  list $codes: 1 -> 1, 2",
        "  parameter $gone is gone: 1",
        "  parameter $limit: 5.00 -> 6.00",
        "  rule A when: {txn.amount|gt: $limit} -> {txn.amount|gte: $limit}",
        "  rule B is gone: B",
        "  rule C is new: C",
    ]
    assert differences(one, one) == []


def test_the_state_pack_differs_from_the_baseline_by_what_it_says() -> None:
    result = CliRunner().invoke(
        main, ["policy", "diff", "builtin:k12-baseline", str(RULES / "wa-schools.yaml"), "--json"]
    )
    found = json.loads(result.stdout)["differences"]
    assert {(each["name"], each["after"]) for each in found if each["what"] == "parameter"} == {
        ("$home_state", "WA"),
        ("$sales_tax", "taxable"),
        ("$voucher_days", "30"),
    }
    assert {each["name"] for each in found if each["what"] == "rule"} == {
        "K12-407",
        *(f"WA-10{n}" for n in range(1, 8)),
    }

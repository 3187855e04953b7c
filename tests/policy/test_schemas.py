"""The schema editors use is the one the models give."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from pcard.policy.schemas import policy_schema

RULES = Path(__file__).resolve().parents[2] / "rules"


def test_the_shipped_schema_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(RULES / "schemas" / "pcard-policy.schema.json", json.dumps(policy_schema(), indent=1) + "\n")


def test_every_condition_of_the_baseline_fits_the_schema() -> None:
    definitions = policy_schema()["$defs"]
    rules = yaml.safe_load((RULES / "policies" / "k12-baseline.yaml").read_text(encoding="utf-8"))["rules"]
    for rule in rules:
        for key in ("when", "where", "needs"):
            for test in _keys(rule.get(key, {})):
                assert any(re.search(pattern, test) for pattern in definitions["Condition"]["patternProperties"])
        for test in _keys(rule.get("having", {})):
            assert any(re.search(pattern, test) for pattern in definitions["GroupCondition"]["patternProperties"])


def _keys(node: Any) -> Iterator[str]:
    for key, value in node.items():
        if key in {"all", "any"}:
            for inner in value:
                yield from _keys(inner)
        elif key == "not":
            yield from _keys(value)
        else:
            yield key

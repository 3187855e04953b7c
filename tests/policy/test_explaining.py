"""Policies in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.policy.explaining import explain_policy
from pcard.policy.loading import load_policy

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

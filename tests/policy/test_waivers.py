"""Waivers read and linted; the reference's example holds word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcard.errors import Refused
from pcard.policy.cases import run_tests
from pcard.policy.loading import check_policy, load_policy
from pcard.policy.waivers import waivers_beside
from tests.policy.conftest import example_of_the_format

POLICY = """format: pcard-policy/1
policy: {id: p, title: P, version: "1", sources: {MAN: {title: Manual}}}
rules:
- {id: R-1, title: R, kind: row, severity: low, cite: [MAN 1], when: {txn.kind: purchase}, message: m, ask: a}
tests:
- {name: t, given: [{txn.id: a}], expect: {R-1: [[a]]}}
"""
WAIVER = """format: pcard-waivers/1
waivers:
- {id: W-1, rule: R-1, scope: SCOPE, reason: why, requested_by: wu, approved_by: ortiz, granted: 2026-01-01, expires: 2027-01-02}
"""


def _codes(folder: Path, waiver: str) -> list[str]:
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    (folder / "waivers.yaml").write_text(waiver, encoding="utf-8")
    return [fault.code for fault in check_policy([folder / "policy.yaml"], waivers_beside([folder / "policy.yaml"]))]


@pytest.mark.parametrize(
    ("scope", "codes"),
    [
        ("{card.id: C-7}", []),
        ("{}", ["condition-unfit"]),
        ("{card.idd: C-7}", ["field-unknown"]),
        ("{coding.fund: '511'}", ["field-unknown"]),
        ("{txn.amount|lte: 10}", []),
        ("{txn.amount|lte: $single_limit}", ["name-unknown"]),
        ("{any: [{txn.site: '1'}, {card.cardholder|in: [kim, ORTIZ]}]}", ["waiver-self-signed"]),
    ],
)
def test_a_scope_is_a_condition_over_charges(tmp_path: Path, scope: str, codes: list[str]) -> None:
    assert _codes(tmp_path, WAIVER.replace("SCOPE", scope)) == codes


def test_a_waiver_runs_366_days_at_most(tmp_path: Path) -> None:
    good = WAIVER.replace("SCOPE", "{card.id: C-7}")
    assert _codes(tmp_path, good) == []
    assert _codes(tmp_path, good.replace("2027-01-02", "2027-01-03")) == ["waiver-too-long"]


def test_a_file_that_holds_no_waivers_is_refused(tmp_path: Path) -> None:
    assert _codes(tmp_path, "format: pcard-waivers/2\n") == ["value-not-allowed"]
    with pytest.raises(Refused, match=r"waivers\.yaml:1:1"):
        load_policy([tmp_path / "policy.yaml"], [tmp_path / "waivers.yaml"])


def test_the_example_of_the_format_holds_with_its_waiver(shared: Path, tmp_path: Path) -> None:
    policy, waivers = example_of_the_format(shared, tmp_path)
    loaded = load_policy([policy], [waivers])
    assert [fault.code for fault in loaded.warnings] == ["waiver-evidence-missing"]
    outcomes = list(run_tests(loaded, only="example-usd"))
    assert [fault for outcome in outcomes for fault in outcome.faults] == []
    without = [
        fault.code for outcome in run_tests(load_policy([policy]), only="example-usd") for fault in outcome.faults
    ]
    assert without == ["test-flag-unexpected", "test-waiver-missing"]

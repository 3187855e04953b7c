"""Policies that must not be loaded: each is refused with its line and a cure, by the command itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pcard.cli import main

HEAD = """format: pcard-policy/1
policy: {id: example, title: Example, version: "1", sources: {MAN: {title: Manual}}}
"""
RULE = """rules:
- {id: R-1, title: T, severity: low, cite: [MAN 1], kind: row, message: m, ask: a,
   when: {WHEN}}
"""
TESTS = {
    "unknown field": ("{txn.amonut|gt: 10.00}", "field-unknown"),
    "wrong type": ("{txn.amount|gt: ten}", "operand-unfit"),
    "a code where money stands": ("{txn.amount|gt: 0742}", "operand-unfit"),
    "a word where yes or no stands": ("{txn.working_day: no}", "operand-unfit"),
    "a number with an underscore": ("{txn.amount|gt: 1_000}", "operand-unfit"),
    "a number of base sixty": ("{txn.amount|gt: 1:30}", "operand-unfit"),
    "a number with an exponent": ("{txn.amount|gt: 1e3}", "operand-unfit"),
    "half a cent": ("{txn.amount|gt: 10.005}", "operand-unfit"),
    "no number": ("{txn.amount|gt: .nan}", "yaml-number"),
    "no day": ("{txn.date|gt: 2026-02-30}", "yaml-date"),
    "a number where a code stands": ("{txn.mcc: 5812}", "operand-unfit"),
    "impossible": ("{txn.amount|gt: 10.00, txn.amount|lt: 5.00}", "rule-unmeetable"),
    "between backwards": ("{txn.amount|between: [10.00, 5.00]}", "rule-unmeetable"),
    "both and neither": ("{txn.mcc|in: ['1', '2'], txn.mcc|not_in: ['1', '2', '3']}", "rule-unmeetable"),
    "missing and tested": ("{txn.city|exists: false, txn.city: Tulsa}", "rule-unmeetable"),
    "no such kind": ("{txn.kind: refund}", "kind-unknown"),
    "a pattern that explodes": ("{txn.merchant|matches: '^(a+)+$'}", "pattern-broken"),
    "a pattern too large": ("{txn.merchant|matches: '((a{0,999}){0,999}){0,999}'}", "pattern-broken"),
    "an expression": ("'txn.amount > 10'", "value-unfit"),
}
FILES = {
    "the same id twice": (HEAD + RULE.replace("{WHEN}", "{txn.amount|gt: 1.00}") + RULE.replace("rules:\n", "").replace("{WHEN}", "{txn.amount|gt: 2.00}"), "rule-twice"),
    "extends itself": (HEAD + "extends: [policy.yaml]\n", "extends-circle"),
    "a bomb of aliases": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "yaml-anchor"),
    "a bomb of brackets": (HEAD + "lists: " + "[" * 100_000, "yaml-nesting"),
    "a tag": (HEAD + "lists: !!python/object/apply:os.system [ls]\n", "yaml-tag"),
    "a large file": (HEAD + "# " + "x" * 1_100_000, "yaml-too-large"),
    "a version that is a number": (HEAD.replace('"1"', "1.10"), "value-unfit"),
}  # fmt: skip


def _refused(tmp_path: Path, text: str) -> list[dict[str, object]]:
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["policy", "check", str(path), "--json"])
    assert result.exit_code == 3, result.output
    faults: list[dict[str, object]] = json.loads(result.stdout)["faults"]
    return faults


@pytest.mark.parametrize(("when", "code"), TESTS.values(), ids=list(TESTS))
def test_a_bad_condition_is_refused_on_its_line(tmp_path: Path, when: str, code: str) -> None:
    faults = _refused(tmp_path, HEAD + RULE.replace("{WHEN}", when))
    assert [fault["code"] for fault in faults if not fault["warning"]] == [code]
    assert (faults[0]["line"], bool(faults[0]["column"]), bool(faults[0]["cure"])) == (5, True, True)


@pytest.mark.parametrize(("text", "code"), FILES.values(), ids=list(FILES))
def test_a_bad_file_is_refused(tmp_path: Path, text: str, code: str) -> None:
    faults = _refused(tmp_path, text)
    assert code in {fault["code"] for fault in faults}
    assert all(fault["cure"] for fault in faults)

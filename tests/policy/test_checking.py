"""A ledger judged: what is flagged, what is not evaluated, what a person decided."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pcard.errors import Refused
from pcard.frames import DECISIONS, MATCHES, Ledger
from pcard.policy.calendars import Calendar
from pcard.policy.checking import Checked, check
from pcard.policy.loading import load_policy
from pcard.policy.rules import Policy
from tests.policy.conftest import ledger_of, matches_of

AS_OF = date(2026, 9, 30)
BASELINE = Path(__file__).resolve().parents[2] / "rules" / "policies" / "k12-baseline.yaml"
CALENDAR = Calendar.of_years([2022, 2026])
PolicyOf = Callable[..., Policy]


def _check(
    ledger: Ledger, policy: Policy, matches: pl.DataFrame | None = None, decisions: pl.DataFrame | None = None
) -> Checked:
    given = MATCHES.empty() if matches is None else matches
    return check(ledger, given, policy, DECISIONS.empty() if decisions is None else decisions, AS_OF, CALENDAR)


def _flagged(checked: Checked) -> dict[str, list[str]]:
    rows = checked.flags.sort("rule_id", "transaction_ids").select("rule_id", "transaction_ids").rows()
    found: dict[str, list[str]] = {}
    for rule_id, ids in rows:
        found.setdefault(rule_id, []).append(ids)
    return found


def test_a_flag_says_what_when_where_and_by_which_clause(policy_of: PolicyOf) -> None:
    policy = policy_of(R="kind: row\n  when: {txn.amount|gt: 19.99}")
    flag = _check(ledger_of({"cardholder": "ana", "site": "101"}), policy).flags.row(0, named=True)
    assert flag | {"flag_id": "", "policy_hash": ""} == {
        "flag_id": "", "rule_id": "R", "policy_version": "example 1", "severity": "medium", "transaction_ids": "t0",
        "card": "1001", "cardholder": "ana", "site": "101", "amount_cents": 2000, "suspicion": 0.35, "reasons": None,
        "message": "1 of ROSEBAY OFFICE", "ask": "Why?", "cite": "MAN 1", "disposition": None, "waiver_id": None,
        "title": "R", "due": None, "escalate_to": None, "policy_hash": "",
    }  # fmt: skip
    assert len(flag["flag_id"]) == 12
    assert flag["policy_hash"] == policy.packs[0].sha256


def test_rules_without_their_data_are_named_with_what_they_lack(policy_of: PolicyOf) -> None:
    policy = policy_of(
        RECEIPT="kind: row\n  when: {receipt.count|lt: 1}",
        MCC="kind: row\n  when: {txn.mcc: '5813'}",
        EITHER="kind: row\n  when: {any: [{txn.mcc: '5813'}, {txn.amount|gt: 5.00}]}",
        SITE="kind: aggregate\n  group: [txn.site]\n  having: {sum(txn.amount)|gt: 5.00}",
        AP="kind: check\n  check: paid_by_ap",
        DRAFT="kind: row\n  status: draft\n  when: {txn.mcc: '5813'}",
    )
    checked = _check(ledger_of({}), policy)
    assert _flagged(checked) == {"EITHER": ["t0"]}
    assert dict(checked.not_evaluated.select("rule_id", "lacks").rows()) == {
        "RECEIPT": "receipt.count (no receipts imported)",
        "MCC": "txn.mcc (empty everywhere)",
        "SITE": "txn.site (empty everywhere)",
        "AP": "ap_payments (none imported)",
    }


def test_evidence_counts_once_a_match_is_accepted_or_confirmed(policy_of: PolicyOf) -> None:
    policy = policy_of(R="kind: deadline\n  needs: {receipt.count|gte: 1}\n  due: {days: 3, after: txn.posted}")
    receipts = [{"id": "r", "kind": "itemized"}]
    link = ("t0", "receipt", "r")
    for outcome, flagged in (("accepted", []), ("confirmed", []), ("review", ["t0"])):
        checked = _check(ledger_of({}, receipts=receipts), policy, matches_of(link, outcome=outcome))
        assert checked.flags["transaction_ids"].to_list() == flagged
    assert checked.flags["reasons"].to_list() == ["a proposed receipt awaits review"]


def test_the_buyer_is_who_signed_the_card_out(policy_of: PolicyOf) -> None:
    policy = policy_of(R="kind: row\n  when: {approver.person|same_as: txn.buyer}")
    custody = [{"card": "1001", "person": "joe", "out": date(2026, 9, 15), "in": date(2026, 9, 17)}]
    approvals = [{"transaction": "t0", "step": "approver", "person": "Joe", "on": date(2026, 9, 20)}]
    checked = _check(ledger_of({"cardholder": "office"}, custody=custody, approvals=approvals), policy)
    assert _flagged(checked) == {"R": ["t0"]}


def test_a_rule_about_coding_is_met_by_any_of_the_lines(policy_of: PolicyOf) -> None:
    policy = policy_of(
        "lists: {federal: ['511']}\n",
        R="kind: row\n  when: {coding.fund|in: $federal}",
        S="kind: aggregate\n  group: [coding.fund]\n  having: {sum(coding.amount)|gte: 15.00}",
    )
    lines = [
        {"transaction": "t0", "line_no": "1", "amount_cents": 1500, "fund": "11"},
        {"transaction": "t0", "line_no": "2", "amount_cents": 500, "fund": "511"},
    ]
    checked = _check(ledger_of({}, coding=lines), policy)
    assert _flagged(checked) == {"R": ["t0"], "S": ["t0"]}
    assert checked.flags["amount_cents"].to_list() == [2000, 2000]


def test_a_charge_is_judged_by_the_version_in_force(tmp_path: Path) -> None:
    paths = []
    for year, limit in ((2025, "10.00"), (2026, "30.00")):
        path = tmp_path / f"{year}.yaml"
        path.write_text(_VERSION.format(year=year, limit=limit), encoding="utf-8")
        paths.append(path)
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    checked = _check(ledger_of(*({"date": day} for day in days)), load_policy(paths))
    assert checked.flags["transaction_ids"].sort().to_list() == ["t1", "t2"]
    assert checked.flags["policy_version"].unique().to_list() == ["dated 2025"]
    assert checked.not_evaluated["lacks"].to_list() == ["a version in force on the date of purchase (charges: 1)"]


_VERSION = """format: pcard-policy/1
policy: {{id: dated, title: Dated, version: "{year}", effective: {{from: {year}-01-01}}, sources: {{MAN: {{title: M}}}}}}
rules:
- {{id: R, title: R, kind: row, severity: low, cite: [MAN 1], when: {{txn.amount|gt: {limit}}}, message: m, ask: a}}
"""


def test_a_disposition_is_shown_and_hides_nothing(policy_of: PolicyOf) -> None:
    policy = policy_of(R="kind: row\n  when: {txn.amount|gt: 1.00}")
    ledger = ledger_of({}, {})
    flag_id = _check(ledger, policy).flags["flag_id"][0]
    given: list[dict[str, Any]] = [
        {"decision_id": "1", "at": "2026-09-01", "value": "violation"},
        {"decision_id": "2", "at": "2026-09-02", "value": "justified"},
        {"decision_id": "3", "at": "2026-09-03", "value": "referred", "undone_by": "4"},
    ]
    decisions = DECISIONS.rows({"who": "pat", "act": "dispose", "subject": flag_id, **each} for each in given)
    checked = _check(ledger, policy, decisions=decisions)
    assert checked.flags.height == 2
    assert dict(checked.flags.select("flag_id", "disposition").rows())[flag_id] == "justified"


def test_trial_rules_flag_for_information_only(policy_of: PolicyOf) -> None:
    policy = policy_of(R="kind: row\n  status: trial\n  when: {txn.amount|gt: 1.00}")
    assert _check(ledger_of({}), policy).flags["severity"].to_list() == ["info"]


def test_memo_lines_and_an_empty_ledger_give_no_flags(policy_of: PolicyOf) -> None:
    policy = policy_of(R="kind: row\n  when: {txn.amount|gt: 1.00}")
    for ledger in (Ledger(), ledger_of({"memo": True})):
        checked = _check(ledger, policy)
        assert checked.flags.is_empty()
        assert checked.not_evaluated.is_empty()


def test_text_in_data_is_never_a_template(policy_of: PolicyOf) -> None:
    policy = policy_of(R="kind: row\n  when: {txn.amount|gt: 1.00}")
    hostile = "{0.__class__.__init__.__globals__} {txn.card} %s $1"
    assert _check(ledger_of({"merchant": hostile}), policy).flags["message"].to_list() == [f"1 of {hostile}"]


def test_a_broken_rule_refuses_the_policy(policy_of: PolicyOf) -> None:
    with pytest.raises(Refused, match="there is no field 'where'"):
        policy_of(R="kind: row\n  when: {where: '1=1; drop table txn;--'}")


def test_the_baseline_runs_on_four_columns_of_real_data(shared: Path) -> None:
    with gzip.open(shared / "data" / "sc_pcard_2022_01.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        charges = [
            {
                "date": date.fromisoformat(row["purchase_date"]),
                "amount_cents": int(Decimal(row["amount"]) * 100),
                "merchant": row["vendor"] or "unknown",
                "card": row["card_id"],
                "kind": "credit" if row["amount"].startswith("-") else "purchase",
            }
            for row in csv.DictReader(lines)
        ]
    checked = check(
        ledger_of(*charges), MATCHES.empty(), load_policy([BASELINE]), DECISIONS.empty(), date(2022, 2, 28), CALENDAR
    )
    counts = dict(checked.flags["rule_id"].value_counts().rows())
    # A naive rule - same card, merchant and day - would flag a quarter of the charges.
    assert 50 < counts["K12-201"] < len(charges) * 0.01
    assert 200 < counts["K12-203"] < len(charges) * 0.04
    lacks = dict(checked.not_evaluated.select("rule_id", "lacks").rows())
    assert lacks["K12-401"] == "receipt.count (no receipts imported)"
    assert lacks["K12-410"] == "coding.source (no coding imported)"
    assert not lacks.keys() & {
        "K12-101", "K12-102", "K12-201", "K12-203", "K12-205", "K12-206", "K12-303", "K12-304", "K12-306"
    }  # fmt: skip

"""Law 6: a waiver never hides a flag; it marks it, and counts what it marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcard.frames import DECISIONS, MATCHES
from pcard.policy.calendars import Calendar
from pcard.policy.checking import Checked, check
from pcard.policy.loading import load_policy
from pcard.policy.rules import Policy
from tests.policy.conftest import ledger_of

CALENDAR = Calendar.of_years([2026])
AS_OF = date(2026, 9, 30)
SPLIT = "kind: window\n  group: [txn.buyer_or_card, txn.merchant_key]\n  within: 3 days\n  having: {sum(txn.amount)|gt: 50.00}"
Loads = Callable[..., Policy]


@pytest.fixture
def waived_by(policy_of: Loads, tmp_path: Path) -> Loads:
    """Load a policy of two rules with waivers of the keys given."""

    def load(*waivers: str) -> Policy:
        policy_of(R="kind: row\n  when: {txn.amount|gt: 1.00}", S=SPLIT)
        common = "reason: why, requested_by: wu, approved_by: ortiz"
        days = "granted: 2026-09-01, expires: 2026-09-30"
        lines = [f"- {{id: W-{index}, {each}, {common}, {days}}}\n" for index, each in enumerate(waivers)]
        path = tmp_path / "waivers.yaml"
        path.write_text("format: pcard-waivers/1\nwaivers:\n" + "".join(lines), encoding="utf-8")
        return load_policy([tmp_path / "policy.yaml"], [path])

    return load


def _check(policy: Policy, *charges: dict[str, Any], decisions: pl.DataFrame | None = None) -> Checked:
    given_ = DECISIONS.empty() if decisions is None else decisions
    return check(ledger_of(*charges), MATCHES.empty(), policy, given_, AS_OF, CALENDAR)


def _marked(checked: Checked) -> dict[str, str]:
    rows = checked.flags.filter(pl.col("waiver_id").is_not_null()).select("transaction_ids", "waiver_id")
    return dict(rows.sort("transaction_ids").rows())


charges = st.lists(
    st.fixed_dictionaries(
        {
            "date": st.integers(0, 40).map(lambda days: date(2026, 8, 25) + timedelta(days=days)),
            "amount_cents": st.integers(-2_000, 9_000),
            "merchant": st.sampled_from(["ACORN", "BIRCH"]),
            "card": st.sampled_from(["1001", "1002"]),
            "cardholder": st.sampled_from(["ana", "ortiz", None]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(charges, st.integers(1, 3), st.integers(1, 200))
def test_a_waiver_marks_and_counts_and_hides_nothing(
    waived_by: Loads, given_charges: list[dict[str, Any]], uses: int, total: int
) -> None:
    policy = waived_by(
        f"rule: R, scope: {{txn.merchant: ACORN}}, limit: {{uses: {uses}, total: {total}.00}}",
        "rule: S, scope: {txn.amount|gt: 0.00}, limit: {sum(txn.amount)|lte: 100.00}",
        "rule: R, scope: {txn.amount|lte: 20.00}",
    )
    with_waivers = _check(policy, *given_charges)
    without = _check(replace(policy, waivers=()), *given_charges)
    assert with_waivers.flags.drop("waiver_id", "disposition").equals(without.flags.drop("waiver_id", "disposition"))
    marked = with_waivers.flags.filter(pl.col("waiver_id").is_not_null())
    counted = {row["waiver_id"]: row for row in with_waivers.waivers.to_dicts()}
    assert marked.height == sum(row["uses"] for row in counted.values())
    assert marked["disposition"].eq("waived").all()
    assert "ortiz" not in marked["cardholder"].to_list()
    assert counted["W-0"]["uses"] <= uses
    assert counted["W-0"]["amount_cents"] <= total * 100
    for flag in marked.to_dicts():
        days = [given_charges[int(name[1:])]["date"] for name in flag["transaction_ids"].split(";")]
        assert all(date(2026, 9, 1) <= day <= date(2026, 9, 30) for day in days)


def test_the_oldest_flags_are_covered_until_the_caps_are_reached(waived_by: Loads) -> None:
    days = [{"date": date(2026, 9, day)} for day in (5, 3, 4, 6)]
    assert _marked(_check(waived_by("rule: R, scope: {txn.kind: purchase}, limit: {uses: 2}"), *days)) == {
        "t1": "W-0",
        "t2": "W-0",
    }
    checked = _check(waived_by("rule: R, scope: {txn.kind: purchase}, limit: {total: 59.99}"), *days)
    assert _marked(checked) == {"t1": "W-0", "t2": "W-0"}
    assert [fault.code for fault in checked.notes] == ["waiver-expiring", "waiver-used-up"]


def test_a_second_waiver_covers_what_the_first_has_no_room_for(waived_by: Loads) -> None:
    policy = waived_by("rule: R, scope: {txn.kind: purchase}, limit: {uses: 1}", "rule: R, scope: {txn.card: '1001'}")
    assert _marked(_check(policy, {}, {})) == {"t0": "W-0", "t1": "W-1"} or _marked(_check(policy, {}, {})) == {
        "t0": "W-1",
        "t1": "W-0",
    }


@pytest.mark.parametrize(
    ("day", "covered"),
    [(date(2026, 8, 31), False), (date(2026, 9, 1), True), (date(2026, 9, 30), True), (date(2026, 10, 1), False)],
)
def test_it_covers_purchases_from_its_granting_to_its_end(waived_by: Loads, day: date, covered: bool) -> None:
    assert bool(_marked(_check(waived_by("rule: R, scope: {txn.kind: purchase}"), {"date": day}))) is covered


def test_all_charges_of_a_group_must_lie_in_the_scope(waived_by: Loads) -> None:
    policy = waived_by("rule: S, scope: {txn.amount|gte: 30.00}")
    one, other = {"amount_cents": 3_000, "date": date(2026, 9, 8)}, {"amount_cents": 2_999, "date": date(2026, 9, 9)}
    assert _marked(_check(policy, one, other)) == {}
    assert _marked(_check(policy, one, other | {"amount_cents": 3_000})) == {"t0;t1": "W-0"}


def test_a_persons_word_stands_beside_the_waiver(waived_by: Loads) -> None:
    policy = waived_by("rule: R, scope: {txn.kind: purchase}")
    flag_id = _check(policy, {}).flags["flag_id"][0]
    said = {"decision_id": "1", "at": "2026-09-20", "who": "pat", "act": "dispose", "subject": flag_id}
    checked = _check(policy, {}, decisions=DECISIONS.rows([{**said, "value": "violation"}]))
    assert checked.flags.select("disposition", "waiver_id").rows() == [("violation", "W-0")]


def test_a_waiver_whose_granting_was_undone_covers_nothing(waived_by: Loads) -> None:
    policy = waived_by("rule: R, scope: {txn.kind: purchase}")
    granted = {"decision_id": "1", "at": "2026-09-01", "who": "pat", "act": "waive", "subject": "W-0", "value": "R"}
    assert _marked(_check(policy, {}, decisions=DECISIONS.rows([granted]))) == {"t0": "W-0"}
    assert _marked(_check(policy, {}, decisions=DECISIONS.rows([granted | {"undone_by": "2"}]))) == {}


def test_a_signer_is_covered_by_nothing_they_signed(waived_by: Loads) -> None:
    checked = _check(waived_by("rule: R, scope: {txn.kind: purchase}"), {"cardholder": "Ortiz"})
    assert _marked(checked) == {}
    assert "waiver-of-its-signer" in {fault.code for fault in checked.notes}

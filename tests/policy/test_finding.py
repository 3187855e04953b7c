"""Laws of groups, windows and deadlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcard.frames import DECISIONS, MATCHES
from pcard.policy.calendars import Calendar
from pcard.policy.checking import check
from pcard.policy.rules import Policy
from tests.policy.conftest import ledger_of

CALENDAR = Calendar.of_years([2026])
FIRST = date(2026, 8, 28)
SPLIT = (
    "kind: window\n  where: {txn.kind: purchase, txn.amount|lte: 100.00}\n  group: [txn.buyer_or_card, txn.merchant_key]"
    "\n  within: 3 business days\n  having: {sum(txn.amount)|gt: 100.00}"
)
fixture_is_read_only = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])

charges = st.lists(
    st.fixed_dictionaries(
        {
            "date": st.integers(0, 16).map(lambda days: FIRST + timedelta(days=days)),
            "amount_cents": st.integers(1, 12_000),
            "merchant": st.sampled_from(["ACORN", "BIRCH"]),
            "card": st.sampled_from(["1001", "1002"]),
            "cardholder": st.sampled_from(["ana", "kim", None]),
        }
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def split(policy_of: Callable[..., Policy]) -> Policy:
    return policy_of(R=SPLIT)


def _groups(
    policy: Policy, given_charges: list[dict[str, Any]], as_of: date = date(2026, 9, 30)
) -> set[tuple[str, ...]]:
    flags = check(ledger_of(*given_charges), MATCHES.empty(), policy, DECISIONS.empty(), as_of, CALENDAR).flags
    return {tuple(ids.split(";")) for ids in flags["transaction_ids"]}


def _named(given_charges: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"t{index}": charge for index, charge in enumerate(given_charges)}


def _business_days(first: date, last: date) -> int:
    days = (first + timedelta(days=step) for step in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 and day not in CALENDAR.days_off for day in days)


def _whose(charge: Mapping[str, Any]) -> tuple[str, str]:
    return charge["cardholder"] or f"card {charge['card']}", charge["merchant"]


@fixture_is_read_only
@given(charges)
def test_a_window_holds_its_members_and_breaks_its_limit(split: Policy, given_charges: list[dict[str, Any]]) -> None:
    named = _named(given_charges)
    for group in _groups(split, given_charges):
        members = [named[each] for each in group]
        days = sorted(member["date"] for member in members)
        assert len(members) > 1
        assert sum(member["amount_cents"] for member in members) > 10_000
        assert all(member["amount_cents"] <= 10_000 for member in members)
        assert _business_days(days[0], days[-1]) <= 3
        assert len({_whose(member) for member in members}) == 1


@fixture_is_read_only
@given(charges)
def test_no_split_is_missed(split: Policy, given_charges: list[dict[str, Any]]) -> None:
    found = [set(group) for group in _groups(split, given_charges)]
    small = {name: charge for name, charge in _named(given_charges).items() if charge["amount_cents"] <= 10_000}
    for start in small.values():
        window = {
            name
            for name, charge in small.items()
            if _whose(charge) == _whose(start) and charge["date"] >= start["date"]
            and _business_days(start["date"], charge["date"]) <= 3
        }  # fmt: skip
        if len(window) > 1 and sum(small[name]["amount_cents"] for name in window) > 10_000:
            assert any(window <= group for group in found)


@fixture_is_read_only
@given(charges, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(split: Policy, given_charges: list[dict[str, Any]], random: Any) -> None:
    named = [{**charge, "transaction_id": name, "id": name} for name, charge in _named(given_charges).items()]
    shuffled = random.sample(named, len(named))
    assert _groups(split, named) == _groups(split, shuffled)


@fixture_is_read_only
@given(charges, st.integers(0, 16), st.integers(1, 12_000))
def test_an_unrelated_charge_removes_no_flag(
    split: Policy, given_charges: list[dict[str, Any]], day: int, cents: int
) -> None:
    other = {"date": FIRST + timedelta(days=day), "amount_cents": cents, "merchant": "CEDAR", "card": "1001"}
    assert _groups(split, given_charges) <= _groups(split, [*given_charges, {**other, "cardholder": "ana"}])


@fixture_is_read_only
@given(charges)
def test_a_group_has_all_who_agree(policy_of: Callable[..., Policy], given_charges: list[dict[str, Any]]) -> None:
    policy = policy_of(
        R="kind: aggregate\n  group: [txn.merchant_key]\n  having: {sum(txn.amount)|gt: 200.00, count|gte: 3}"
    )
    named = _named(given_charges)
    expected = set()
    for merchant in ("ACORN", "BIRCH"):
        members = tuple(sorted(name for name, charge in named.items() if charge["merchant"] == merchant))
        if len(members) >= 3 and sum(named[name]["amount_cents"] for name in members) > 20_000:
            expected.add(members)
    assert _groups(policy, given_charges) == expected


def test_the_lowest_limit_of_a_group_counts(policy_of: Callable[..., Policy]) -> None:
    policy = policy_of(
        "params: {limit: {own: card.single_limit, default: 99.00}}\n",
        R="kind: window\n  group: [txn.buyer]\n  within: same day\n  having: {sum(txn.amount)|gt: $limit}\n"
        "  unless: {sum(txn.amount)|gt: 999.00}",
    )
    cards = [
        {"card": card, "cardholder": "ana", "single_limit_cents": limit}
        for card, limit in (("1", 5_000), ("2", 20_000))
    ]
    both = [{"card": card, "cardholder": "ana", "amount_cents": 2_501} for card in ("1", "2")]
    ledger = ledger_of(*both, cards=cards)
    flags = check(ledger, MATCHES.empty(), policy, DECISIONS.empty(), date(2026, 9, 30), CALENDAR).flags
    assert flags["transaction_ids"].to_list() == ["t0;t1"]
    assert flags["reasons"].to_list() == ["on the same day; the same amount each time"]


@pytest.mark.parametrize(
    ("unit", "posted", "late"),
    [
        ("days", date(2026, 9, 20), None),
        ("days", date(2026, 9, 19), 1),
        ("days", date(2026, 9, 9), 11),
        ("business_days", date(2026, 9, 16), None),
        ("business_days", date(2026, 9, 15), 1),
        ("business_days", date(2026, 9, 12), 5),
    ],
)
def test_a_deadline_counts_from_the_day_after(
    policy_of: Callable[..., Policy], unit: str, posted: date, late: int | None
) -> None:
    policy = policy_of(
        R=f"kind: deadline\n  needs: {{txn.purpose|exists: true}}\n  due: {{{unit}: 10, after: txn.posted}}\n"
        "  escalate: [{after: 5, to: the office, severity: high}, {after: 10, to: txn.buyer, severity: critical}]"
    )
    coding = [{"transaction": "t1", "line_no": "1", "amount_cents": 2_000, "purpose": "paper"}]
    ledger = ledger_of({"posted": posted, "cardholder": "ana"}, {"posted": posted}, coding=coding)
    flags = check(ledger, MATCHES.empty(), policy, DECISIONS.empty(), date(2026, 9, 30), CALENDAR).flags
    assert flags["transaction_ids"].to_list() == ([] if late is None else ["t0"])
    if late is not None:
        told = {1: ("medium", None), 5: ("high", "the office"), 11: ("critical", "ana")}[late]
        assert flags.select("severity", "escalate_to").row(0) == told
        assert flags["due"].to_list() == [date(2026, 9, 30) - timedelta(days=late)]

"""A policy tried on cycles past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from pcard.frames import DECISIONS, MATCHES
from pcard.policy.backtest import compare, remarks, switched_on
from pcard.policy.calendars import Calendar
from pcard.policy.checking import check
from pcard.policy.rules import Policy
from tests.policy.conftest import ledger_of

CALENDAR = Calendar.of_years([2026])


def test_flags_are_new_gone_or_the_same_by_rule_and_site(policy_of: Callable[..., Policy]) -> None:
    ledger = ledger_of(
        {"amount_cents": 1_500, "site": "101"},
        {"amount_cents": 2_500, "site": "101"},
        {"amount_cents": 3_500, "site": "102"},
        {"amount_cents": 3_600},
        {"amount_cents": 9_900, "site": "102", "date": date(2026, 6, 3)},
    )

    def flags(policy: Policy) -> object:
        return check(ledger, MATCHES.empty(), policy, DECISIONS.empty(), date(2026, 9, 30), CALENDAR).flags

    before = flags(policy_of(R="kind: row\n  when: {txn.amount|between: [10.00, 30.00]}"))
    after = flags(policy_of(R="kind: row\n  when: {txn.amount|gt: 20.00}"))
    assert compare(ledger.transactions, before, after, 1).rows() == [  # type: ignore[arg-type]
        ("R", "101", 0, 1, 1, 0, 1_500),
        ("R", "102", 1, 0, 0, 3_500, 0),
        ("R", None, 1, 0, 0, 3_600, 0),
    ]
    assert compare(ledger.transactions, before, after, 9)["new"].sum() == 3  # type: ignore[arg-type]


def test_a_draft_is_switched_on_by_name_only(policy_of: Callable[..., Policy]) -> None:
    when = "kind: row\n  when: {txn.amount|gt: 1.00}"
    policy = policy_of(A=f"{when}\n  status: draft", B=f"{when}\n  status: draft", C=f"{when}\n  status: retired")
    tried = switched_on(policy, ["A", "C"])
    found = check(ledger_of({}), MATCHES.empty(), tried, DECISIONS.empty(), date(2026, 9, 30), CALENDAR)
    assert found.flags["rule_id"].to_list() == ["A"]


def test_a_rule_that_flags_a_fifth_or_nothing_in_a_year_is_remarked(policy_of: Callable[..., Policy]) -> None:
    quiet, loud = "kind: row\n  when: {txn.amount|gt: 9000.00}", "kind: row\n  when: {txn.amount|gt: 10.00}"
    policy = policy_of(LOUD=loud, QUIET=quiet, DRAFT=f"{quiet}\n  status: draft")

    def said(months: int, large: int, small: int) -> list[str]:
        days = [date(2025 + month // 12, month % 12 + 1, 15) for month in range(months)]
        charges = [{"amount_cents": 1_500, "date": days[n % months], "posted": days[n % months]} for n in range(large)]
        charges += [{"amount_cents": 500, "date": days[n % months], "posted": days[n % months]} for n in range(small)]
        ledger = ledger_of(*charges)
        found = check(ledger, MATCHES.empty(), policy, DECISIONS.empty(), date(2026, 9, 30), CALENDAR)
        return remarks(ledger.transactions, found, policy, 12)

    often, never = said(12, 4, 12)
    assert often.startswith("LOUD flags 25% of the purchases")
    assert never.startswith("never flagged a charge in 12 cycles: QUIET;")
    assert said(11, 2, 11) == []  # less than a fifth, less than a year
    assert said(2, 1, 4) == []  # a fifth, and no more

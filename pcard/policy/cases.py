"""The tests that stand beside the rules: charges as given, and the flags that must follow.

A row says only what matters; the rest is a purchase as it should be: on a
Wednesday, by one holder at one site, approved, coded and with its receipt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from pcard.errors import Fault
from pcard.policy.calendars import Calendar
from pcard.policy.checking import judge
from pcard.policy.given import matter_given
from pcard.policy.policyfile import RuleTest
from pcard.policy.rules import Pack, Policy

_CALENDAR_YEARS = range(2020, 2036)


@dataclass(frozen=True)
class Outcome:
    """What one test gave: `faults` is empty where it holds."""

    pack: str
    name: str
    faults: tuple[Fault, ...]

    @property
    def failed(self) -> bool:
        """Whether the rules gave something else than expected."""
        return bool(self.faults)


def run_tests(policy: Policy) -> list[Outcome]:
    """Run the tests of every pack, each by its pack as it stands alone.

    A test must name every flag of the pack's own rules; inherited rules are
    only held to what the test expects of them.
    """
    calendar = Calendar.of_years(_CALENDAR_YEARS)
    return [_run(pack, index, calendar) for pack in policy.all_packs() for index in range(len(pack.tests))]


def _run(pack: Pack, index: int, calendar: Calendar) -> Outcome:
    test = pack.tests[index]
    flags, lacks = judge(_judged(pack, test), matter_given(test, calendar))
    lacking = {lack["rule_id"]: lack["lacks"] for lack in lacks}
    got = [
        (rule_id, tuple(ids.split(";")), severity)
        for frame in flags
        for rule_id, ids, severity in frame.select("rule_id", "transaction_ids", "severity").rows()
    ]
    faults = [*_misses(pack, index, got, lacking), *_extras(pack, index, got), *_severities(pack, index, got)]
    return Outcome(pack.about.id, test.name, tuple(faults))


_Got: TypeAlias = list[tuple[str, tuple[str, ...], str]]


def _judged(pack: Pack, test: RuleTest) -> Pack:
    """Return the pack with the rules a test speaks about, in force on every day."""
    named = pack.own | test.expect.keys()
    return replace(pack, rules=tuple(rule for rule in pack.rules if rule.id in named), in_force=(None, None))


def _misses(pack: Pack, index: int, got: _Got, lacking: Mapping[str, str]) -> Iterator[Fault]:
    flagged = {(rule_id, ids) for rule_id, ids, _ in got}
    for rule_id, groups in pack.tests[index].expect.items():
        place = pack.file.place("tests", index, "expect", rule_id)
        for group in groups:
            if (rule_id, tuple(sorted(group))) not in flagged:
                why = f"it lacks {lacking[rule_id]}" if rule_id in lacking else "no condition of it was met"
                message = f"test '{pack.tests[index].name}': {rule_id} does not flag {', '.join(group)}"
                yield Fault("test-flag-missing", place, message, f"{why}; correct the rule or the test")


def _extras(pack: Pack, index: int, got: _Got) -> Iterator[Fault]:
    test = pack.tests[index]
    wanted = {(rule_id, tuple(sorted(group))) for rule_id, groups in test.expect.items() for group in groups}
    waived = {tuple(sorted(group)) for groups in test.expect_waived.values() for group in groups}
    for rule_id, ids, _ in got:
        if (rule_id, ids) not in wanted and ids not in waived:
            message = f"test '{test.name}': {rule_id} flags {', '.join(ids)}, which no line expects"
            cure = f"expect it (`{rule_id}: [[{', '.join(ids)}]]`), or correct the rule"
            yield Fault("test-flag-unexpected", pack.file.place("tests", index, "expect"), message, cure)


def _severities(pack: Pack, index: int, got: _Got) -> Iterator[Fault]:
    for member, severity in pack.tests[index].expect_severity.items():
        found = {each for _, ids, each in got if member in ids}
        if severity not in found:
            message = f"test '{pack.tests[index].name}': {member} is {' and '.join(sorted(found)) or 'not flagged'}"
            place = pack.file.place("tests", index, "expect_severity", member)
            yield Fault("test-severity", place, message, f"{severity} was expected; correct the rule or the test")

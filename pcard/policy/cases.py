"""The tests that stand beside the rules: charges as given, and the flags that must follow.

A row says only what matters; the rest is a purchase as it should be: on a
Wednesday, by one holder at one site, approved, coded and with its receipt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import polars as pl

from pcard.conditions import Listed, Param
from pcard.errors import Fault
from pcard.policy.calendars import Calendar
from pcard.policy.checking import Judged, judge
from pcard.policy.compiling import compile_rule
from pcard.policy.given import matter_given
from pcard.policy.names import read_params
from pcard.policy.policyfile import RuleTest
from pcard.policy.rules import Pack, Policy, Rule, Waiver
from pcard.policy.waiving import waive

CALENDAR_YEARS = range(2020, 2036)


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


def run_tests(policy: Policy, only: str | None = None) -> list[Outcome]:
    """Run the tests of every pack, or of one by its id, each by its pack as it stands alone.

    A test must name every flag of the pack's own rules; inherited rules are
    only held to what the test expects of them.
    """
    calendar = Calendar.of_years(CALENDAR_YEARS)
    packs = [pack for pack in policy.all_packs() if only in {None, pack.about.id}]
    return [_run(pack, index, calendar, policy.waivers) for pack in packs for index in range(len(pack.tests))]


def _run(pack: Pack, index: int, calendar: Calendar, waivers: Sequence[Waiver]) -> Outcome:
    test = pack.tests[index]
    named = [waiver for waiver in waivers if waiver.id in test.expect_waived]
    judged = Judged()
    judge(_judged(pack, test, named), matter_given(test, calendar), judged, named)
    lacking = {lack["rule_id"]: lack["lacks"] for lack in judged.lacks}
    flags = waive(pl.concat(judged.flags), judged.covered, named).flags
    read = flags.select("rule_id", "transaction_ids", "severity", "waiver_id").sort("rule_id", "transaction_ids")
    got = [_Flag(rule_id, tuple(ids.split(";")), severity, waiver) for rule_id, ids, severity, waiver in read.rows()]
    faults = [
        *_misses(pack, index, got, lacking),
        *_extras(pack, index, got),
        *_severities(pack, index, got),
        *_unwaived(pack, index, got, {waiver.id for waiver in named}),
    ]
    return Outcome(pack.about.id, test.name, tuple(faults))


@dataclass(frozen=True)
class _Flag:
    rule_id: str
    ids: tuple[str, ...]
    severity: str
    waiver_id: str | None


_Got: TypeAlias = list[_Flag]


def _judged(pack: Pack, test: RuleTest, waivers: Sequence[Waiver]) -> Pack:
    """Return the pack with the rules a test speaks about, in force on every day; a draft proves itself too."""
    named = pack.own | test.expect.keys() | {waiver.model.rule for waiver in waivers}
    names = {**pack.names, **read_params(pack.file, test.params)[0]}
    at_hand = pack.rules if not test.params else _with_names(pack, names)
    rules = [rule for rule in at_hand if rule.id in named and (rule.active or rule.model.status == "draft")]
    return replace(pack, rules=tuple(_switched_on(rule) for rule in rules), in_force=(None, None))


def _with_names(pack: Pack, names: Mapping[str, Param | Listed]) -> tuple[Rule, ...]:
    """Return a pack's rules with other values of its parameters."""
    compiled = (compile_rule(rule.source, names, pack.sources)[0] for rule in pack.rules)
    return tuple(rule for rule in compiled if rule)


def _switched_on(rule: Rule) -> Rule:
    status = "trial" if rule.model.status == "trial" else "stable"
    return replace(rule, model=rule.model.model_copy(update={"status": status}))


def _groups(expected: Mapping[str, Iterable[tuple[str, ...]]]) -> set[tuple[str, tuple[str, ...]]]:
    return {(name, tuple(sorted(group))) for name, groups in expected.items() for group in groups}


def _misses(pack: Pack, index: int, got: _Got, lacking: Mapping[str, str]) -> Iterator[Fault]:
    flagged = {(flag.rule_id, flag.ids) for flag in got if not flag.waiver_id}
    test = pack.tests[index]
    for rule_id, group in sorted(_groups(test.expect) - flagged):
        place = pack.file.place("tests", index, "expect", rule_id)
        why = f"it lacks {lacking[rule_id]}" if rule_id in lacking else "no condition of it was met"
        message = f"test '{test.name}': {rule_id} does not flag {', '.join(group)}"
        yield Fault("test-flag-missing", place, message, f"{why}; correct the rule or the test")


def _extras(pack: Pack, index: int, got: _Got) -> Iterator[Fault]:
    test = pack.tests[index]
    wanted = _groups(test.expect) | _groups(test.expect_waived)
    for flag in got:
        if (flag.waiver_id or flag.rule_id, flag.ids) not in wanted:
            by = f" under waiver {flag.waiver_id}" if flag.waiver_id else ""
            message = f"test '{test.name}': {flag.rule_id} flags {', '.join(flag.ids)}{by}, which no line expects"
            cure = f"expect it (`{flag.waiver_id or flag.rule_id}: [[{', '.join(flag.ids)}]]`), or correct the rule"
            yield Fault("test-flag-unexpected", pack.file.place("tests", index, "expect"), message, cure)


def _unwaived(pack: Pack, index: int, got: _Got, known: Collection[str]) -> Iterator[Fault]:
    test = pack.tests[index]
    covered = {(flag.waiver_id, flag.ids) for flag in got}
    for waiver_id, group in sorted(_groups(test.expect_waived) - covered):
        place = pack.file.place("tests", index, "expect_waived", waiver_id)
        message = f"test '{test.name}': no flag on {', '.join(group)} is under waiver {waiver_id}"
        cure = "correct the waiver or the test" if waiver_id in known else "name the file of the waiver: --waivers FILE"
        yield Fault("test-waiver-missing", place, message, cure)


def _severities(pack: Pack, index: int, got: _Got) -> Iterator[Fault]:
    for member, severity in pack.tests[index].expect_severity.items():
        found = {flag.severity for flag in got if member in flag.ids}
        if severity not in found:
            message = f"test '{pack.tests[index].name}': {member} is {' and '.join(sorted(found)) or 'not flagged'}"
            place = pack.file.place("tests", index, "expect_severity", member)
            yield Fault("test-severity", place, message, f"{severity} was expected; correct the rule or the test")

"""How much the tests of a policy prove: which changes of its rules they notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from pcard.conditions import Listed
from pcard.policy.calendars import Calendar
from pcard.policy.cases import CALENDAR_YEARS
from pcard.policy.checking import lacks_of
from pcard.policy.compiling import compile_rule
from pcard.policy.finding import Matter, find
from pcard.policy.flagging import flags_of
from pcard.policy.given import matter_given
from pcard.policy.mutants import Mutant, Names, mutants
from pcard.policy.names import read_params
from pcard.policy.policyfile import RuleTest
from pcard.policy.rules import Pack, Policy, Rule
from pcard.yamlfile import YamlFile


@dataclass(frozen=True)
class Equivalent:
    """A change that means the same, and why; it is not counted."""

    mutant: Mutant
    reason: str


@dataclass(frozen=True)
class Strength:
    """What became of one rule's mutants: how many some test noticed, which none did, which mean the same."""

    rule_id: str
    noticed: int
    missed: tuple[Mutant, ...]
    equivalent: tuple[Equivalent, ...]

    @property
    def mutants(self) -> int:
        """How many changes count."""
        return self.noticed + len(self.missed)


@dataclass(frozen=True)
class PackStrength:
    """The strength of a pack's own rules, retired ones left out."""

    pack: Pack
    rules: tuple[Strength, ...]

    @property
    def mutants(self) -> int:
        """How many changes count."""
        return sum(rule.mutants for rule in self.rules)

    @property
    def noticed(self) -> int:
        """How many of them some test noticed."""
        return sum(rule.noticed for rule in self.rules)

    @property
    def score(self) -> float:
        """Return the percentage noticed, to a tenth; 100 where nothing can be changed."""
        return score(self.noticed, self.mutants)


def score(noticed: int, count: int) -> float:
    """Return the percentage of mutants noticed, to a tenth."""
    return round(100 * noticed / count, 1) if count else 100.0


def mutate(policy: Policy, only: str | None = None) -> list[PackStrength]:
    """Change the own rules of every pack (or the one of an id) one thing at a time, and run the pack's tests on each.

    Of a rule that the pack inherits and changes, only what it states itself is
    changed. A change that is no rule any more is none. The tests must pass on
    the rules unchanged (`cases.run_tests`), else they notice everything.
    """
    waived = {waiver.id: waiver.model.rule for waiver in policy.waivers}
    calendar = Calendar.of_years(CALENDAR_YEARS)
    found = []
    for pack in policy.all_packs():
        trials = [_Trial(pack, test, calendar, waived) for test in pack.tests]
        stated = {str(raw.get("id")): raw for raw in pack.file.value.get("rules", ())}
        own = [rule for rule in pack.rules if rule.id in stated and rule.model.status != "retired"]
        wanted = [rule for rule in own if only in {None, rule.id}]
        found.append(PackStrength(pack, tuple(_strength(rule, stated[rule.id], pack, trials) for rule in wanted)))
    return found


@dataclass(frozen=True)
class _Trial:
    """One test of a pack, put to one rule at a time."""

    pack: Pack
    test: RuleTest
    calendar: Calendar
    waived_rules: Mapping[str, str]  # by waiver

    @cached_property
    def matter(self) -> Matter:
        return matter_given(self.test, self.calendar)

    def expects(self, rule_id: str) -> frozenset[str]:
        """Return the groups that the test wants flagged by a rule, waived ones among them."""
        waived = (groups for name, groups in self.test.expect_waived.items() if self.waived_rules.get(name) == rule_id)
        return frozenset(
            ";".join(sorted(group)) for groups in (self.test.expect.get(rule_id, ()), *waived) for group in groups
        )

    def fails(self, written: _Written, rule_id: str) -> bool:
        """Tell whether the test notices that a rule, as it is now written, flags anything else."""
        rule = written.compiled(self.test.params)
        if rule is None or lacks_of(rule, self.matter.subject):
            return bool(self.expects(rule_id))
        found = find(rule, self.matter)
        if _groups(found) != self.expects(rule_id):
            return True
        if found.is_empty() or not self.test.expect_severity:
            return False
        flags = flags_of(rule, self.pack, found).select("transaction_ids", "severity").rows()
        held = self.test.expect_severity
        return any(held.get(one, severity) != severity for ids, severity in flags for one in ids.split(";"))


def _groups(found: pl.DataFrame) -> frozenset[str]:
    ids = pl.col("transaction_id").unique().sort().str.join(";")
    return frozenset(found.group_by("group").agg(ids)["transaction_id"]) if found.height else frozenset()


class _Written:
    """A rule as written, compiled once for the names it has, and once more where a test sets parameters."""

    def __init__(self, source: YamlFile, names: Names, pack: Pack) -> None:
        self.source, self.names, self.pack = source, names, pack
        self.usual = self._compiled(names)

    def compiled(self, params: Mapping[str, Any]) -> Rule | None:
        """Return the rule with a test's own values of parameters, whatever their defaults; None: it is no rule."""
        own = read_params(self.pack.file, params)[0] if params else {}
        return self._compiled({**self.names, **own}) if own else self.usual

    def _compiled(self, names: Names) -> Rule | None:
        rule, faults = compile_rule(self.source, names, self.pack.sources)
        return None if faults else rule


def _strength(rule: Rule, stated: Mapping[str, object], pack: Pack, trials: Sequence[_Trial]) -> Strength:
    # A change shows first in the tests that expect flags of the rule.
    ordered = sorted(trials, key=lambda trial: not trial.expects(rule.id))
    noticed, missed, equivalent = 0, [], []
    for mutant in mutants(rule.source.value, stated.keys(), pack.names):
        changed = _Written(YamlFile(rule.source.name, mutant.rule, rule.source.places), mutant.names, pack)
        if changed.usual is None:
            continue
        if reason := _means_the_same(rule, mutant, pack.names):
            equivalent.append(Equivalent(mutant, reason))
        elif any(trial.fails(changed, rule.id) for trial in ordered):
            noticed += 1
        else:
            missed.append(mutant)
    return Strength(rule.id, noticed, tuple(missed), tuple(equivalent))


def _means_the_same(rule: Rule, mutant: Mutant, names: Names) -> str | None:
    """Say why no charges can tell a mutant from its rule, where that can be proved."""
    if rule.model.kind == "window" and mutant.where.startswith("having") and _of_two(rule, mutant):
        return "a window always holds two charges or more"
    known = names.get(mutant.where.removeprefix("$"))
    if isinstance(known, Listed) and (tests := set(_tests_of(rule.source.value, mutant.where))) <= {
        "contains",
        "starts_with",
    }:
        dropped = mutant.change.removesuffix(" left out")
        if _implied(dropped, known, prefix="starts_with" in tests):
            return f"whatever '{dropped}' is found in, a shorter item of the list is found in too"
    return None


def _tests_of(node: Any, name: str) -> Iterator[str]:
    """Yield the tests of a rule's conditions, and the settings of its check, that refer to a `$name`."""
    for key, value in node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ():
        if value == name:
            yield str(key).partition("|")[2]
        yield from _tests_of(value, name)


def _of_two(rule: Rule, mutant: Mutant) -> bool:
    """Tell whether a change of `count` leaves the condition met by every window, as it was."""
    having, changed = rule.source.value["having"], mutant.rule["having"]
    always = ({"count|gte": 2}, {"count|gt": 1}, {"count|gte": 1}, {"count|gt": 0})
    rest = {key: value for key, value in having.items() if not str(key).startswith("count|")}
    return all(
        {key: each for key, each in part.items() if key not in rest} in ({}, *always) for part in (having, changed)
    )


def _implied(item: str, known: Listed, *, prefix: bool) -> bool:
    others = [str(other).lower() for other in known.items if str(other) != item]
    return any(item.lower().startswith(other) if prefix else other in item.lower() for other in others)

"""Rules with one thing changed: what a test of them should notice.

A threshold by a cent, a day or one; an operator for its neighbour; a list, a
condition, a group key or a deadline's step left out; a window by a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pcard.conditions import Dated, Listed, Param
from pcard.yamlfile import YamlPath

CONDITIONS = ("when", "where", "needs", "having", "unless")
_NEIGHBOUR = {
    "gt": "gte",
    "gte": "gt",
    "lt": "lte",
    "lte": "lt",
    "eq": "ne",
    "ne": "eq",
    "in": "not_in",
    "not_in": "in",
}
_CENT = Decimal("0.01")
Names = Mapping[str, Param | Listed]


@dataclass(frozen=True)
class Mutant:
    """A rule with one thing changed: where, what became of it, and the rule or the names as they are then."""

    where: str
    change: str
    rule: Mapping[str, Any]
    names: Names

    def __str__(self) -> str:
        """Return where and what."""
        return f"{self.where}: {self.change}"


def mutants(rule: Mapping[str, Any], keys: Collection[str], names: Names) -> Iterator[Mutant]:
    """Yield each change of some keys of a rule as written, and of the parameters and lists they refer to."""
    stated = {key: value for key, value in rule.items() if key in keys}
    for path, change, value in _changes(stated):
        yield Mutant(".".join(map(str, path)), change, _put(rule, path, value), names)
    for name in sorted(_referred(stated)):
        if known := names.get(name):
            for change, other in _named(known):
                yield Mutant(f"${name}", change, rule, {**names, name: other})


class _Left:
    """Stands for a part that is left out."""


_OUT = _Left()


def _changes(rule: Mapping[str, Any]) -> Iterator[tuple[YamlPath, str, Any]]:
    for key in CONDITIONS:
        if key in rule:
            yield from _in_condition(rule[key], (key,))
            if key in {"where", "unless"}:
                yield (key,), "left out", _OUT
    if len(rule.get("group", ())) > 1:
        yield from _values(list(rule["group"]), ("group",))
    for key, value in rule.get("with", {}).items():
        yield from _values(value, ("with", key))
    yield from _days(rule)


def _days(rule: Mapping[str, Any]) -> Iterator[tuple[YamlPath, str, Any]]:
    """Change a rule's windows, due days and steps of escalation."""
    for changed in _windows(str(rule.get("within", ""))):
        yield ("within",), f"{rule['within']} -> {changed}", changed
    for key, value in rule.get("due", {}).items():
        for near in _near(value):
            yield ("due", key), f"{value} -> {near}", near
    for index, step in enumerate(rule.get("escalate", ())):
        if step.get("severity"):
            yield ("escalate", index), f"step to {step['severity']} left out", _OUT
            for near in _near(step["after"]):
                yield ("escalate", index, "after"), f"{step['after']} -> {near}", near


def _in_condition(node: Any, path: YamlPath) -> Iterator[tuple[YamlPath, str, Any]]:
    """Change a mapping of tests, one test at a time."""
    for key, value in node.items():
        here = (*path, key)
        if len(node) > 1:
            yield here, "left out", _OUT
        if key in {"any", "all"}:
            items = value if isinstance(value, list) else [value]
            for index, item in enumerate(items):
                if len(items) > 1:
                    yield (*here, index), f"{_short(item)} left out", _OUT
                yield from _in_condition(item, (*here, index) if isinstance(value, list) else here)
        elif key == "not":
            yield path, "not dropped", {**{name: each for name, each in node.items() if name != "not"}, **value}
            yield from _in_condition(value, here)
        else:
            field, _, test = key.partition("|")
            test = test or "eq"
            if isinstance(value, bool):
                yield here, f"{value} -> {not value}".lower(), not value
                continue
            if test in _NEIGHBOUR:
                renamed = {
                    (f"{field}|{_NEIGHBOUR[test]}" if name == key else name): each for name, each in node.items()
                }
                yield path, f"{key} -> {_NEIGHBOUR[test]}", renamed
            yield from _values(value, here)


def _values(value: Any, path: YamlPath) -> Iterator[tuple[YamlPath, str, Any]]:
    """Change a value: by the least that counts, or a list by each of its items."""
    if isinstance(value, bool):
        yield path, f"{value} -> {not value}".lower(), not value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if len(value) > 1:
                yield (*path, index), f"{item} left out", _OUT
            elif not isinstance(item, str):
                yield from _values(item, (*path, index))
    else:
        for near in _near(value):
            yield path, f"{value} -> {near}", near


def _near(value: Any) -> Iterator[Any]:
    """Return a value a cent, one or a day more and less."""
    if isinstance(value, bool):
        return
    if isinstance(value, Decimal):
        yield from (value + _CENT, value - _CENT)
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, date):
        yield from (value + timedelta(days=1), value - timedelta(days=1))


def _windows(within: str) -> Iterator[str]:
    if within in {"", "same day"}:
        yield from ("1 days",) if within else ()
        return
    count, _, unit = within.partition(" ")
    yield f"{int(count) + 1} {unit}"
    yield f"{int(count) - 1} {unit}" if int(count) > 1 else "same day"


def _named(known: Param | Listed) -> Iterator[tuple[str, Param | Listed]]:
    """Change a list by each of its items, a parameter by each of its values and by where it looks for its own."""
    if isinstance(known, Listed):
        for index, item in enumerate(known.items):
            rest = known.items[:index] + known.items[index + 1 :]
            yield f"{item} left out", replace(known, items=rest)
        return
    if known.own:
        yield f"{known.own} left out", replace(known, own=None, own_kind=None)
    for near, default in _dated(known.default):
        yield near, replace(known, default=default)
    for case, series in known.cases.items():
        yield f"{case} left out", replace(known, cases={key: each for key, each in known.cases.items() if key != case})
        for near, changed in _dated(series):
            yield f"{case} {near}", replace(known, cases={**known.cases, case: changed})


def _dated(series: tuple[Dated, ...]) -> Iterator[tuple[str, tuple[Dated, ...]]]:
    for index, each in enumerate(series):
        for near in _near(each.value):
            yield f"{each.value} -> {near}", (*series[:index], replace(each, value=near), *series[index + 1 :])
        for day in _near(each.since):
            yield f"from {each.since} -> {day}", (*series[:index], replace(each, since=day), *series[index + 1 :])


def _referred(node: Any) -> set[str]:
    """Return the names a rule refers to as `$name`; its words do not judge."""
    if isinstance(node, Mapping):
        return set().union(*(_referred(value) for key, value in node.items() if key not in {"message", "ask"}))
    if isinstance(node, list):
        return set().union(*map(_referred, node))
    return {node[1:]} if isinstance(node, str) and node.startswith("$") else set()


def _put(node: Any, path: YamlPath, value: Any) -> Any:
    """Return a copy with another value at a path, or with nothing there."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        kept = {key: (_put(each, rest, value) if key == step else each) for key, each in node.items()}
        return {key: each for key, each in kept.items() if each is not _OUT}
    changed = [(_put(each, rest, value) if index == step else each) for index, each in enumerate(node)]
    return [each for each in changed if each is not _OUT]


def _short(item: Any) -> str:
    return ", ".join(map(str, item)) if isinstance(item, Mapping) else str(item)

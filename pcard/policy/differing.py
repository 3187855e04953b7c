"""What differs between two policies as they stand, with all they extend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pcard.conditions import Listed, Param, param_words
from pcard.policy.names import kind_of
from pcard.policy.rules import Pack


@dataclass(frozen=True)
class Difference:
    """A rule, parameter or list that one policy has and the other lacks, or a key of it that differs."""

    what: str  # rule, parameter or list
    name: str
    key: str | None
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Return it as one line."""
        if self.before is None or self.after is None:
            word, said = ("new", self.after) if self.before is None else ("gone", self.before)
            return f"  {self.what} {self.name}{f' {self.key}' if self.key else ''} is {word}: {said}"
        return f"  {self.what} {self.name}{f' {self.key}' if self.key else ''}: {self.before} -> {self.after}"

    def facts(self) -> dict[str, str | None]:
        """Return it as plain values."""
        return asdict(self)


def differences(before: Pack, after: Pack) -> list[Difference]:
    """List what differs: parameters and lists by name, then rules by id and key."""
    return [*_names(before, after), *_rules(before, after)]


def _names(before: Pack, after: Pack) -> Iterator[Difference]:
    for name in sorted(before.names.keys() | after.names.keys()):
        one, other = before.names.get(name), after.names.get(name)
        if one != other:
            what = "list" if isinstance(other or one, Listed) else "parameter"
            yield Difference(what, f"${name}", None, _known(one), _known(other))


def _known(known: Param | Listed | None) -> str | None:
    if known is None:
        return None
    if isinstance(known, Listed):
        return ", ".join(map(str, known.items)) or "(empty)"
    return param_words(known, kind_of(known))


def _rules(before: Pack, after: Pack) -> Iterator[Difference]:
    old, new = ({rule.id: rule for rule in pack.rules} for pack in (before, after))
    for rule_id in sorted(old.keys() | new.keys()):
        if rule_id not in old or rule_id not in new:
            gone, come = (rules[rule_id].model.title if rule_id in rules else None for rules in (old, new))
            yield Difference("rule", rule_id, None, gone, come)
            continue
        one, other = old[rule_id].source.value, new[rule_id].source.value
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                yield Difference("rule", rule_id, key, _said(one, key), _said(other, key))


def _said(rule: Mapping[str, Any], key: str) -> str | None:
    return _plain(rule[key]) if key in rule else None


def _plain(value: Any) -> str:
    """Write a value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)

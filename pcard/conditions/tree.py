"""A condition read from YAML: tests joined by all, any, not; every word checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pcard.conditions.params import Listed, Param, Scalar, fits, kind_words
from pcard.conditions.patterns import fault_of
from pcard.errors import Fault
from pcard.escape import for_terminal
from pcard.schema import Kind
from pcard.yamlfile import YamlFile, YamlPath, did_you_mean

_ORDERED = frozenset({Kind.DATE, Kind.MONEY, Kind.COUNT, Kind.NUMBER, Kind.RATE})
_ANY_KIND = frozenset(Kind)
_TEXT = frozenset({Kind.TEXT})

# Each test and the kinds of field it is for.
TESTS: Mapping[str, frozenset[Kind]] = {
    "eq": _ANY_KIND,
    "ne": _ANY_KIND,
    "gt": _ORDERED,
    "gte": _ORDERED,
    "lt": _ORDERED,
    "lte": _ORDERED,
    "in": _ANY_KIND,
    "not_in": _ANY_KIND,
    "between": _ORDERED,
    "contains": _TEXT,
    "starts_with": _TEXT,
    "matches": _TEXT,
    "same_as": _ANY_KIND,
    "exists": _ANY_KIND,
}
_CURES = {
    Kind.DATE: "write year-month-day, as 2026-07-01, without quotes",
    Kind.MONEY: "write a number with at most two decimals, as 2500.00, without quotes",
    Kind.COUNT: "write a whole number, without quotes",
    Kind.FLAG: "write true or false, without quotes",
    Kind.NUMBER: "write a number, without quotes",
    Kind.RATE: "write a number, without quotes",
}
_OF_ONE = frozenset({"eq", "ne", "gt", "gte", "lt", "lte"})


@dataclass(frozen=True, slots=True)
class FieldRef:
    """Another field of the same row."""

    name: str


Operand: TypeAlias = Scalar | FieldRef | Param


@dataclass(frozen=True, slots=True)
class FieldTest:
    """One test of one field; `operands` are alternatives, or the two ends of `between`."""

    field: str
    kind: Kind
    test: str
    operands: tuple[Operand, ...]
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part must be met."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part must be met."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not be met."""

    part: Node


Node: TypeAlias = "FieldTest | All | AnyOf | Not"


class Parser:
    """Reads conditions over given fields and names, gathering faults."""

    def __init__(self, fields: Mapping[str, Kind], params: Mapping[str, Param | Listed], file: YamlFile) -> None:
        """Read conditions of `file` over `fields`; `$name` is looked up in `params`."""
        self.fields = fields
        self.params = params
        self.file = file
        self.faults: list[Fault] = []

    def node(self, raw: object, path: YamlPath) -> Node:
        """Read a mapping of tests; all of them must be met."""
        if not isinstance(raw, Mapping) or not raw:
            message = "a condition is a mapping of tests, as {txn.amount|gt: 100.00}"
            self.faults.append(Fault("condition-unfit", self.file.place(*path), message, "write at least one test"))
            return All(())
        parts = tuple(self.entry(str(key), value, (*path, key)) for key, value in raw.items())
        return parts[0] if len(parts) == 1 else All(parts)

    def entry(self, key: str, value: object, path: YamlPath) -> Node:
        """Read one key: `all`, `any`, `not` or a test."""
        if key == "not":
            return Not(self.node(value, path))
        if key in {"all", "any"}:
            items = value if isinstance(value, list) and value else [value]
            parts = tuple(self.node(item, (*path, index)) for index, item in enumerate(items))
            return All(parts) if key == "all" else AnyOf(parts)
        field, _, test = key.partition("|")
        return self.test(field.strip(), test.strip() or "eq", value, path)

    def test(self, field: str, test: str, value: object, path: YamlPath) -> Node:
        """Read one test, its field and what it compares with."""
        place, shown = self.file.place(*path), for_terminal(field)
        kind = self.fields.get(field)
        if kind is None:
            cure = did_you_mean(field, [*self.fields, "all", "any", "not"])
            self.faults.append(Fault("field-unknown", place, f"there is no field '{shown}'", cure))
            return All(())
        if test not in TESTS:
            message = f"there is no test '{for_terminal(test)}'"
            self.faults.append(Fault("test-unknown", place, message, did_you_mean(test, TESTS)))
            return All(())
        if kind not in TESTS[test]:
            message = f"{shown} holds {kind_words(kind)}; '{test}' is not for that"
            known = ", ".join(name for name, kinds in TESTS.items() if kind in kinds)
            self.faults.append(Fault("test-unfit", place, message, f"tests for it: {known}"))
            return All(())
        operands = tuple(self.operands(field, kind, test, value, path))
        name = value[1:] if isinstance(value, str) and isinstance(self.params.get(value[1:]), Listed) else None
        return FieldTest(field, kind, test, operands, name)

    def operands(self, field: str, kind: Kind, test: str, value: object, path: YamlPath) -> Iterator[Operand]:
        """Check what a field is compared with, and yield it."""
        if test == "exists":
            wanted, items = Kind.FLAG, [value]
        else:
            wanted, items = kind, self.items(test, value, path)
        for item in items:
            operand = self.operand(wanted, test, item)
            if operand is None:
                self.unfit(field, wanted, test, item, path)
            elif test == "matches":
                self.refuse_broken_pattern(str(operand), path)
                yield operand
            else:
                yield operand

    def items(self, test: str, value: object, path: YamlPath) -> list[object]:
        """Return the values a test is given: one, two for `between`, or the items of a list."""
        listed = self.params.get(value[1:]) if isinstance(value, str) and value.startswith("$") else None
        if isinstance(listed, Listed):
            value = list(listed.items)
        many = isinstance(value, list)
        count = len(value) if isinstance(value, list) else 1
        if isinstance(listed, Listed) and test not in _OF_ONE | {"same_as", "between"}:
            return list(listed.items)  # a district may leave a list empty
        wrong = (many if test in _OF_ONE or test == "same_as" else False) or (test == "between" and count != 2)
        if wrong or (test in {"in", "not_in"} and not many) or count == 0:
            wants = {"between": "two values, [from, to]", "in": "a list", "not_in": "a list"}.get(test, "one value")
            cure = "use `in` for a list" if test == "eq" and many else "write [a, b]" if not many else "correct it"
            self.faults.append(Fault("operand-count", self.file.place(*path), f"'{test}' takes {wants}", cure))
            return []
        return list(value) if isinstance(value, list) else [value]

    def operand(self, kind: Kind, test: str, item: object) -> Operand | None:
        """Return a constant, parameter or field that fits the kind; None where it does not."""
        if isinstance(item, str) and item.startswith("$"):
            param = self.params.get(item[1:])
            single = test in _OF_ONE or test == "between"
            return param if isinstance(param, Param) and single and self.param_fits(param, kind) else None
        if isinstance(item, str) and (kind is not Kind.TEXT or test == "same_as"):
            other = self.fields.get(item)
            return FieldRef(item) if other is kind and test != "exists" else None
        if isinstance(item, str | int) or fits(item, kind):
            return item if fits(item, kind) else None  # type: ignore[return-value]
        return None

    @staticmethod
    def param_fits(param: Param, kind: Kind) -> bool:
        """Tell whether every value a parameter may take is of the kind."""
        return param.own_kind in {None, kind} and all(fits(value, kind) for value in param.values)

    def unfit(self, field: str, kind: Kind, test: str, item: object, path: YamlPath) -> None:
        """Say why something cannot be compared with a field."""
        place, shown = self.file.place(*path), for_terminal(str(item)[:60])
        if isinstance(item, str) and item.startswith("$") and item[1:] not in self.params:
            names = [f"${name}" for name in self.params]
            self.faults.append(
                Fault("name-unknown", place, f"'{shown}' is no parameter and no list", did_you_mean(item, names))
            )
            return
        what = "exists" if test == "exists" else field
        message = f"'{what}' is compared with {kind_words(kind)}, and '{shown}' is none"
        cure = _CURES.get(kind, f'put it in quotes: "{shown}"')
        if isinstance(item, str) and item[:1].isalpha() and "." in item:
            cure = f"for another field, {did_you_mean(item, [n for n, other in self.fields.items() if other is kind])}"
        self.faults.append(Fault("operand-unfit", place, message, cure))

    def refuse_broken_pattern(self, pattern: str, path: YamlPath) -> None:
        """Refuse a pattern the linear-time engine cannot take, before any row is looked at."""
        if found := fault_of(pattern):
            what, cure = found
            message = f"the pattern '{for_terminal(pattern[:60])}' {what}"
            self.faults.append(Fault("pattern-broken", self.file.place(*path), message, cure))

"""What is doubtful about a pack that compiles: rules without tests, conditions nothing can meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pcard.conditions import Condition, Param
from pcard.conditions.params import fits, kind_words
from pcard.conditions.tree import All, AnyOf, FieldTest, Node, Not
from pcard.errors import Fault
from pcard.escape import for_terminal
from pcard.frames import ENRICHED, KINDS
from pcard.policy.fields import FIELDS
from pcard.policy.given import TABLES
from pcard.policy.names import kind_of
from pcard.policy.policyfile import RuleTest, WindowRule
from pcard.policy.rules import Deadline, Groups, NamedCheck, Pack, Row, Rule
from pcard.schema import Kind
from pcard.yamlfile import YamlFile, YamlPath, did_you_mean

_CHARGES_HAVE = frozenset(f"txn.{column.name}" for column in ENRICHED.columns if column.required)
# Tests that bound a field from below and from above, and which of their values does.
_LOWER = {"gt": 0, "gte": 0, "eq": 0, "between": 0}
_UPPER = {"lt": 0, "lte": 0, "eq": 0, "between": 1}


def lint_pack(pack: Pack) -> list[Fault]:
    """Return what is wrong with a pack's tests, and warnings about its own rules."""
    tested = {rule_id for test in pack.tests for rule_id in test.expect}
    rules = {rule.id: rule for rule in pack.rules}
    faults = [fault for rule_id in sorted(pack.own & rules.keys()) for fault in _lint_rule(rules[rule_id], tested)]
    for rule_id in (pack.points.by_rule if pack.points else {}).keys() - rules.keys():
        place, cure = pack.file.place("points", "by_rule", rule_id), did_you_mean(rule_id, rules)
        faults.append(Fault("points-rule-unknown", place, f"there is no rule {rule_id} to give points for", cure))
    for index, test in enumerate(pack.tests):
        file = pack.file.part("tests", index)
        faults += _lint_rows(file, test)
        faults += _lint_params(file, test, pack)
        for rule_id in test.expect.keys() - rules.keys():
            place = file.place("expect", rule_id)
            faults.append(
                Fault("test-rule-unknown", place, f"there is no rule {rule_id}", did_you_mean(rule_id, rules))
            )
    return faults


def _lint_rows(file: YamlFile, test: RuleTest) -> Iterator[Fault]:
    """Find fields and tables that a test's rows cannot have, and values they cannot do without."""
    named: set[str] = set()
    for index, row in enumerate(test.given):
        yield from _lint_row(file, ("given", index), row, FIELDS)
        name = row.get("txn.id")
        if not isinstance(name, str) or name in {"", *named}:
            cure = "add `txn.id: a`, another for each row"
            yield Fault("test-row-unnamed", file.place("given", index), "a row needs a txn.id of its own", cure)
        named.add(str(name))
        emptied = {field for field, value in row.items() if value == ""}
        yield from _lint_needed(file, ("given", index), sorted(_CHARGES_HAVE & emptied))
    for table, rows in test.records.items():
        if table not in TABLES:
            cure, place = did_you_mean(table, TABLES), file.place("records", table)
            yield Fault("test-table-unknown", place, f"there is no table '{for_terminal(table)}'", cure)
            continue
        columns = [column for column in TABLES[table].columns if column.name not in {"identity", "document", "line"}]
        for index, row in enumerate(rows):
            path = ("records", table, index)
            yield from _lint_row(file, path, row, {column.name: column.kind for column in columns})
            missing = [column.name for column in columns if column.required and row.get(column.name, "") == ""]
            yield from _lint_needed(file, path, missing)


def _lint_params(file: YamlFile, test: RuleTest, pack: Pack) -> Iterator[Fault]:
    """Find parameters a test sets that the policy does not have, or as something they are not."""
    params = {name: known for name, known in pack.names.items() if isinstance(known, Param)}
    for name, value in test.params.items():
        place = file.place("params", name)
        if name not in params:
            message = f"there is no parameter '{for_terminal(name)}'"
            yield Fault("test-param-unknown", place, message, did_you_mean(name, params))
        elif not fits(value, kind_of(params[name])):
            message = f"'{for_terminal(str(value)[:40])}' is not {kind_words(kind_of(params[name]))}, as {name} is"
            yield Fault("test-param-unfit", place, message, "write one value, as the parameter's default is")


def _lint_row(file: YamlFile, path: YamlPath, row: Mapping[str, Any], known: Mapping[str, Kind]) -> Iterator[Fault]:
    for name, value in row.items():
        place = file.place(*path, name)
        if name not in known:
            message = f"there is no field '{for_terminal(name)}'"
            yield Fault("test-field-unknown", place, message, did_you_mean(name, known))
        elif value != "" and not fits(value, known[name]):
            message = f"'{for_terminal(str(value)[:40])}' is not {kind_words(known[name])}, as {name} is"
            yield Fault("test-value-unfit", place, message, "correct it; '' leaves the field empty")


def _lint_needed(file: YamlFile, path: YamlPath, names: Iterable[str]) -> Iterator[Fault]:
    for name in names:
        message = f"every such row has a value of {name}, and this one has none"
        yield Fault("test-value-missing", file.place(*path, name), message, f"write a value of {name}")


def _lint_rule(rule: Rule, tested: set[str]) -> Iterator[Fault]:
    place = rule.source.place("id")
    if rule.id not in tested and rule.model.status != "retired":
        message, cure = f"no test expects a flag of {rule.id}", "add a charge at its edge under `tests`"
        yield Fault("rule-untested", place, message, cure, warning=True)
    for key, node in _nodes(rule):
        place = rule.source.place(key)
        if field := _contradicted(node, 2 if key == "having" and isinstance(rule.model, WindowRule) else 0):
            message = f"no charge can meet {rule.id}: its tests of {field} exclude each other"
            yield Fault("rule-unmeetable", place, message, "correct the values, or leave one of the tests out")
        for test in _tests(node):
            if test.field == "txn.kind" and (odd := set(test.operands) - set(KINDS)) and _constant(test):
                said = ", ".join(sorted(map(str, odd)))
                cure = did_you_mean(min(map(str, odd)), KINDS)
                yield Fault("kind-unknown", place, f"no charge is of the kind {for_terminal(said[:40])}", cure)


def _nodes(rule: Rule) -> Iterator[tuple[str, Node]]:
    match rule.body:
        case Row(when):
            given: dict[str, Condition | None] = {"when": when}
        case Groups():
            given = {"where": rule.body.where, "having": rule.body.having}
        case Deadline():
            given = {"where": rule.body.where, "needs": rule.body.needs}
        case NamedCheck():
            given = {}
    yield from ((key, condition.node) for key, condition in given.items() if condition)


def _contradicted(node: Node, least_count: int) -> str | None:
    """Return a field whose tests, all of which must be met, exclude each other; a window counts two at the least."""
    tests = list(_conjuncts(node))
    for field in dict.fromkeys(test.field for test in tests):
        mine = [test for test in tests if test.field == field]
        lows, highs = _bounds(mine, _LOWER), _bounds(mine, _UPPER)
        lows += [(Decimal(least_count), False)] if field == "count" else []
        if any(low > high or (low == high and (above or below)) for low, above in lows for high, below in highs):
            return field
        if _choices_exclude(mine) or _needs_what_is_missing(mine):
            return field
    return None


def _bounds(tests: Iterable[FieldTest], sides: Mapping[str, int]) -> list[tuple[Decimal, bool]]:
    """Return the bounds that tests set on one side, and whether each is left out itself; of `between` one end each."""
    valued = ((test, _ordered(test)) for test in tests if test.test in sides)
    return [
        (values[sides[test.test]], test.test in {"gt", "lt"})
        for test, values in valued
        if values and len(values) == len(test.operands)
    ]


def _choices_exclude(tests: Iterable[FieldTest]) -> bool:
    """Tell whether no value is left of those that `eq` and `in` allow and `ne` and `not_in` take away."""
    constant = [test for test in tests if _constant(test)]
    allowed = [set(test.operands) for test in constant if test.test in {"eq", "in"}]
    taken = set().union(*(test.operands for test in constant if test.test in {"ne", "not_in"}))
    return bool(allowed) and not set.intersection(*allowed) - taken and all(allowed)


def _needs_what_is_missing(tests: Sequence[FieldTest]) -> bool:
    """Tell whether a field must be empty and yet meet a test, which no empty field does."""
    missing = [test.operands[0] is False for test in tests if test.test == "exists"]
    return any(missing) and len(tests) > missing.count(True)


def _tests(node: Node) -> Iterator[FieldTest]:
    match node:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _tests(part)
        case Not(part):
            yield from _tests(part)
        case FieldTest():
            yield node


def _conjuncts(node: Node) -> Iterator[FieldTest]:
    match node:
        case All(parts):
            for part in parts:
                yield from _conjuncts(part)
        case FieldTest():
            yield node
        case _:
            return


def _ordered(test: FieldTest) -> list[Decimal]:
    """Return the constants of a test as numbers that can be set in order."""
    return [
        Decimal(value.toordinal()) if isinstance(value, date) else Decimal(value)
        for value in test.operands
        if isinstance(value, int | Decimal | date) and not isinstance(value, bool)
    ]


def _constant(test: FieldTest) -> bool:
    return all(isinstance(operand, str | int | Decimal | date) for operand in test.operands)

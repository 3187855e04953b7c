"""A condition said as an English sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pcard.conditions.compiling import Condition
from pcard.conditions.params import Dated, Param, Scalar
from pcard.conditions.tree import All, AnyOf, FieldRef, FieldTest, Node, Not, Operand
from pcard.money import cents_of, show_cents
from pcard.schema import Kind

_TESTS = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "starts_with": "starts with",
    "matches": "matches the pattern",
    "same_as": "is the same as",
}
_DATES = {"gt": "is after", "gte": "is on or after", "lt": "is before", "lte": "is on or before"}
_WORDS = {"mcc": "merchant category", "po_number": "PO number", "id": "id", "person": "name"}
_FUNCTIONS = {
    "sum": "the sum of",
    "min": "the smallest of",
    "max": "the largest of",
    "distinct": "the number of different values of",
}
_MOST_SHOWN = 6


def describe(condition: Condition) -> str:
    """Say a condition in words: `the amount is more than 2,500.00 (single_limit) and the kind is purchase`."""
    return _say(condition.node)


def field_words(field: str) -> str:
    """Name a field in words: `card.profile` is the card's profile."""
    if field.endswith(")"):
        function, _, inner = field[:-1].partition("(")
        return f"{_FUNCTIONS[function]} {field_words(inner)}"
    owner, _, name = field.rpartition(".")
    words = _WORDS.get(name, name.replace("_", " "))
    return f"the {words}" if owner in {"txn", ""} else f"the {owner}'s {words}"


def value_words(value: Scalar, kind: Kind) -> str:
    """Write a value as a person would: money with its commas, dates as ISO days."""
    if kind is Kind.MONEY and isinstance(value, int | Decimal):
        return show_cents(cents_of(Decimal(value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def param_words(param: Param, kind: Kind) -> str:
    """Say all values of a parameter: `2,500.00; maintenance 5,000.00`."""
    cases = (f"{case} {_dated(series, kind)}" for case, series in param.cases.items())
    own = (f"{field_words(param.own)} where known",) if param.own else ()
    return "; ".join((*own, _dated(param.default, kind), *cases))


def _dated(series: tuple[Dated, ...], kind: Kind) -> str:
    parts = (value_words(each.value, kind) + (f" from {each.since}" if each.since else "") for each in series)
    return ", ".join(parts)


def _say(node: Node) -> str:
    match node:
        case All(parts):
            return " and ".join(_wrapped(part) for part in parts)
        case AnyOf(parts):
            return "either " + " or ".join(_wrapped(part) for part in parts)
        case Not(part):
            return f"it is not so that {_wrapped(part)}"
        case FieldTest():
            return _say_test(node)


def _wrapped(node: Node) -> str:
    return f"({_say(node)})" if isinstance(node, AnyOf | All) else _say(node)


def _say_test(test: FieldTest) -> str:
    subject = field_words(test.field)
    if test.test == "exists":
        return f"{subject} is known" if test.operands[0] else f"{subject} is missing"
    if test.kind is Kind.FLAG and test.test == "eq" and isinstance(test.operands[0], bool):
        return f"{subject} is {value_words(test.operands[0], test.kind)}"
    said = [_say_operand(operand, test.kind) for operand in test.operands]
    if test.test == "between":
        return f"{subject} lies between {said[0]} and {said[1]}"
    verb = (_DATES if test.kind is Kind.DATE else {}).get(test.test) or _TESTS[test.test]
    more = f" and {len(said) - _MOST_SHOWN} more" if len(said) > _MOST_SHOWN else ""
    named = f"{test.list_name}: " if test.list_name else ""
    return f"{subject} {verb} {named}{', '.join(said[:_MOST_SHOWN])}{more}"


def _say_operand(operand: Operand, kind: Kind) -> str:
    match operand:
        case FieldRef(name):
            return field_words(name)
        case Param():
            return f"{operand.name} ({param_words(operand, kind)})"
        case value:
            return value_words(value, kind)

"""A condition as a polars expression, and the fields it stands or falls with."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

import polars as pl

from pcard.conditions.params import Listed, Param, constant, frame_value
from pcard.conditions.tree import All, AnyOf, FieldRef, FieldTest, Node, Not, Operand, Parser
from pcard.errors import Refused
from pcard.schema import Kind
from pcard.yamlfile import YamlFile, YamlPath

_COMPARISONS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


@dataclass(frozen=True)
class Condition:
    """A compiled condition.

    `expr` is true or false in every row; `fields` are the columns it reads.
    `needs` are alternatives: where no one of these sets of fields has data,
    the condition cannot be judged.
    """

    expr: pl.Expr
    fields: frozenset[str]
    needs: tuple[frozenset[str], ...]
    node: Node


def compile_condition(
    node: object, fields: Mapping[str, Kind], params: Mapping[str, Param | Listed], file: YamlFile, path: YamlPath
) -> Condition:
    """Compile a mapping of tests over fields of known kinds.

    Raises:
        Refused: every unknown field, test or name and every value of another kind, with its place.
    """
    parser = Parser(fields, params, file)
    tree = parser.node(node, path)
    if parser.faults:
        raise Refused(*parser.faults)
    return Condition(_expr(tree), _reads(tree), _needs(tree), tree)


def over_groups(condition: Condition) -> tuple[Condition, dict[str, pl.Expr]]:
    """Turn a condition's parameters into columns, so that it can judge groups of rows.

    Returns the condition over columns `$name:kind` and, for each such column,
    the expression over the rows that gives the parameter in force.
    """
    params: dict[str, pl.Expr] = {}

    def lifted(node: Node) -> Node:
        match node:
            case All(parts):
                return All(tuple(map(lifted, parts)))
            case AnyOf(parts):
                return AnyOf(tuple(map(lifted, parts)))
            case Not(part):
                return Not(lifted(part))
            case FieldTest():
                return replace(node, operands=tuple(column_of(each, node.kind) for each in node.operands))

    def column_of(operand: Operand, kind: Kind) -> Operand:
        if not isinstance(operand, Param):
            return operand
        name = param_column(operand.name, kind)
        params[name] = operand.expr(kind)
        return FieldRef(name)

    tree = lifted(condition.node)
    return Condition(_expr(tree), _reads(tree), condition.needs, condition.node), params


def param_column(name: str, kind: Kind) -> str:
    """Return the column that carries a parameter's value over groups."""
    return f"${name}:{kind.name.lower()}"


def param_fields(node: Node) -> frozenset[str]:
    """Return the fields that a condition's parameters vary by."""
    match node:
        case All(parts) | AnyOf(parts):
            return frozenset().union(*map(param_fields, parts))
        case Not(part):
            return param_fields(part)
        case FieldTest(operands=operands):
            return frozenset().union(*(each.fields for each in operands if isinstance(each, Param)))


def _expr(node: Node) -> pl.Expr:
    match node:
        case All(parts):
            return reduce(operator.and_, map(_expr, parts))
        case AnyOf(parts):
            return reduce(operator.or_, map(_expr, parts))
        case Not(part):
            return ~_expr(part)
        case FieldTest():
            return _test(node).fill_null(value=False)


def _test(test: FieldTest) -> pl.Expr:
    column, kind, operands = pl.col(test.field), test.kind, test.operands
    match test.test:
        case "exists":
            return column.is_not_null() if operands[0] else column.is_null()
        case "in" | "not_in":
            return _is_in(column, test) if test.test == "in" else ~_is_in(column, test)
        case "between":
            low, high = (_operand(operand, kind) for operand in operands)
            return (column >= low) & (column <= high)
        case "contains" | "starts_with" | "matches":
            found = (_text_test(column, test.test, str(operand)) for operand in operands)
            return reduce(operator.or_, found, pl.lit(value=False))
        case "same_as":
            return _plain(column, kind) == _plain(_operand(operands[0], kind), kind)
        case name:
            met: pl.Expr = _COMPARISONS[name](column, _operand(operands[0], kind))
            return met


def _is_in(column: pl.Expr, test: FieldTest) -> pl.Expr:
    fixed = [frame_value(each, test.kind) for each in test.operands if not isinstance(each, FieldRef | Param)]
    found = column.is_in(pl.lit(pl.Series(fixed, dtype=test.kind.value)).implode())
    others = (column == pl.col(each.name) for each in test.operands if isinstance(each, FieldRef))
    return reduce(operator.or_, others, found)


def _text_test(column: pl.Expr, test: str, text: str) -> pl.Expr:
    """Look for text without regard to case; a pattern decides about case itself."""
    if test == "matches":
        return column.str.contains(text)
    lower = column.str.to_lowercase()
    return lower.str.contains(text.lower(), literal=True) if test == "contains" else lower.str.starts_with(text.lower())


def _plain(column: pl.Expr, kind: Kind) -> pl.Expr:
    """Let names from two systems agree: without regard to case and outer blanks."""
    return column.str.strip_chars().str.to_lowercase() if kind is Kind.TEXT else column


def _operand(operand: Operand, kind: Kind) -> pl.Expr:
    match operand:
        case FieldRef(name):
            return pl.col(name)
        case Param():
            return operand.expr(kind)
        case value:
            return constant(value, kind)


def _reads(node: Node) -> frozenset[str]:
    match node:
        case All(parts) | AnyOf(parts):
            return frozenset().union(*map(_reads, parts))
        case Not(part):
            return _reads(part)
        case FieldTest(field=field, operands=operands):
            params = (each.fields for each in operands if isinstance(each, Param))
            return frozenset({field}).union(_others(operands), *params)


def _others(operands: tuple[Operand, ...]) -> set[str]:
    return {each.name for each in operands if isinstance(each, FieldRef)}


def _needs(node: Node) -> tuple[frozenset[str], ...]:
    match node:
        case All(parts):
            together: tuple[frozenset[str], ...] = (frozenset(),)
            for part in parts:
                together = tuple({left | right for left in together for right in _needs(part)})
            return together
        case AnyOf(parts):
            return tuple({need for part in parts for need in _needs(part)})
        case Not(part):
            return _needs(part)
        case FieldTest(field=field, operands=operands):
            return (frozenset({field}).union(_others(operands)),)

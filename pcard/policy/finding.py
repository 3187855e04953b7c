"""Whom a rule is met by: the rows of the subject, numbered by the flag they belong to.

Every finder returns the rule's rows with a column `group`; rows of one group
make one flag. Nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pcard.conditions import Condition, over_groups
from pcard.frames import Ledger
from pcard.policy.calendars import Calendar
from pcard.policy.rules import Deadline, Groups, NamedCheck, Row, Rule
from pcard.policy.subject import Subject
from pcard.policy.windows import day_index, in_windows
from pcard.schema import Kind


@dataclass(frozen=True)
class Matter:
    """What is judged, on which day, by which calendar."""

    subject: Subject
    ledger: Ledger
    matches: pl.DataFrame
    as_of: date
    calendar: Calendar


def find(rule: Rule, matter: Matter) -> pl.DataFrame:
    """Return the rows that a rule is met by."""
    rows = matter.subject.rows(rule.fields)
    excused = rule.unless.expr if rule.unless else pl.lit(value=False)
    match rule.body:
        case Row():
            return _by_transaction(rows.filter(_row_test(rule)))
        case Groups(span=None):
            return _in_groups(rule.body, rows)
        case Groups():
            return _in_windows(rule.body, rows, matter.calendar)
        case Deadline():
            return _by_transaction(_late(rule.body, rows.filter(~excused), matter))
        case NamedCheck():
            return _named(rule.body, rows.filter(~excused), matter)


def find_each(rules: Sequence[Rule], matter: Matter) -> Iterator[pl.DataFrame]:
    """Yield the rows that each of several rules is met by.

    Tests of single charges are put to the frame together: what several of them compute is computed once.
    """
    together = [rule for rule in rules if isinstance(rule.body, Row) and not matter.subject.coded(rule.fields)]
    tests = {str(index): _row_test(rule) for index, rule in enumerate(together)}
    met = matter.subject.frame.lazy().select(**tests).collect()
    at = {id(rule): str(index) for index, rule in enumerate(together)}
    for rule in rules:
        if id(rule) in at:
            yield _by_transaction(matter.subject.rows(rule.fields).filter(met[at[id(rule)]]))
        else:
            yield find(rule, matter)


def _row_test(rule: Rule) -> pl.Expr:
    test = rule.body.when.expr if isinstance(rule.body, Row) else pl.lit(value=True)
    return test & ~rule.unless.expr if rule.unless else test


def aggregate(name: str) -> pl.Expr:
    """Return `count`, `sum(f)`, `min(f)`, `max(f)`, `distinct(f)` or a group's own field as an expression over a group."""
    function, _, inner = name.removesuffix(")").rpartition("(")
    column = pl.col(inner)
    match function:
        case "sum":
            return column.sum()
        case "min":
            return column.min()
        case "max":
            return column.max()
        case "distinct":
            return column.drop_nulls().n_unique().cast(pl.Int32)
        case _ if name == "count":
            return pl.col("transaction_id").n_unique().cast(pl.Int32)
        case _:
            return column.drop_nulls().first()


def _by_transaction(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(group=pl.col("transaction_id").rank("dense").cast(pl.UInt32))


def _in_groups(body: Groups, rows: pl.DataFrame) -> pl.DataFrame:
    rows, met, figures = _prepared(body, rows)
    groups = rows.group_by(body.group).agg(figures).filter(met).sort(body.group).select(body.group)
    return rows.join(groups.with_row_index("group"), on=body.group, how="inner", maintain_order="left")


def _in_windows(body: Groups, rows: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Slide a window from each row's day over its group; keep those that no larger one contains."""
    rows, met, figures = _prepared(body, rows.drop_nulls("txn.date"))
    rows = rows.with_columns(day=day_index(body.unit, calendar))
    return in_windows(rows, body.group, body.span or 0, figures, met)


def _prepared(body: Groups, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr, list[pl.Expr]]:
    """Return the rows in question with the limits that hold for each, what must be met, and the figures it needs."""
    having, limits = over_groups(body.having)
    unless, more = over_groups(body.unless) if body.unless else (None, {})
    limits |= more
    asked = rows.filter(body.where.expr) if body.where else rows
    asked = asked.drop_nulls(body.group).with_columns(expr.alias(name) for name, expr in limits.items())
    figures = [aggregate(name).alias(name) for name in sorted(_names(having, unless) - limits.keys() - {*body.group})]
    figures += [pl.col(name).min() for name in limits]
    return asked, having.expr & ~unless.expr if unless else having.expr, figures


def _names(*conditions: Condition | None) -> set[str]:
    return {name for condition in conditions if condition for name in condition.fields}


def _late(body: Deadline, rows: pl.DataFrame, matter: Matter) -> pl.DataFrame:
    """Keep the rows past their due day that still lack what they need, with how late, how severe, whom to tell."""
    days = body.days.expr(Kind.COUNT)
    after = pl.col(body.after)
    due = matter.calendar.after(after, days) if body.unit == "business days" else after + pl.duration(days=days)
    asked = rows.filter(body.where.expr) if body.where else rows
    late = (
        asked.filter(~body.needs.expr)
        .with_columns(due=due)
        .with_columns(days_late=(pl.lit(matter.as_of) - pl.col("due")).dt.total_days().cast(pl.Int32))
        .filter(pl.col("days_late") > 0)
    )
    severity, told = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for step in sorted(body.escalate, key=lambda each: each.after):
        reached = pl.col("days_late") >= step.after
        to = pl.col(step.to) if step.to in rows.columns else pl.lit(step.to)
        told = pl.when(reached).then(to).otherwise(told)
        severity = pl.when(reached).then(pl.lit(step.severity)).otherwise(severity) if step.severity else severity
    return late.with_columns(severity=severity, escalate_to=told)


def _named(body: NamedCheck, rows: pl.DataFrame, matter: Matter) -> pl.DataFrame:
    charges, kept = matter.subject.frame, rows["transaction_id"].n_unique()
    if kept < charges.height:
        charges = charges.join(rows, on="transaction_id", how="semi", maintain_order="left")
    limits = [param.expr(Kind.MONEY).alias(f"${name}") for name, param in body.params.items()]
    known = {"charges": charges.with_columns(limits), "as_of": matter.as_of, "calendar": matter.calendar}
    found = body.check.flag(matter.ledger, matter.matches, {**body.settings, **known})
    ordered = (
        found.with_columns(pl.col("transaction_ids").list.sort()).unique("transaction_ids").sort("transaction_ids")
    )
    members = ordered.with_row_index("group").explode("transaction_ids").rename({"transaction_ids": "transaction_id"})
    return rows.join(members, on="transaction_id", how="inner", maintain_order="left")

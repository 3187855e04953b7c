"""Points for violations, and the steps a district takes as they add up; only where its policy turns them on.

Points are counted of what a person has called a violation, never of an open question. They fall on the buyer on the
day of that decision and are counted together over `within` days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from pcard.policy.policyfile import Points
from pcard.policy.rules import Policy
from pcard.schema import Table, columns

VIOLATION = "violation"
# What a person has reached on the day asked for: points of the last days, the step they lead to and since when.
STANDINGS = Table(
    "standings", columns("person! points:count! violations:count! step since:date flags! cite"), ("person",)
)


def points_in_force(policy: Policy, as_of: date) -> Points | None:
    """Return the points a policy counts on a day; None where none of its packs turns them on."""
    for pack in policy.packs:
        first, last = pack.in_force
        if (first is None or first <= as_of) and (last is None or as_of <= last) and (found := pack.points):
            return found if found.status == "on" else None
    return None


def standings(
    flags: pl.DataFrame, transactions: pl.DataFrame, decisions: pl.DataFrame, points: Points, as_of: date
) -> pl.DataFrame:
    """Return who has points on a day, and the step of the ladder they have reached (STANDINGS)."""
    rows: dict[str, list[tuple[date, int, str]]] = {}
    for person, day, rule_id, severity, flag_id in _violations(flags, transactions, decisions).rows():
        if as_of - timedelta(days=points.within) < day <= as_of:
            worth = points.by_rule.get(rule_id, points.by_severity.get(severity, 0))
            rows.setdefault(person, []).append((day, worth, flag_id))
    return STANDINGS.rows(_standing(person, found, points) for person, found in sorted(rows.items()))


def _violations(flags: pl.DataFrame, transactions: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return person, day of the decision, rule, severity and flag of each violation; a group's falls on each buyer."""
    decided = (
        decisions.filter((pl.col("act") == "dispose") & pl.col("undone_by").is_null())
        .sort("at", "decision_id")
        .unique("subject", keep="last", maintain_order=True)
        .select(flag_id="subject", day=pl.col("at").str.slice(0, 10).str.to_date("%Y-%m-%d"))
    )
    buyers = transactions.select("transaction_id", person=pl.coalesce("buyer", "cardholder"))
    found = flags.filter(pl.col("disposition") == VIOLATION).join(decided, on="flag_id")
    members = found.with_columns(transaction_id=pl.col("transaction_ids").str.split(";")).explode("transaction_id")
    joined = members.join(buyers, on="transaction_id").drop_nulls("person").unique(["flag_id", "person"])
    return joined.select("person", "day", "rule_id", "severity", "flag_id").sort("day", "flag_id", "person")


def _standing(person: str, found: Sequence[tuple[date, int, str]], points: Points) -> Mapping[str, object]:
    step, since, total = None, None, 0
    for day, worth, _ in found:
        total += worth
        reached = [rung.step for rung in points.ladder if total >= rung.at]
        if reached and reached[-1] != step:
            step, since = reached[-1], day
    flags = ";".join(flag_id for _, _, flag_id in found)
    cite = "; ".join(points.cite) or None
    return {
        "person": person, "points": total, "violations": len(found), "step": step, "since": since, "flags": flags,
        "cite": cite,
    }  # fmt: skip


def words_of(table: pl.DataFrame, points: Points) -> Iterator[str]:
    """Say who has how many points and what follows."""
    yield f"Violations of the last {points.within} days, each decided by a person:"
    for row in table.sort("points", "person", descending=[True, False]).to_dicts():
        then = f"; {row['step']} since {row['since']}" if row["step"] else ""
        yield f"  {row['person']}: {row['points']} points of {row['violations']}{then}"
    rungs = ", ".join(f"{rung.step} at {rung.at}" for rung in points.ladder)
    yield f"The ladder: {rungs}." if table.height else f"Nobody has points. The ladder: {rungs}."

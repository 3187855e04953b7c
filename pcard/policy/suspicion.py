"""How suspicious a flag is, from 0 to 1, and why: what a reader looks at first.

It orders questions; it decides none. The severity of the rule gives the start,
each reason moves it toward 1 by its part of what is left, or toward 0 by its
part of what is there. A named check weighs its own reasons in the same way.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

_START: Mapping[str, float] = {"info": 0.05, "low": 0.15, "medium": 0.35, "high": 0.55, "critical": 0.8}
_NEAR = 0.9


@dataclass(frozen=True)
class Reason:
    """A reason: what is said of the flag, when it holds over a group's rows, and how much it adds or takes."""

    says: str
    holds: pl.Expr
    part: float


def reasons(limits: list[str]) -> list[Reason]:
    """Return the reasons that can be seen in a group's rows; `limits` are its columns of limits in cents."""
    several = pl.col("transaction_id").n_unique() > 1
    order = pl.col("receipt.order_number")
    found = [
        Reason("on the same day", several & (pl.col("txn.date").n_unique() == 1), 0.2),
        Reason(
            "the receipts show one order number", several & (order.null_count() == 0) & (order.n_unique() == 1), 0.4
        ),
        Reason("the same amount each time", several & (pl.col("txn.amount").n_unique() == 1), 0.1),
        Reason("a proposed receipt awaits review", pl.col("receipt.proposed").sum() > 0, 0.0),
    ]
    if limits:
        under = reduce(operator.or_, (_just_under(limit) for limit in limits))
        found.append(Reason("a charge just under the limit", under, 0.3))
    return found


def _just_under(limit: str) -> pl.Expr:
    amount = pl.col("txn.amount")
    return ((amount <= pl.col(limit)) & (amount >= pl.col(limit) * _NEAR)).any()


def weighed(frame: pl.DataFrame, given: list[Reason]) -> pl.DataFrame:
    """Add `suspicion` and `reasons` to flags whose `severity` and reason columns (`reason 0`, ...) are known.

    Where a check weighed the flag itself, its word counts.
    """
    start = pl.col("severity").replace_strict(_START, return_dtype=pl.Float64)
    held = [Reason(each.says, pl.col(f"reason {index}"), each.part) for index, each in enumerate(given)]
    suspicion, said = _weigh(start, held)
    checked = pl.col("check_suspicion").is_not_null()
    return frame.with_columns(
        suspicion=_rounded(pl.coalesce("check_suspicion", suspicion)),
        reasons=pl.when(checked).then("check_reasons").otherwise(said),
    )


def scored(groups: pl.DataFrame, start: float, given: Sequence[Reason]) -> pl.DataFrame:
    """Return what a check hands back: `transaction_ids` of each group, its `reasons` and `suspicion`.

    `given` hold over the columns of `groups`, a row a flag.
    """
    suspicion, said = _weigh(pl.lit(start), given)
    return groups.select("transaction_ids", said.fill_null("").alias("reasons"), _rounded(suspicion).alias("suspicion"))


def _weigh(start: pl.Expr, given: Sequence[Reason]) -> tuple[pl.Expr, pl.Expr]:
    """Return the suspicion and its reasons, those that hold."""
    suspicion, said = start, [pl.lit(None, pl.String)]
    for reason in given:
        holds = reason.holds.fill_null(value=False)
        # s + part x (1 - s) up, s + part x s down: written so that s stands in it once, or it would grow threefold a reason.
        kept = pl.when(holds).then(1 - abs(reason.part)).otherwise(1.0)
        added = pl.when(holds).then(max(reason.part, 0.0)).otherwise(0.0)
        suspicion = suspicion * kept + added
        said.append(pl.when(holds).then(pl.lit(reason.says)))
    words = pl.concat_str(*said, separator="; ", ignore_nulls=True)
    return suspicion, pl.when(words != "").then(words)


def _rounded(suspicion: pl.Expr) -> pl.Expr:
    return suspicion.clip(0.01, 0.99).round(4)

"""How suspicious a flag is, from 0 to 1, and why: what a reader looks at first.

It orders questions; it decides none. The severity of the rule gives the start,
each reason moves it toward 1 by its part of what is left.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import polars as pl

_START: Mapping[str, float] = {"info": 0.05, "low": 0.15, "medium": 0.35, "high": 0.55, "critical": 0.8}
_NEAR = 0.9


@dataclass(frozen=True)
class Reason:
    """A reason: what is said of the flag, when it holds over a group's rows, and how much it adds."""

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
    """Add `suspicion` and `reasons` to flags whose `severity` and reason columns (`reason 0`, ...) are known."""
    left = 1 - pl.col("severity").replace_strict(_START, return_dtype=pl.Float64)
    said = []
    for index, reason in enumerate(given):
        holds = pl.col(f"reason {index}").fill_null(value=False)
        left = pl.when(holds).then(left * (1 - reason.part)).otherwise(left)
        said.append(pl.when(holds).then(pl.lit(reason.says)))
    words = pl.concat_str(*said, pl.col("check_reasons"), separator="; ", ignore_nulls=True)
    worst = pl.max_horizontal(1 - left, "check_suspicion").clip(0, 0.99).round(4)
    return frame.with_columns(suspicion=worst, reasons=pl.when(words != "").then(words))

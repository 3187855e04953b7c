"""What explains a proof that does not come out, or a bill that was not paid in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl

from pcard.money import show_cents

_MOST_DISPUTES_TOGETHER = 4
_NO_STATEMENT = "no statement of this account for this cycle has been imported"
_NO_OPENING = "the statement names no opening balance and the one before it has not been imported"
_FIRST = "the opening position: the account's first statement, without lines"
_NO_CLOSING = "the statement names no closing balance"


@dataclass(frozen=True, slots=True)
class _Dispute:
    """A disputed charge of an account, and the days it is open."""

    transaction_id: str
    cents: int
    opened: date
    final: date | None


def explain(figures: pl.DataFrame, lines: pl.DataFrame, disputes: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """Add `explanation` and `proves` to the figures of each account and cycle.

    A difference that is the amount of open disputes proves; any other does not.
    """
    dates = {cycle: (opened, closed) for cycle, opened, closed in cycles.select("cycle", "opened", "closed").rows()}
    by_account = _by_account(disputes, lines)
    found = []
    for row in figures.rows(named=True):
        opened, closed = dates[row["cycle"]]
        here = [
            dispute
            for dispute in by_account.get(row["account"], [])
            if dispute.opened <= closed and (dispute.final is None or dispute.final >= opened)
        ]
        found.append(_explained(row, here))
    return figures.with_columns(
        pl.Series("explanation", [text for text, _ in found], pl.String),
        pl.Series("proves", [proves for _, proves in found], pl.Boolean),
    )


def _by_account(disputes: pl.DataFrame, lines: pl.DataFrame) -> dict[str, list[_Dispute]]:
    disputed = lines.select("transaction_id", "account", "amount_cents").join(
        disputes.select(pl.col("transaction").alias("transaction_id"), "opened", "final"), on="transaction_id"
    )
    found: dict[str, list[_Dispute]] = {}
    for name, account, cents, opened, final in disputed.sort("transaction_id").rows():
        found.setdefault(account, []).append(_Dispute(name, cents, opened, final))
    return found


def _explained(row: dict[str, Any], disputes: list[_Dispute]) -> tuple[str | None, bool]:
    if row["is_opening_position"]:
        return _FIRST, True
    difference, opening, closing = row["difference_cents"], row["opening_cents"], row["stated_closing_cents"]
    if difference is None:
        no_statement = opening is None and closing is None
        return (_NO_STATEMENT if no_statement else _NO_CLOSING if closing is None else _NO_OPENING), False
    if difference:
        which = _which(disputes, abs(difference))
        words = f"the difference of {show_cents(difference)} is"
        return (f"{words} the disputed charge {which}" if which else f"{words} explained by nothing here"), bool(which)
    unpaid = opening - row["payments_cents"]
    which = _which(disputes, unpaid) if unpaid > 0 and row["payments_cents"] else None
    return (f"the bill was paid short by {show_cents(unpaid)}: the disputed charge {which}" if which else None), True


def _which(disputes: list[_Dispute], cents: int) -> str | None:
    """Return the disputes, joined by `;`, whose amounts sum to exactly `cents`; None where none or several sets do."""
    for size in range(1, min(_MOST_DISPUTES_TOGETHER, len(disputes)) + 1):
        sets = [chosen for chosen in combinations(disputes, size) if sum(one.cents for one in chosen) == cents]
        if sets:
            return ";".join(one.transaction_id for one in sets[0]) if len(sets) == 1 else None
    return None

"""What explains a proof that does not come out, or a bill that was not paid in full."""

from __future__ import annotations

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


def explain(figures: pl.DataFrame, lines: pl.DataFrame, disputes: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """Add `explanation` and `proves` to the figures of each account and cycle.

    A difference that is the amount of open disputes proves; any other does not.
    """
    dates = {cycle: (opened, closed) for cycle, opened, closed in cycles.select("cycle", "opened", "closed").rows()}
    disputed = disputes.rename({"transaction": "transaction_id"}).join(
        lines.select("transaction_id", "account", "amount_cents"), on="transaction_id"
    )
    found = [_explained(row, disputed, dates) for row in figures.rows(named=True)]
    return figures.with_columns(
        pl.Series("explanation", [text for text, _ in found], pl.String),
        pl.Series("proves", [proves for _, proves in found], pl.Boolean),
    )


def _explained(
    row: dict[str, Any], disputed: pl.DataFrame, dates: dict[str, tuple[date, date]]
) -> tuple[str | None, bool]:
    if row["is_opening_position"]:
        return _FIRST, True
    if row["difference_cents"] is None:
        no_closing, no_opening = row["stated_closing_cents"] is None, row["opening_cents"] is None
        return (_NO_STATEMENT if no_closing and no_opening else _NO_CLOSING if no_closing else _NO_OPENING), False
    opened, closed = dates[row["cycle"]]
    here = disputed.filter(
        (pl.col("account") == row["account"])
        & (pl.col("opened") <= closed)
        & (pl.col("final").is_null() | (pl.col("final") >= opened))
    ).sort("transaction_id")
    open_disputes = here.select("transaction_id", "amount_cents").rows()
    if row["difference_cents"]:
        which = _which(open_disputes, abs(row["difference_cents"]))
        words = f"the difference of {show_cents(row['difference_cents'])} is "
        return (
            f"{words}the disputed charge {which}" if which else f"{words}explained by nothing here"
        ), which is not None
    unpaid = row["opening_cents"] - row["payments_cents"]
    which = _which(open_disputes, unpaid) if unpaid > 0 and row["payments_cents"] else None
    return (f"the bill was paid short by {show_cents(unpaid)}: the disputed charge {which}" if which else None), True


def _which(disputes: list[tuple[str, int]], cents: int) -> str | None:
    """Return the disputes, joined by `;`, whose amounts sum to exactly `cents`; None where none or several sets do."""
    for size in range(1, min(_MOST_DISPUTES_TOGETHER, len(disputes)) + 1):
        sets = [chosen for chosen in combinations(disputes, size) if sum(amount for _, amount in chosen) == cents]
        if sets:
            return ";".join(name for name, _ in sets[0]) if len(sets) == 1 else None
    return None

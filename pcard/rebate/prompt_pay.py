"""Prompt pay: the average days to pay, step by step, and the rate the table holds for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import polars as pl

from pcard.rebate.clauses import PromptPay


@dataclass(frozen=True)
class DaysToPay:
    """The average and its steps.

    A step is one account's cycle: account, cycle, volume_cents, the mean days
    `posted` and `paid`, the `days` between. `unpaid_cents` had no payment yet.
    """

    average: Fraction | None
    steps: pl.DataFrame
    unpaid_cents: int


def whole_days(average: Fraction | Decimal, rounding: str) -> int:
    """Round an average to whole days as the contract says: `ceil`, `floor` or `half_up`."""
    if rounding == "ceil":
        return math.ceil(average)
    if rounding == "floor":
        return math.floor(average)
    return math.floor(Fraction(average) + Fraction(1, 2))


def prompt_pay_bps(terms: PromptPay, average: Fraction | Decimal) -> tuple[int, Decimal]:
    """Return the rounded days and their rate.

    A row holds from the day after the row before it up to its own day; the
    first row holds for every earlier day, `beyond` after the last.
    """
    days = whole_days(average, terms.round_days)
    return days, next((row.bps for row in terms.table if days <= row.days), terms.beyond)


def average_days_to_pay(charges: pl.DataFrame, payments: pl.DataFrame) -> DaysToPay:
    """Return the dollar-weighted days from posting to payment.

    The sum of amount x (paid - posted) over the sum of amount, a cycle's
    charges being paid by the mean day of its payments, weighted by their
    amounts. `charges`: account, cycle, posted, amount_cents; `payments`:
    account, cycle, paid, amount_cents (both above zero for money paid). The
    volume of cycles without a payment is told apart and left out.
    """
    bought = _mean_day(charges, "posted").filter(pl.col("posted").is_not_null())
    paid = _mean_day(payments, "paid").select("account", "cycle", "paid", "paid_cents")
    steps = bought.join(paid, on=["account", "cycle"], how="left", maintain_order="left")
    weighted = Fraction(0)
    volume = unpaid = 0
    days: list[float | None] = []
    for row in steps.iter_rows(named=True):
        if not row["paid_cents"]:
            unpaid += row["posted_cents"]
            days.append(None)
            continue
        turn = Fraction(row["paid"], row["paid_cents"]) - Fraction(row["posted"], row["posted_cents"])
        weighted += turn * row["posted_cents"]
        volume += row["posted_cents"]
        days.append(float(turn))
    shown = steps.select(
        "account",
        "cycle",
        volume_cents=pl.col("posted_cents"),
        posted=_as_date("posted"),
        paid=_as_date("paid"),
        days=pl.Series(days, dtype=pl.Float64),
    )
    return DaysToPay(weighted / volume if volume else None, shown, unpaid)


def _mean_day(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    """Sum amount x day number and amount per cycle, so that the mean stays an exact fraction."""
    day = pl.col(column).cast(pl.Int32).cast(pl.Int128)
    sums = lines.group_by("account", "cycle").agg(
        (day * pl.col("amount_cents")).sum().alias(column),
        pl.col("amount_cents").sum().alias(f"{column}_cents"),
    )
    return sums.filter(pl.col(f"{column}_cents") != 0).sort("account", "cycle")


def _as_date(column: str) -> pl.Expr:
    return (pl.col(column) / pl.col(f"{column}_cents")).round(0).cast(pl.Int32).cast(pl.Date)


def shown_days(average: Fraction | Decimal) -> str:
    """Write an average of days with two decimals, half-up."""
    exact = average if isinstance(average, Decimal) else Decimal(average.numerator) / Decimal(average.denominator)
    return str(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))

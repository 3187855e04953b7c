"""Average file turn: the dollar-weighted days from posting to payment, from the ledger, step by step.

The issuer's payments settle an account's bills in their order, oldest first,
beginning with what the first statement brought forward. A bill is the net of
the cycle's lines without payments; it is paid by the mean day of the payments
that settled it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeAlias

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.cycles import BANK, billing_account
from pcard.ledger.payments import tie_payments
from pcard.periods import Period
from pcard.rebate.programs import Program
from pcard.rebate.prompt_pay import DaysToPay, average_days_to_pay
from pcard.schema import Table, columns

# Which part of a payment settled which bill; `bank_lines` are the district's own lines for it.
SETTLED = Table(
    "settled_bills",
    columns("account! cycle! paid:date! payment! amount:money! bank_lines"),
    ("account", "cycle", "paid", "payment"),
)
NO_ACCOUNT = "(no account)"
_Paid: TypeAlias = "tuple[date, str, int]"


def days_to_pay(ledger: Ledger, program: Program, period: Period, settled: pl.DataFrame) -> DaysToPay:
    """Return the average days to pay what was posted in a period, of the kinds a program counts.

    `settled` (SETTLED) is the ledger's, taken once for all periods.
    """
    kinds = list(program.terms.eligible.include)
    charges = _lines(ledger).filter(
        pl.col("posted").is_between(period.first, period.last) & pl.col("kind").is_in(kinds)
    )
    return average_days_to_pay(charges, settled)


def settled_bills(ledger: Ledger) -> pl.DataFrame:
    """Return SETTLED: every payment on the card accounts, cut to the bills it paid.

    Where an account's own file shows no payments and it is the only account,
    the bank lines that pay a card issuer stand in for them.
    """
    lines = _lines(ledger)
    paid = lines.filter(pl.col("kind") == "payment")
    tied, alone = tie_payments(lines, ledger.bank_lines, ledger.ap_payments, ledger.cycles)
    payments = paid.select("account", "cycle", "posted", "transaction_id", cents=-pl.col("amount_cents"))
    accounts = lines["account"].unique()
    if payments.is_empty() and len(accounts) == 1:
        payments = alone.filter(pl.col("side") == "bank").select(
            pl.lit(accounts[0]).alias("account"), "cycle", pl.col("date").alias("posted"),
            pl.col("id").alias("transaction_id"), cents=-pl.col("amount_cents"),
        )  # fmt: skip
    order = ledger.cycles.select("cycle", "closed")
    bills = (
        lines.filter(pl.col("kind") != "payment")
        .group_by("account", "cycle")
        .agg(pl.col("amount_cents").sum())
        .join(order, on="cycle", how="left")
        .sort("account", "closed", "cycle")
    )
    rows = [
        {"account": account, "cycle": cycle, "paid": day, "payment": payment, "amount_cents": cents}
        for account in bills["account"].unique().sort()
        for cycle, day, payment, cents in _settle(*_of_account(account, bills, payments, ledger.statements))
    ]
    evidence = tied.select("bank_lines", payment="transaction_id")
    return SETTLED.of(SETTLED.rows(rows).drop("bank_lines").join(evidence, on="payment", how="left"))


def _lines(ledger: Ledger) -> pl.DataFrame:
    counted = ledger.transactions.filter(~pl.col("memo"))
    stated = ledger.statements.filter(pl.col("kind") != BANK)
    return counted.with_columns(account=billing_account(stated["account"], counted).fill_null(NO_ACCOUNT))


def _of_account(
    account: str, bills: pl.DataFrame, payments: pl.DataFrame, statements: pl.DataFrame
) -> tuple[list[tuple[str, int]], list[_Paid]]:
    """Return an account's bills in order, the first without a label for what was brought forward, and its payments."""
    own = bills.filter(pl.col("account") == account)
    paid = payments.filter(pl.col("account") == account).sort("posted", "transaction_id")
    first = own.row(0, named=True)
    of_first = paid.filter(pl.col("cycle") == first["cycle"])["cents"].sum()
    stated = statements.filter(
        (pl.col("account") == account) & (pl.col("kind") != BANK) & (pl.col("closed") <= first["closed"])
    ).sort("closed")
    brought_forward = int(of_first)  # without a statement: a bill is not paid in the cycle that makes it
    if stated.height:
        last = stated.row(-1, named=True)
        if last["closed"] < first["closed"]:
            brought_forward = last["closing_balance_cents"] or 0
        elif last["opening_balance_cents"] is not None:
            brought_forward = last["opening_balance_cents"]
        elif last["closing_balance_cents"] is not None:
            brought_forward = last["closing_balance_cents"] - first["amount_cents"] + int(of_first)
    return [("", brought_forward), *own.select("cycle", "amount_cents").rows()], paid.select(
        "posted", "transaction_id", "cents"
    ).rows()


def _settle(bills: Sequence[tuple[str, int]], payments: Sequence[_Paid]) -> Iterator[tuple[str, date, str, int]]:
    """Yield what of each payment settles which bill, in order; a bill below zero lessens the next one."""
    queue = iter(bills)
    cycle, due = "", 0
    for day, payment, cents in payments:
        left = cents
        while left > 0:
            while due <= 0:
                following = next(queue, None)
                if following is None:
                    return
                cycle, due = following[0], following[1] + due
            part = min(left, due)
            left, due = left - part, due - part
            if cycle:
                yield cycle, day, payment, part

"""The proof of a cycle: opening + charges - credits - payments + fees + other = closing = the bank's figure.

Each billing account is proved with all its cards rolled up. Memo copies of its
lines never count; a transfer to a replacement card is two lines of one account
and nets to zero. Then the payments are tied to what the district's own books
say was paid.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.cycles import BANK, billing_account
from pcard.ledger.disputed import explain
from pcard.ledger.payments import ONE_SIDED, PAYMENTS, tie_payments
from pcard.schema import Table, columns

PROOF = Table(
    "proof",
    columns(
        "account! cycle! opening:money charges:money! credits:money! payments:money! fees:money! other:money!"
        " computed_closing:money stated_closing:money difference:money explanation proves:flag!"
    ),
    ("account", "cycle"),
)

# Which sum of the proof each kind belongs to; what lowers the balance is shown above zero.
_SUMS = {
    "charges": (1, ("purchase", "cash_advance", "convenience_check")),
    "credits": (-1, ("credit",)),
    "payments": (-1, ("payment",)),
    "fees": (1, ("fee", "finance_charge")),
    "other": (1, ("adjustment", "rebate", "transfer")),
}
NO_ACCOUNT = "(no account)"
# A statement may open a weekend after the one before has closed; beyond that one is missing between.
_MOST_DAYS_BETWEEN = 5


@dataclass(frozen=True)
class TieOut:
    """The proof of each account and cycle, the payments with their evidence, and what stands on one side only."""

    proof: pl.DataFrame
    payments: pl.DataFrame
    one_sided: pl.DataFrame

    @property
    def proves(self) -> bool:
        """Whether there is something to prove and the figures of every account agree."""
        return self.proof.height > 0 and bool(self.proof["proves"].all())


def tie_out(ledger: Ledger, cycle: str | None) -> TieOut:
    """Prove one cycle, or every cycle where None: each account's figures, then its payments."""
    stated = _stated(ledger)
    counted = ledger.transactions.filter(~pl.col("memo"))
    account = billing_account(stated["account"], counted).fill_null(NO_ACCOUNT).alias("account")
    lines = counted.with_columns(account)
    cycles = ledger.cycles["cycle"] if cycle is None else pl.Series([cycle])
    wanted = pl.col("cycle").is_in(cycles.implode())
    figures = _figures(lines.filter(wanted), stated.filter(wanted))
    payments, one_sided = tie_payments(lines, ledger.bank_lines, ledger.ap_payments, ledger.cycles)
    halves = _half_transfers(lines)
    return TieOut(
        PROOF.of(explain(figures, lines, ledger.disputes, ledger.cycles)),
        PAYMENTS.of(payments.filter(wanted)),
        ONE_SIDED.of(pl.concat([one_sided, halves]).filter(wanted)),
    )


def _stated(ledger: Ledger) -> pl.DataFrame:
    """Return account, cycle, opening and closing as the card issuers state them.

    A card's own statement is left out where its billing account has one. An
    opening balance that is not given is the closing of the statement before.
    """
    card = ledger.statements.filter(pl.col("kind") != BANK).sort("account", "closed")
    billed_elsewhere = ledger.cards.filter(
        pl.col("account").is_in(card["account"].implode()) & (pl.col("account") != pl.col("card"))
    )
    own = card.filter(~pl.col("account").is_in(billed_elsewhere["card"].implode()))
    days_between = (pl.col("opened") - pl.col("closed").shift().over("account")).dt.total_days()
    adjoins = days_between.is_null() | (days_between <= _MOST_DAYS_BETWEEN)
    before = pl.when(adjoins).then(pl.col("closing_balance_cents").shift().over("account"))
    return own.select(
        "account",
        "cycle",
        pl.coalesce("opening_balance_cents", before).alias("opening_cents"),
        pl.col("closing_balance_cents").alias("stated_closing_cents"),
        (pl.col("closed") == pl.col("closed").min().over("account")).alias("is_first"),
    ).unique(["account", "cycle"], keep="last", maintain_order=True)


def _figures(lines: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Sum the lines of each account and cycle and set them against the statement."""
    amount = pl.col("amount_cents")
    sums = lines.group_by("account", "cycle").agg(
        (sign * amount.filter(pl.col("kind").is_in(kinds)).sum()).alias(f"{name}_cents")
        for name, (sign, kinds) in _SUMS.items()
    )
    activity = (
        pl.col("charges_cents")
        - pl.col("credits_cents")
        - pl.col("payments_cents")
        + pl.col("fees_cents")
        + pl.col("other_cents")
    )
    return (
        stated.join(sums, on=["account", "cycle"], how="full", coalesce=True)
        .with_columns(pl.col(f"{name}_cents").fill_null(0) for name in _SUMS)
        .with_columns((pl.col("opening_cents") + activity).alias("computed_closing_cents"))
        .with_columns((pl.col("computed_closing_cents") - pl.col("stated_closing_cents")).alias("difference_cents"))
        .with_columns(_is_opening_position().alias("is_opening_position"))
        .sort("account", "cycle")
    )


def _is_opening_position() -> pl.Expr:
    """Tell an account's first statement that has no lines: where its books begin, with nothing before to prove."""
    silent = pl.all_horizontal(pl.col(f"{name}_cents") == 0 for name in _SUMS)
    begins = pl.col("opening_cents").is_null() & pl.col("stated_closing_cents").is_not_null()
    return pl.col("is_first").fill_null(value=False) & silent & begins


def _half_transfers(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the transfers of an account and cycle that do not cancel out, as ONE_SIDED."""
    halves = lines.filter(
        (pl.col("kind") == "transfer")
        & (pl.col("amount_cents").filter(pl.col("kind") == "transfer").sum().over("account", "cycle") != 0)
    )
    return ONE_SIDED.of(
        halves.select(
            pl.lit("card").alias("side"), pl.col("transaction_id").alias("id"), "cycle", "document", "line",
            pl.col("posted").alias("date"), "amount_cents", pl.col("merchant").alias("description"),
            pl.lit("a transfer whose other half is on no card of this account").alias("why"),
        )
    )  # fmt: skip

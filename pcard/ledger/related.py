"""Lines of the card accounts that belong to another line: refunds, credits of disputes, foreign fees."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pcard.frames import RELATED, Ledger
from pcard.ledger.dispute_credits import provisional_credits, reversals, state
from pcard.ledger.foreign_fees import foreign_fees
from pcard.ledger.pairing import Tie
from pcard.ledger.refunds import refunds
from pcard.ledger.verdicts import AGAINST, in_force
from pcard.money import show_cents

KIND = "purchase"  # the kind of evidence that a verdict on a refund names


def related(ledger: Ledger, decisions: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return `RELATED`: which charge each refund, dispute credit, reversal and foreign fee belongs to.

    `accepted` where it can be no other, else `review`; a person's verdict
    (`confirm` or `reject` of a credit and a purchase) stands above both.
    """
    lines, said = ledger.transactions, _verdicts(ledger, decisions)
    confirmed, rejected = said.filter(~pl.col("against")), said.filter("against").select("line", "charge")
    answered = set(confirmed["line"])
    free = lines.filter(~pl.col("transaction_id").is_in(answered))
    given = provisional_credits(free, ledger.disputes)
    taken_back = reversals(free, ledger.disputes, given)
    other = {tie.line for tie in [*given, *taken_back]}
    refunded = refunds(_left(free, other, confirmed), ledger.cards, rejected)
    rows = [
        _rows(ledger, "refund", refunded),
        _rows(ledger, "provisional_credit", given),
        _rows(ledger, "reversal", taken_back),
        _rows(ledger, "foreign_fee", foreign_fees(lines)),
        confirmed.select(
            transaction_id="line", kind=pl.lit("refund"), charge_id="charge", amount_cents="amount",
            outcome=pl.lit("confirmed"), choices=pl.lit(1, pl.Int32), explanation=pl.lit("confirmed by a person"),
        ),
    ]  # fmt: skip
    return RELATED.of(_with_states(pl.concat(rows, how="diagonal"), ledger))


def told(rows: pl.DataFrame, transaction_id: str) -> list[str]:
    """Say in words what a line belongs to and what belongs to it; `rows` are `RELATED`."""
    mine = rows.filter((pl.col("transaction_id") == transaction_id) | (pl.col("charge_id") == transaction_id))
    lines = []
    for row in mine.to_dicts():
        what = f"{row['kind'].replace('_', ' ')} {row['transaction_id']}, {show_cents(row['amount_cents'])}"
        sure = f"{row['outcome']}: {row['explanation']}"
        lines.append(f"{what}, belongs to {row['charge_id']} ({sure}); {row['state']}")
    return lines


def _verdicts(ledger: Ledger, decisions: pl.DataFrame | None) -> pl.DataFrame:
    """Return the verdicts on credits and purchases of this ledger, each credit confirmed with one purchase at most."""
    said = in_force(KIND, decisions).select(
        line="subject", charge="evidence_id", against=pl.col("act").is_in(AGAINST), at="at"
    )
    sides = ledger.transactions.select(line="transaction_id", amount="amount_cents")
    said = said.join(sides, on="line").join(
        ledger.transactions.select(charge="transaction_id"), on="charge", how="semi"
    )
    last = pl.col("at").rank("ordinal", descending=True).over("line", "against") == 1
    return said.sort("line", "charge").filter(pl.col("against") | last)


def _left(lines: pl.DataFrame, other: set[str], confirmed: pl.DataFrame) -> pl.DataFrame:
    """Take out the credits that are no refunds, and what confirmed refunds took off their purchases."""
    drawn = confirmed.group_by("charge").agg(drawn=pl.col("amount").sum()).rename({"charge": "transaction_id"})
    left = lines.filter(~pl.col("transaction_id").is_in(other)).join(
        drawn, on="transaction_id", how="left", maintain_order="left"
    )
    return left.with_columns(amount_cents=pl.col("amount_cents") + pl.col("drawn").fill_null(0)).drop("drawn")


def _rows(ledger: Ledger, kind: str, ties: Iterable[Tie]) -> pl.DataFrame:
    schema = {
        "transaction_id": pl.String, "charge_id": pl.String, "drawn": pl.Int64, "choices": pl.Int32,
        "sure": pl.Boolean, "explanation": pl.String,
    }  # fmt: skip
    found = pl.DataFrame(
        [(t.line, t.charge, t.amount, t.choices, t.sure, t.how) for t in ties], schema=schema, orient="row"
    )
    amounts = ledger.transactions.select("transaction_id", "amount_cents")
    of_line = found.join(amounts, on="transaction_id", maintain_order="left")
    # A refund of several purchases covers of each what it was; all else is its line's amount.
    amount = -pl.col("drawn") if kind == "refund" else pl.col("amount_cents")
    return of_line.select(
        "transaction_id", "charge_id", "choices", "explanation", kind=pl.lit(kind), amount_cents=amount,
        outcome=pl.when("sure").then(pl.lit("accepted")).otherwise(pl.lit("review")),
    )  # fmt: skip


def _with_states(rows: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Say of each row what it leaves: a refund in part or in whole, a dispute open or final, a fee without a receipt."""
    charged = ledger.transactions.select(charge_id="transaction_id", charged="amount_cents")
    joined = rows.join(charged, on="charge_id", how="left", maintain_order="left").join(
        state(ledger.disputes).rename({"charge": "charge_id", "state": "dispute"}), on="charge_id", how="left",
        maintain_order="left",
    )  # fmt: skip
    back = pl.col("amount_cents").filter(pl.col("kind") == "refund").sum().over("charge_id")
    refund = (
        pl.when(pl.col("charged") + back == 0).then(pl.lit("refunded in whole")).otherwise(pl.lit("refunded in part"))
    )
    return joined.with_columns(
        state=pl.when(pl.col("kind") == "refund")
        .then(refund)
        .when(pl.col("kind") == "foreign_fee")
        .then(pl.lit("needs no receipt"))
        .otherwise("dispute")
    )

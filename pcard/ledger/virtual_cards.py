"""Virtual-card charges and the payments of accounts payable they were issued for, one to one.

A virtual card is a number that accounts payable issues to a vendor for one
payment. Its charge names the payment or its invoice, or is the very amount to
a vendor of that name. Above the authorized amount, used twice, or issued for
nothing known: a question.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from pcard.frames import VIRTUAL_CARDS, Ledger
from pcard.ledger.merchants import merchant_key
from pcard.ledger.pairing import tied
from pcard.money import cents_text

_EARLY_DAYS, _WINDOW_DAYS = 2, 120  # a vendor charges the card when it reads its mail
# What pairs a charge and a payment, and whether it names it.
_JOINED = (
    ("reference", "payment_no", True), ("reference", "invoice", True), ("po", "paid_po", True),
    ("cents", "authorized", False), ("merchant_key", "vendor_key", False),
)  # fmt: skip
_ALIKE = 85  # token-set likeness of merchant and vendor, in percent


def virtual_cards(ledger: Ledger) -> pl.DataFrame:
    """Return `VIRTUAL_CARDS`: each charge of a virtual card with its payment and invoice, or what is to be asked."""
    issued = ledger.cards.filter(pl.col("type") == "virtual").select(card_record="identity", limit="amount_cents")
    charges = ledger.transactions.filter((pl.col("kind") == "purchase") & ~pl.col("memo"))
    charges = charges.join(issued, on="card_record").sort("transaction_id")
    paid = ledger.ap_payments.filter(
        (pl.col("method") == "card") & (pl.col("status").fill_null("paid") != "void")
    ).sort("identity")
    pairs = _pairs(charges, paid)
    ties = tied(pairs)
    found = pl.DataFrame(
        [(tie.line, tie.charge, tie.sure, tie.how) for tie in ties],
        schema={"transaction_id": pl.String, "payment": pl.String, "sure": pl.Boolean, "how": pl.String},
        orient="row",
    )
    spent = _spent(pairs, found)
    payments = paid.select("payment_no", "invoice", "vendor", payment="identity", authorized="amount_cents")
    rows = (
        charges.select("transaction_id", "limit", charged_cents="amount_cents")
        .join(found, on="transaction_id", how="left", maintain_order="left")
        .join(payments, on="payment", how="left", maintain_order="left")
        .join(spent, on="transaction_id", how="left", maintain_order="left")
        .with_columns(authorized_cents=pl.min_horizontal("authorized", "limit"))
        .with_columns(question=_question())
    )
    return VIRTUAL_CARDS.of(
        rows.with_columns(
            outcome=pl.when(pl.col("question").is_null()).then(pl.lit("accepted")).otherwise(pl.lit("review")),
            explanation=pl.coalesce("how", pl.lit("no payment of accounts payable answers it")),
        )
    )


def _pairs(charges: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """Pair charges with payments they name or equal, or whose vendor is theirs, near in time."""
    ours = charges.select(
        "reference", "merchant_key", "date", po="po_number", line="transaction_id", cents="amount_cents"
    )
    theirs = paid.select(
        "payment_no", "invoice", paid_po="po_number", charge="identity", authorized="amount_cents", paid_on="date",
        vendor_key=merchant_key(pl.col("vendor")),
    )  # fmt: skip
    found = [
        ours.join(theirs, left_on=left, right_on=right, coalesce=False).with_columns(named=pl.lit(named))
        for left, right, named in _JOINED
    ]
    both = pl.concat(found).sort("line", "charge", "named").unique(["line", "charge"], keep="last", maintain_order=True)
    gap = (pl.col("date") - pl.col("paid_on")).dt.total_days()
    both = both.filter(gap.is_between(-_EARLY_DAYS, _WINDOW_DAYS))
    likeness = cpdist(both["merchant_key"].to_list(), both["vendor_key"].to_list(), scorer=fuzz.token_set_ratio)
    both = both.with_columns(alike=pl.Series(likeness, dtype=pl.Float64) >= _ALIKE)
    one = pl.lit(1, pl.Int64)  # a payment is charged once
    equal = pl.col("cents") == pl.col("authorized")
    return both.filter(pl.col("named") | pl.col("alike")).select(
        "line", "charge", day="date", amount=one, room=one, gap=gap.abs(), best=pl.col("named") | equal
    )


def _spent(pairs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return for charges that got no payment the charge that had used theirs."""
    waiting = pairs.join(found, left_on="line", right_on="transaction_id", how="anti").sort("line", "gap", "charge")
    nearest = waiting.unique("line", keep="first", maintain_order=True).select(transaction_id="line", payment="charge")
    used = found.select("payment", used_by="transaction_id")
    return nearest.join(used, on="payment").select("transaction_id", "used_by")


def _question() -> pl.Expr:
    over = pl.col("charged_cents") - pl.col("authorized_cents")
    above = pl.format("{} above the authorized amount", cents_text(over))
    below = pl.format("{} of the authorized amount was not charged", cents_text(-over))
    return (
        pl.when(pl.col("used_by").is_not_null())
        .then(pl.format("used twice: {} charged this payment already", "used_by"))
        .when(over > 0)
        .then(above)
        .when(pl.col("payment").is_null())
        .then(pl.lit("which payment was this card issued for?"))
        .when(over < 0)
        .then(below)
        .when(~pl.col("sure"))
        .then(pl.lit("which of several equal payments?"))
    )

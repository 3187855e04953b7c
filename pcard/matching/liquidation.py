"""Purchase orders paid by card: what to release of their encumbrance, so that accounts payable does not pay too."""

from __future__ import annotations

import polars as pl

from pcard.frames import LIQUIDATION, Ledger
from pcard.matching.records.references import number
from pcard.matching.settings import DEFAULT_SETTINGS, MatchSettings
from pcard.money import cents_text

_DELIVERED = ("closed", "complete", "completed", "delivered", "received")
_LINKED = ("accepted", "confirmed")


def liquidation(
    ledger: Ledger, matches: pl.DataFrame, related: pl.DataFrame, settings: MatchSettings = DEFAULT_SETTINGS
) -> pl.DataFrame:
    """Return `LIQUIDATION`: every order that charges are linked or proposed to.

    An order closes with the charge that leaves no more of it open than
    `order_close_bps`, a price difference, or where its status says that all
    was delivered; then all of it is released, else what was charged. Refunds of its charges (`related`) go back to it. A
    blanket order stays open.
    """
    links = matches.filter(pl.col("evidence_kind") == "order").rename({"evidence_id": "po_number"})
    charged = _charged(ledger, links, related)
    linked = pl.col("outcome").is_in(_LINKED)
    paid = charged.group_by("po_number").agg(
        paid_by_card_cents=pl.col("charged").filter(linked).sum(),
        in_question_cents=pl.col("charged").filter(~linked).sum(),
        transactions=pl.col("transaction_id").filter(linked).sort().str.join(";"),
    )
    orders = ledger.orders.select(
        "po_number", "vendor", "site", "kind", "status", ordered_cents="amount_cents",
        open_before_cents=pl.coalesce("open_amount_cents", "amount_cents"),
    )  # fmt: skip
    rows = (
        orders.join(paid, on="po_number")
        .join(_paid_by_ap(ledger), on="po_number", how="left", maintain_order="left")
        .with_columns(pl.col("paid_by_ap_cents").fill_null(0))
        .with_columns(open_after_cents=(pl.col("open_before_cents") - pl.col("paid_by_card_cents")).clip(0))
    )
    return LIQUIDATION.of(_decided(rows, settings))


def _charged(ledger: Ledger, links: pl.DataFrame, related: pl.DataFrame) -> pl.DataFrame:
    """Return what each link charges to its order: its part; all of a charge of one order; less what was refunded."""
    back = related.filter((pl.col("kind") == "refund") & pl.col("outcome").is_in(_LINKED))
    refunded = back.group_by("charge_id").agg(back=pl.col("amount_cents").sum()).rename({"charge_id": "transaction_id"})
    amounts = ledger.transactions.select("transaction_id", total="amount_cents")
    alone = pl.len().over("transaction_id") == 1
    joined = links.join(amounts, on="transaction_id").join(refunded, on="transaction_id", how="left")
    whole = pl.when(alone).then("total").otherwise("amount_cents")
    return joined.with_columns(charged=(whole + pl.when(alone).then(pl.col("back").fill_null(0)).otherwise(0)).clip(0))


def _paid_by_ap(ledger: Ledger) -> pl.DataFrame:
    """Return what accounts payable paid on each order, by check, warrant, ACH or wire."""
    paid = ledger.ap_payments.filter(
        (pl.col("status").fill_null("paid") != "void") & (pl.col("method").fill_null("") != "card")
    )
    by_number = paid.group_by(key=number(pl.col("po_number"))).agg(paid_by_ap_cents=pl.col("amount_cents").sum())
    orders = ledger.orders.select("po_number", key=number(pl.col("po_number")))
    return orders.join(by_number.drop_nulls("key"), on="key").select("po_number", "paid_by_ap_cents")


def _decided(rows: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """Add the state, what to release, and what is to be asked."""
    opened, after, paid = (pl.col(f"{name}_cents") for name in ("open_before", "open_after", "paid_by_card"))
    blanket = pl.col("kind").fill_null("") == "blanket"
    delivered = pl.col("status").str.to_lowercase().is_in(_DELIVERED).fill_null(value=False)
    closed = ~blanket & (paid > 0) & (delivered | (after * 10_000 <= opened * settings.order_close_bps))
    state = (
        pl.when(closed)
        .then(pl.lit("closed by its last delivery"))
        .when(blanket)
        .then(pl.lit("blanket: stays open"))
        .when(paid > 0)
        .then(pl.lit("open: delivered in part"))
        .otherwise(pl.lit("open: a question"))
    )
    twice = (
        (pl.col("paid_by_ap_cents") > 0) & (paid > 0) & (paid + pl.col("paid_by_ap_cents") > pl.col("ordered_cents"))
    )
    over = paid - opened
    question = (
        pl.when(twice)
        .then(pl.format("accounts payable paid {} of it, too", cents_text(pl.col("paid_by_ap_cents"))))
        .when(over > 0)
        .then(pl.format("charged {} above what was open", cents_text(over)))
    )
    release = pl.when(closed).then(opened).otherwise(pl.min_horizontal(paid, opened))
    return rows.with_columns(state=state, question=question, release_cents=release)

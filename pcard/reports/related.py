"""Credits and fees beside their charges, orders to release, virtual cards beside their payments."""

from __future__ import annotations

import polars as pl

from pcard.frames import Conclusions, Ledger
from pcard.money import show_cents
from pcard.reports.reconciliation import of_cycle
from pcard.reports.report import Heading, Listing, Section
from pcard.schema import Kind


def credits_and_fees(ledger: Ledger, found: Conclusions) -> Section:
    """Return the cycle's refunds, dispute credits and foreign fees, each with the charge it belongs to."""
    lines = of_cycle(ledger, found.cycle).select("transaction_id", "posted", "site", "card", "merchant")
    frame = found.related.join(lines, on="transaction_id").sort("kind", "posted", "transaction_id", "charge_id")
    headings = (
        Heading("kind", "What"),
        Heading("transaction_id", "Line"),
        Heading("posted", "Posted", Kind.DATE),
        Heading("site", "Site", brief=False),
        Heading("card", "Card"),
        Heading("merchant", "Merchant", wide=True),
        Heading("amount_cents", "Amount", Kind.MONEY),
        Heading("charge_id", "Belongs to"),
        Heading("outcome", "Outcome"),
        Heading("choices", "Charges that would do", Kind.COUNT, brief=False),
        Heading("state", "Leaves", wide=True),
        Heading("explanation", "Why", wide=True, brief=False),
    )
    asked = frame.filter(pl.col("outcome") == "review").height
    empty = "No credit or fee belongs to another line."
    lead = (
        f"Lines that belong to an earlier charge: {frame.height}; questions among them: {asked}."
        if frame.height
        else empty
    )
    return Section(
        "related", "Credits and fees", lead, listings=(Listing("related", "Credits and fees", headings, frame, empty),)
    )


def paid_by_card(ledger: Ledger, found: Conclusions) -> Section:
    """Return the orders that the cycle's charges draw on, with what to release, and its virtual-card charges."""
    lines = of_cycle(ledger, found.cycle).select("transaction_id")
    drawn = found.liquidation.select("po_number", transaction_id=pl.col("transactions").str.split(";"))
    here = drawn.explode("transaction_id").join(lines, on="transaction_id").select("po_number").unique()
    orders = found.liquidation.join(here, on="po_number", how="semi", maintain_order="left")
    cards = found.virtual_cards.join(lines, on="transaction_id", how="semi", maintain_order="left")
    asked = orders["question"].count() + cards["question"].count()
    release = show_cents(int(orders["release_cents"].sum()))
    lead = f"Purchase orders paid by card: {orders.height}; to release of them, in all: {release}; questions: {asked}."
    return Section(
        "paid_by_card",
        "Orders paid by card",
        lead if orders.height or cards.height else "No purchase order was paid by card.",
        listings=(_orders(orders), _cards(cards)),
    )


def _orders(frame: pl.DataFrame) -> Listing:
    headings = (
        Heading("po_number", "Order"),
        Heading("vendor", "Vendor", wide=True),
        Heading("site", "Site"),
        Heading("ordered_cents", "Ordered", Kind.MONEY, brief=False),
        Heading("open_before_cents", "Open before", Kind.MONEY),
        Heading("paid_by_card_cents", "Paid by card", Kind.MONEY, total=True),
        Heading("open_after_cents", "Open after", Kind.MONEY),
        Heading("release_cents", "Release", Kind.MONEY, total=True),
        Heading("state", "State"),
        Heading("in_question_cents", "In question", Kind.MONEY),
        Heading("paid_by_ap_cents", "Paid by AP", Kind.MONEY),
        Heading("transactions", "Charges", wide=True, brief=False),
        Heading("question", "Question", wide=True),
    )
    return Listing("liquidation", "Encumbrances to release", headings, frame, "No order was paid by card.")


def _cards(frame: pl.DataFrame) -> Listing:
    headings = (
        Heading("transaction_id", "Charge"),
        Heading("vendor", "Vendor", wide=True),
        Heading("payment_no", "Payment"),
        Heading("invoice", "Invoice"),
        Heading("authorized_cents", "Authorized", Kind.MONEY),
        Heading("charged_cents", "Charged", Kind.MONEY, total=True),
        Heading("outcome", "Outcome"),
        Heading("question", "Question", wide=True),
        Heading("explanation", "Why", wide=True, brief=False),
    )
    return Listing("virtual_cards", "Virtual cards", headings, frame, "No virtual card was charged.")

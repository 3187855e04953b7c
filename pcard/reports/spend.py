"""Where the money goes: by site, merchant and card, in one cycle."""

from __future__ import annotations

import polars as pl

from pcard.frames import Conclusions, Ledger
from pcard.money import show_cents
from pcard.reports.reconciliation import of_cycle
from pcard.reports.report import Chart, Heading, Listing, Section
from pcard.schema import Kind

_MOST_MERCHANTS = 25


def spend(ledger: Ledger, found: Conclusions) -> Section:
    """Return purchases less credits by site, by merchant and by cardholder."""
    charges = of_cycle(ledger, found.cycle).filter(pl.col("kind").is_in(["purchase", "credit"]))
    listings = (
        _by(charges, "site", "Spend by site", "Site"),
        _by(charges, "merchant_key", "Spend by merchant", "Merchant"),
        _by(charges, "cardholder", "Spend by cardholder", "Cardholder"),
    )
    top = listings[1].frame.head(_MOST_MERCHANTS // 2).select("merchant_key", "amount_cents").rows()
    chart = Chart("Largest merchants", Kind.MONEY, tuple((name or "unnamed", cents) for name, cents in top))
    total = int(charges["amount_cents"].sum())
    merchants = charges["merchant_key"].n_unique()
    lead = f"{show_cents(total)} at {merchants:,} merchants."
    return Section("spend", "Where the money went", lead, charts=(chart,) if top else (), listings=listings)


def _by(charges: pl.DataFrame, column: str, title: str, heading: str) -> Listing:
    frame = (
        charges.group_by(column)
        .agg(
            count=pl.len().cast(pl.Int32),
            amount_cents=pl.col("amount_cents").sum(),
            credits_cents=pl.col("amount_cents").filter(pl.col("kind") == "credit").sum(),
        )
        .sort("amount_cents", column, descending=[True, False])
    )
    headings = (
        Heading(column, heading, wide=True),
        Heading("count", "Lines", Kind.COUNT, total=True),
        Heading("amount_cents", "Net", Kind.MONEY, total=True),
        Heading("credits_cents", "Credits within", Kind.MONEY, total=True),
    )
    return Listing(f"spend_by_{column}", title, headings, frame, "No purchases.")

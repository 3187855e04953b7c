"""The board: per site what is done, what waits, and for whom."""

from __future__ import annotations

from datetime import date

import polars as pl

from pcard.frames import Conclusions, Ledger
from pcard.reports.reconciliation import evidence_state, of_cycle
from pcard.reports.report import Figure, Heading, Listing, Section
from pcard.schema import Kind


def board(ledger: Ledger, found: Conclusions, as_of: date) -> Section:
    """Return counts per site of linked, asked and missing, the open exceptions, and the days left to the due date."""
    charges = evidence_state(of_cycle(ledger, found.cycle), found)
    flagged = (
        found.flags.filter(pl.col("disposition").is_null())
        .select("flag_id", transaction_id=pl.col("transaction_ids").str.split(";"))
        .explode("transaction_id")
        .join(charges.select("transaction_id", "site"), on="transaction_id")
        .group_by("site")
        .agg(exceptions=pl.col("flag_id").n_unique().cast(pl.Int32))
    )
    frame = (
        charges.group_by("site")
        .agg(
            lines=pl.len().cast(pl.Int32),
            linked=(pl.col("state") == "linked").sum().cast(pl.Int32),
            question=(pl.col("state") == "question").sum().cast(pl.Int32),
            missing=(pl.col("state") == "no receipt").sum().cast(pl.Int32),
            amount_cents=pl.col("amount_cents").filter(pl.col("kind").is_in(["purchase", "credit"])).sum(),
        )
        .join(flagged, on="site", how="left", nulls_equal=True)
        .with_columns(pl.col("exceptions").fill_null(0))
        .sort("site", nulls_last=True)
        .with_columns(pl.col("site").fill_null("no site"))
    )
    headings = (
        Heading("site", "Site"),
        Heading("lines", "Lines", Kind.COUNT, total=True),
        Heading("amount_cents", "Charges less credits", Kind.MONEY, total=True),
        Heading("linked", "Done", Kind.COUNT, total=True),
        Heading("question", "Needs an answer (clerk)", Kind.COUNT, total=True),
        Heading("missing", "No receipt (cardholder)", Kind.COUNT, total=True),
        Heading("exceptions", "Open exceptions", Kind.COUNT, total=True),
    )
    due = ledger.statements.filter(pl.col("cycle") == found.cycle)["due"].drop_nulls()
    figures = []
    if len(due) and isinstance(first := due.min(), date):
        figures.append(Figure("Days left to the due date", (first - as_of).days))
    listing = Listing("board", "Per site", headings, frame, "The cycle has no lines.")
    lead = f"{frame['linked'].sum()} done, {frame['question'].sum()} to answer, {frame['missing'].sum()} without a receipt."
    return Section("board", f"Where cycle {found.cycle} stands", lead, tuple(figures), listings=(listing,))

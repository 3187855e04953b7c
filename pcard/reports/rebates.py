"""What the bank owes: accrued per period and bucket, shared out by site and fund."""

from __future__ import annotations

import polars as pl

from pcard.money import show_cents
from pcard.reports.reconciliation import with_site_names
from pcard.reports.report import Chart, Figure, Heading, Listing, Section
from pcard.schema import Kind


def rebates(accruals: pl.DataFrame, shares: pl.DataFrame, sites: pl.DataFrame) -> Section:
    """Return accruals, shares and a chart of the shares by site."""
    shares = with_site_names(shares, sites)
    earned = int(accruals["amount_cents"].sum())
    volume = int(accruals["volume_cents"].sum())
    by_site = (
        shares.group_by("site").agg(pl.col("share_cents").sum()).sort("share_cents", "site", descending=[True, False])
    )
    accrual_headings = (
        Heading("program_id", "Program"),
        Heading("period", "Period"),
        Heading("bucket", "Bucket"),
        Heading("volume_cents", "Volume", Kind.MONEY),
        Heading("excluded_cents", "Excluded", Kind.MONEY),
        Heading("rate_bps", "Basis points", Kind.RATE),
        Heading("amount_cents", "Rebate", Kind.MONEY, total=True),
        Heading("cite", "Rests on"),
    )
    share_headings = (
        Heading("program_id", "Program"),
        Heading("period", "Period"),
        Heading("site", "Site"),
        Heading("fund", "Fund"),
        Heading("volume_cents", "Eligible volume", Kind.MONEY, total=True),
        Heading("share_cents", "Share", Kind.MONEY, total=True),
    )
    lead = (
        f"{show_cents(earned)} earned on {show_cents(volume)} by the contract's terms, shared to the cent."
        if accruals.height
        else "No rebate program is active in this workspace."
    )
    figures = (
        Figure("Rebate by contract", earned, Kind.MONEY, "good" if earned > 0 else "plain"),
        Figure("Shared out to sites and funds", int(shares["share_cents"].sum()), Kind.MONEY),
    )
    bars = tuple((site or "no site", cents) for site, cents in by_site.rows())
    listings = (
        Listing("accruals", "Rebate per period and bucket", accrual_headings, accruals, "No active program."),
        Listing("shares", "Shares by site and fund", share_headings, shares, "Nothing to share."),
    )
    charts = (Chart("Rebate by site", Kind.MONEY, bars),) if bars else ()
    return Section("rebates", "Rebate", lead, figures if accruals.height else (), charts, listings)

"""One page for the board: what was spent, what it earned, whether it is in order. It names sites, and no person, card or merchant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from pcard.frames import Conclusions, Ledger
from pcard.money import show_cents
from pcard.reports.rebate_charts import three_ways, tier_progress
from pcard.reports.reconciliation import evidence_state, of_cycle, with_site_names
from pcard.reports.report import Chart, Figure, Heading, Listing, Report, Section
from pcard.schema import Kind

_SERIOUS = ("critical", "high")
_SITES = (
    Heading("site", "Site"),
    Heading("count", "Charges", Kind.COUNT, total=True),
    Heading("spent_cents", "Spent in the cycle", Kind.MONEY, total=True),
    Heading("missing", "Without a receipt", Kind.COUNT, total=True),
    Heading("share_cents", "Rebate to date", Kind.MONEY, total=True),
)


def board_page(
    ledger: Ledger,
    found: Conclusions,
    steps: pl.DataFrame,
    *,
    district: str,
    as_of: date,
    provenance: Sequence[Figure] = (),
) -> Report:
    """Return the page of one cycle; `steps` are those of each rebate rate and what is reached of them."""
    charges = evidence_state(of_cycle(ledger, found.cycle), found)
    sites = _by_site(charges, with_site_names(found.shares, ledger.sites))
    bars = tuple(sites.select("site", "spent_cents").sort("spent_cents", "site", descending=[True, False]).rows())
    charts = (Chart("Spent by site", Kind.MONEY, bars), *three_ways(found.settlements), *tier_progress(steps))
    listing = Listing("board_sites", "Site by site", _SITES, sites, "The cycle has no charges.")
    figures = _figures(charges, found)
    section = Section("board_page", "Purchasing cards", _lead(charges, found), figures, charts, (listing,))
    return Report("Purchasing cards for the board", district, found.cycle, as_of, (section,), tuple(provenance))


def _by_site(charges: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    spent = charges.group_by("site").agg(
        count=pl.len().cast(pl.Int32),
        spent_cents=_spent().sum(),
        missing=(pl.col("state") == "no receipt").sum().cast(pl.Int32),
    )
    earned = shares.group_by("site").agg(pl.col("share_cents").sum())
    joined = spent.join(earned, on="site", how="full", coalesce=True, nulls_equal=True)
    return joined.with_columns(
        pl.col("site").fill_null("no site"), pl.col("count", "spent_cents", "missing", "share_cents").fill_null(0)
    ).sort("site")


def _spent() -> pl.Expr:
    return pl.col("amount_cents").filter(pl.col("kind").is_in(["purchase", "credit"]))


def _figures(charges: pl.DataFrame, found: Conclusions) -> tuple[Figure, ...]:
    earned, came = int(found.accruals["amount_cents"].sum()), int(found.settlements["received_cents"].sum())
    open_flags = found.flags.filter(pl.col("disposition").is_null())
    serious = open_flags.filter(pl.col("severity").is_in(_SERIOUS)).height
    proves = bool(found.proof.height and found.proof["proves"].all())
    return (
        Figure("Spent in the cycle", int(charges.select(_spent().sum()).item()), Kind.MONEY),
        Figure("Statements prove to the cent", proves, Kind.FLAG, "good" if proves else "bad"),
        Figure("Charges without a receipt", charges.filter(pl.col("state") == "no receipt").height),
        Figure("Serious questions still open", serious, tone="warn" if serious else "good"),
        Figure("Rebate earned to date", earned, Kind.MONEY),
        Figure("Rebate received", came, Kind.MONEY),
        Figure("Goes back to federal awards", int(found.returned["amount_cents"].sum()), Kind.MONEY),
    )


def _lead(charges: pl.DataFrame, found: Conclusions) -> str:
    spent, earned = int(charges.select(_spent().sum()).item()), int(found.accruals["amount_cents"].sum())
    overdue = found.settlements.filter(pl.col("state").str.starts_with("overdue"))
    late = f" {show_cents(int(overdue['earned_cents'].sum()))} of it is overdue." if overdue.height else ""
    return (
        f"{show_cents(spent)} was spent by card in cycle {found.cycle}. Under the bank's contract "
        f"{show_cents(earned)} of rebate has been earned to date.{late}"
    )

"""What the bank owes and what came of it: accrued per period and bucket, settled, shared out by site and fund."""

from __future__ import annotations

import polars as pl

from pcard.frames import REBATES_RECEIVED, RETURNED, SETTLEMENTS
from pcard.money import show_cents
from pcard.reports.rebate_charts import by_site, three_ways
from pcard.reports.reconciliation import with_site_names
from pcard.reports.report import Figure, Heading, Listing, Section
from pcard.schema import Kind

_WHICH = (Heading("program_id", "Program"), Heading("period", "Period"))
_ACCRUALS = (
    *_WHICH,
    Heading("bucket", "Bucket"),
    Heading("volume_cents", "Volume", Kind.MONEY),
    Heading("excluded_cents", "Excluded", Kind.MONEY),
    Heading("rate_bps", "Basis points", Kind.RATE),
    Heading("amount_cents", "Rebate", Kind.MONEY, total=True),
    Heading("cite", "Rests on"),
)
_SHARES = (
    *_WHICH,
    Heading("site", "Site"),
    Heading("fund", "Fund"),
    Heading("volume_cents", "Eligible volume", Kind.MONEY, total=True),
    Heading("share_cents", "Share", Kind.MONEY, total=True),
)
_SETTLEMENTS = (
    *_WHICH,
    Heading("due", "Due", Kind.DATE),
    Heading("earned_cents", "Earned by contract", Kind.MONEY, total=True),
    Heading("reported_cents", "Reported by the bank", Kind.MONEY),
    Heading("received_cents", "Received", Kind.MONEY, total=True),
    Heading("difference_cents", "Received less owed", Kind.MONEY, total=True),
    Heading("state", "State"),
)
_RECEIVED = (
    Heading("date", "Date", Kind.DATE),
    Heading("side", "Came as"),
    Heading("id", "Reference"),
    Heading("description", "Description", wide=True),
    Heading("amount_cents", "Amount", Kind.MONEY, total=True),
    Heading("period", "Taken for"),
    Heading("why", "Because it is"),
)
_RETURNED = (
    *_WHICH,
    Heading("fund", "Fund"),
    Heading("award", "Award"),
    Heading("site", "Site"),
    Heading("amount_cents", "Goes back", Kind.MONEY, total=True),
    Heading("question", "Question", wide=True),
)


def rebates(
    accruals: pl.DataFrame,
    shares: pl.DataFrame,
    sites: pl.DataFrame,
    settlements: pl.DataFrame | None = None,
    received: pl.DataFrame | None = None,
    returned: pl.DataFrame | None = None,
) -> Section:
    """Return accruals, what was received for them, shares, what goes back to awards, and its charts."""
    settlements = SETTLEMENTS.empty() if settlements is None else settlements
    received = REBATES_RECEIVED.empty() if received is None else received
    returned = RETURNED.empty() if returned is None else returned
    shares = with_site_names(shares, sites)
    listings = (
        Listing("accruals", "Rebate per period and bucket", _ACCRUALS, accruals, "No active program."),
        Listing("settlements", "Earned, reported, received", _SETTLEMENTS, settlements, "No period was accrued."),
        Listing("rebates_received", "Rebates that came in", _RECEIVED, received, "None was found in the books."),
        Listing("shares", "Shares by site and fund", _SHARES, shares, "Nothing to share."),
        Listing(
            "returned", "Back to federal awards (2 CFR 200.406)", _RETURNED, returned, "No share of a federal fund."
        ),
    )
    figures = _figures(accruals, shares, settlements, returned) if accruals.height else ()
    charts = (*three_ways(settlements), *by_site(shares))
    return Section("rebates", "Rebate", _lead(accruals, settlements), figures, charts, listings)


def _lead(accruals: pl.DataFrame, settlements: pl.DataFrame) -> str:
    if accruals.is_empty():
        return "No rebate program is active in this workspace."
    earned, volume = (int(accruals[name].sum()) for name in ("amount_cents", "volume_cents"))
    lead = f"{show_cents(earned)} earned on {show_cents(volume)} by the contract's terms, shared to the cent."
    states = [
        f"{period}: {state}"
        for period, state in settlements.select("period", "state").rows()
        if state.startswith(("received", "overdue"))
    ]
    return " ".join([lead, *([f"{'; '.join(states)}."] if states else [])])


def _figures(
    accruals: pl.DataFrame, shares: pl.DataFrame, settlements: pl.DataFrame, returned: pl.DataFrame
) -> tuple[Figure, ...]:
    earned = int(accruals["amount_cents"].sum())
    figures = [
        Figure("Rebate by contract", earned, Kind.MONEY, "good" if earned > 0 else "plain"),
        Figure("Shared out to sites and funds", int(shares["share_cents"].sum()), Kind.MONEY),
    ]
    if settlements.height:
        figures.append(Figure("Received", int(settlements["received_cents"].sum()), Kind.MONEY))
    if returned.height:
        figures.append(Figure("Goes back to federal awards", int(returned["amount_cents"].sum()), Kind.MONEY))
    return tuple(figures)


def bank_comparison(variance: pl.DataFrame, explained: pl.DataFrame) -> Section:
    """Return what differs between the contract's figure and the bank's report, by bucket and by charge."""
    difference = int(variance["difference_cents"].sum())
    lead = (
        f"By the contract {show_cents(abs(difference))} {'more' if difference > 0 else 'less'} than the bank reports."
        if difference
        else "The bank's report agrees with the contract to the cent."
    )
    titles = (
        ("our_volume_cents", "Our volume"), ("bank_volume_cents", "Bank's volume"), ("our_bps", "Our bps"),
        ("bank_bps", "Bank's bps"), ("our_amount_cents", "Our rebate"), ("bank_amount_cents", "Bank's rebate"),
        ("difference_cents", "Difference"), ("of_volume_cents", "from volume"), ("of_rate_cents", "from rate"),
        ("of_arithmetic_cents", "from arithmetic"),
    )  # fmt: skip
    by_bucket = (
        Heading("bucket", "Bucket"),
        *(
            Heading(name, title, Kind.RATE if name.endswith("bps") else Kind.MONEY, total=name.endswith("cents"))
            for name, title in titles
        ),
    )
    by_charge = (
        Heading("bucket", "Bucket"),
        Heading("transaction_id", "Charge"),
        Heading("line", "Report's line", Kind.COUNT),
        Heading("date", "Date", Kind.DATE),
        Heading("merchant", "Merchant", wide=True),
        Heading("amount_cents", "Amount", Kind.MONEY),
        Heading("volume_cents", "Ours above the bank's", Kind.MONEY, total=True),
        Heading("why", "Why", wide=True),
    )
    listings = (
        Listing("rebate_variance", "By bucket", by_bucket, variance, "Nothing to compare."),
        Listing("rebate_differences", "Charges that explain it", by_charge, explained, "None is known."),
    )
    return Section("bank_comparison", "Against the bank's report", lead, listings=listings)

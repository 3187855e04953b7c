"""Flags for a reader: the worst first, the rule they rest on, and what could not be looked at."""

from __future__ import annotations

import polars as pl

from pcard.frames import SEVERITIES, Conclusions, Ledger
from pcard.reports.reconciliation import flags_of_cycle, of_cycle, with_site_names
from pcard.reports.report import Chart, Figure, Heading, Listing, Section
from pcard.schema import Kind


def exceptions(ledger: Ledger, found: Conclusions) -> Section:
    """Return the possible exceptions of the cycle and the rules that lacked their data."""
    flags = with_site_names(flags_of_cycle(of_cycle(ledger, found.cycle), found.flags), ledger.sites)
    rank = pl.col("severity").replace_strict({s: i for i, s in enumerate(SEVERITIES)}, return_dtype=pl.Int8)
    frame = flags.sort(rank, "suspicion", "flag_id", descending=[True, True, False])
    count = {severity: flags.filter(pl.col("severity") == severity).height for severity in reversed(SEVERITIES)}
    decided = flags.filter(pl.col("disposition").is_not_null()).height
    waived = flags.filter(pl.col("waiver_id").is_not_null()).height
    tones = {"critical": "bad", "high": "bad", "medium": "warn"}
    figures = (
        *(Figure(s.capitalize(), n, tone=tones.get(s, "plain") if n else "plain") for s, n in count.items()),  # type: ignore[arg-type]
        Figure("Decided", decided),
        Figure("Under a waiver", waived),
    )
    by_rule = flags.group_by("rule_id", "title").agg(pl.len()).sort("len", "rule_id", descending=[True, False])
    bars = tuple((f"{rule} {title}", n) for rule, title, n in by_rule.rows())
    headings = (
        Heading("flag_id", "Flag"),
        Heading("severity", "Severity"),
        Heading("rule_id", "Rule"),
        Heading("title", "What", brief=False),
        Heading("site", "Site"),
        Heading("cardholder", "Cardholder"),
        Heading("amount_cents", "Amount", Kind.MONEY),
        Heading("suspicion", "Suspicion", Kind.NUMBER),
        Heading("message", "Why it is listed", wide=True),
        Heading("ask", "What to ask", wide=True, brief=False),
        Heading("cite", "Rests on", brief=False),
        Heading("due", "Due", Kind.DATE, brief=False),
        Heading("disposition", "Decided"),
        Heading("transaction_ids", "Charges", brief=False),
        Heading("reasons", "Raises or lowers it", wide=True, brief=False),
    )
    silent = (Heading("rule_id", "Rule"), Heading("title", "What"), Heading("lacks", "Data it lacks", wide=True))
    lead = (
        f"{flags.height} possible exceptions. Each is a question until a person decides it."
        if flags.height
        else "No rule found anything to ask about."
    )
    listings = (
        Listing("flags", "Possible exceptions", headings, frame, "No rule found anything to ask about."),
        Listing("not_evaluated", "Rules not evaluated", silent, found.not_evaluated, "Every rule had its data."),
    )
    charts = (Chart("Possible exceptions by rule", Kind.COUNT, bars),) if bars else ()
    return Section("flags", "Possible exceptions", lead, figures, charts, listings)

"""The month's report, section by section."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pcard.frames import Conclusions, Ledger
from pcard.reports.exceptions import exceptions
from pcard.reports.rebates import rebates
from pcard.reports.reconciliation import cut_off, every_charge, missing, proof, questions, summary
from pcard.reports.related import credits_and_fees, paid_by_card
from pcard.reports.report import Figure, Report, Section
from pcard.reports.spend import spend


def build(
    ledger: Ledger,
    found: Conclusions,
    *,
    district: str,
    as_of: date,
    provenance: Sequence[Figure] = (),
    ahead: Sequence[Section] = (),
) -> Report:
    """Return the report of one cycle.

    `ahead` are the sections on what would earn more and how the district
    compares; `provenance` is what all was computed from, printed at the end.
    """
    sections = (
        summary(ledger, found),
        proof(ledger, found),
        questions(ledger, found),
        missing(ledger, found, as_of),
        credits_and_fees(ledger, found),
        paid_by_card(ledger, found),
        exceptions(ledger, found),
        rebates(found.accruals, found.shares, ledger.sites, found.settlements, found.received, found.returned),
        *ahead,
        spend(ledger, found),
        cut_off(found),
        every_charge(ledger, found),
    )
    return Report("Purchasing-card reconciliation", district, found.cycle, as_of, sections, tuple(provenance))

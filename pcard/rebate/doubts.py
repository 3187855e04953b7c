"""What makes the figure of a period uncertain: what its contract asks for and nobody stated."""

from __future__ import annotations

from collections.abc import Iterator

from pcard.errors import Fault, Place
from pcard.money import show_cents
from pcard.periods import Period
from pcard.rebate.figures import Counted, Facts
from pcard.rebate.programs import Program


def doubts(program: Program, period: Period, facts: Facts, counted: Counted) -> Iterator[Fault]:
    """Yield a question for each figure that is not known, and what is counted in its stead."""
    place, terms = Place(program.file, field=period.label), program.terms
    if terms.prompt_pay and facts.average_days_to_pay is None:
        message = "the average days to pay are not known, so prompt pay is left out"
        cure = "import the statements and the bank lines that paid them, or state the days"
        yield Fault("rebate-days-unknown", place, message, cure, warning=True)
    if facts.days and facts.days.unpaid_cents and facts.average_days_to_pay is not None:
        message = (
            f"{show_cents(facts.days.unpaid_cents)} of the volume is not paid yet and not in the average days to pay"
        )
        yield Fault("rebate-days-in-part", place, message, "count again when its statement is paid", warning=True)
    if terms.offsets.credit_losses != "none" and (facts.gross_losses_cents, facts.net_losses_cents) == (None, None):
        message = "credit losses are not known and are taken as none"
        yield Fault("rebate-losses-unknown", place, message, "ask the bank for the write-offs", warning=True)
    if counted.period.pool_cents is None and _looks_at_pool(program):
        message = "the pool's volume is not known, so the tier is looked up by the district's own"
        yield Fault("rebate-pool-unknown", place, message, "ask the consortium for it", warning=True)


def _looks_at_pool(program: Program) -> bool:
    rates = [bucket.rate.tiers or bucket.rate.grid for bucket in program.buckets]
    return any(terms is not None and terms.of == "pool" for terms in rates)

"""What a document was understood to say, in words: its sums, and the layout proposed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcard.importers.tables.proposal import Proposal


def proposal_lines(proposal: Proposal) -> list[str]:
    """Return five rows as the proposal reads them, the totals, and every doubt."""
    lines = ["As understood:"]
    lines += ["  " + "  ".join(f"{name}: {value}" for name, value in row.items()) for row in proposal.samples]
    lines += ["Totals: " + ", ".join(f"{name} {value}" for name, value in proposal.totals.items())]
    return [*lines, *(f"Not certain: {doubt}" for doubt in proposal.doubts)]


def amount_facts(amounts: Mapping[str, int]) -> str | dict[str, str]:
    """Return a document's sum as decimal text; a map by currency where there are several."""
    from pcard.money import format_cents

    texts = {currency: format_cents(cents) for currency, cents in sorted(amounts.items())}
    if len(texts) > 1:
        return {currency or "unnamed": text for currency, text in texts.items()}
    return next(iter(texts.values()), "0.00")


def amount_words(amount: str | dict[str, str]) -> str:
    """Return a document's sum in words."""
    if isinstance(amount, str):
        return f"sum {amount}"
    return "sums " + ", ".join(f"{text} {currency}" for currency, text in amount.items())

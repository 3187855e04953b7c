"""Receipts in another currency than the account's: they equal the original amount that the bank states beside its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pcard.matching.arrays import Ints
from pcard.matching.comparing.amounts import AMOUNT
from pcard.matching.comparing.blocking import Open, equal_amounts_anyhow
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.records.encode import Side
from pcard.matching.settings import MatchSettings
from pcard.matching.weighing.linked import Stage, solved
from pcard.matching.weighing.weights import compare, weigh

_FOUND = 0.3  # share of leftover receipts that such a charge is the charge of, at first
_AMOUNT = replace(AMOUNT, levels=("equal in its own currency", *AMOUNT.levels[1:]))


def in_other_currency(
    meeting: Meeting, still: Open, equal: Stage, comparisons: tuple[BuiltIn, ...], settings: MatchSettings
) -> list[Stage]:
    """Link charges made abroad with receipts of their original amount; no stage where no charge states one."""
    cents = _original_cents(meeting.charges)
    abroad = Open(still.charges & (cents != 0), still.evidence)
    if not abroad.charges.any():
        return []
    there = replace(meeting, charges=replace(meeting.charges, cents=cents))
    compared = (_AMOUNT, *comparisons[1:])
    blocked = equal_amounts_anyhow(there, abroad, settings.window_days, settings.window_days)
    model = replace(equal.model, charges=int(still.charges.sum()), found=_FOUND)
    sheet = compare(there, blocked.pairs, None, compared)
    stage = solved(there, "another currency", sheet, model, weigh(sheet, model), blocked.kept, compared)
    return [replace(stage, links=stage.links.take(stage.links.probability >= settings.review_probability))]


def converted(charges: Side, evidence: Side, links: Pairs) -> Side:
    """Return the evidence with the linked receipts' foreign totals as what their charges came to."""
    cents = evidence.cents.copy()
    charged, stated = charges.cents[links.transaction], cents[links.evidence]
    foreign = (_original_cents(charges)[links.transaction] == stated) & (stated != 0)
    cents[links.evidence[foreign]] = charged[foreign]
    return replace(evidence, cents=cents)


def _original_cents(charges: Side) -> Ints:
    """The amount in the currency a charge was made in, zero where that is the account's own."""
    cents: Ints = np.asarray(charges.rows["original_cents"].fill_null(0).to_numpy())
    return cents

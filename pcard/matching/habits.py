"""Differences that recur: the local tax rate, the usual tip, a shop's flat freight.

That a charge is 8 % above a receipt says little while any percentage would
do. Once many likely pairs differ by exactly 8.0 %, or by $5.99, the next one
that does says much. Counted over the weighed pairs, likely ones against
unlikely ones, each pair's own claim left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from pcard.matching.arrays import UNKNOWN, Floats, Ints
from pcard.matching.meeting import Meeting, Pairs
from pcard.matching.posterior import posterior
from pcard.matching.weights import Model, Sheet, fit, score_of

# Amount levels whose differences recur, and each pair's difference as a number, zero and up.
Habit: TypeAlias = tuple[tuple[int, ...], Ints]
_LEAN = 20.0  # pairs that an even spread over all differences counts for
_SEEN = 0.5  # likely pairs, beside its own, that make a difference known
_PER_RATIO = 1000  # ratios are told apart by a tenth of a percent
_PER_RATE = 4000  # rates of tax are whole fortieths of a percent: 8.25, 8.875
_COARSE = 4  # rates that are none are told apart by a tenth of a percent


def ratio_steps(meeting: Meeting, pairs: Pairs) -> Ints:
    """Return how far the charge is above the evidence, in tenths of a percent."""
    size, base = _sizes(meeting, pairs)
    return np.rint((size / np.maximum(base, 1) - 1.0) * _PER_RATIO).astype(np.int64)


def rate_steps(meeting: Meeting, pairs: Pairs) -> Ints:
    """Number how far the charge is above the evidence: by a rate that gives it to the cent, else by tenths of a percent.

    What covers an order already and is charged now are compared together with what was open at first.
    """
    size, base = _sizes(meeting, pairs)
    covered = meeting.covered_cents[pairs.evidence]
    size, base = size + covered, np.maximum(base + covered, 1)
    step = np.maximum(np.rint((size / base - 1.0) * _PER_RATE), 0.0)
    exact = np.rint(size / (1.0 + step / _PER_RATE)) == base
    number: Ints = step.astype(np.int64)
    return np.where(exact, number, int(number.max(initial=0)) + 1 + number // _COARSE)


def cents_above(meeting: Meeting, pairs: Pairs) -> Ints:
    """Return how far the charge is above the evidence, in cents."""
    size, base = _sizes(meeting, pairs)
    return size - base


def _sizes(meeting: Meeting, pairs: Pairs) -> tuple[Ints, Ints]:
    return np.abs(meeting.charges.cents[pairs.transaction]), np.abs(meeting.evidence.cents[pairs.evidence])


def fit_habits(
    sheet: Sheet, start: Model, evidence: int, habits: Sequence[Habit], frozen: Sequence[str] = ()
) -> tuple[Sheet, Model]:
    """Fit a model, learn from its posterior which differences are usual, and fit it again to them."""
    model = fit(sheet, start, evidence, frozen)
    probability = posterior(sheet.pairs, score_of(sheet, model)).probability
    for levels, steps in habits:
        sheet = _with_habit(sheet, probability, levels, steps)
    return sheet, fit(sheet, start, evidence, frozen)


def _with_habit(sheet: Sheet, probability: Floats, level: tuple[int, ...], step: Ints) -> Sheet:
    """Return the sheet with the chance of these amount levels corrected by how usual each difference is.

    `step` numbers each pair's difference, zero and up.
    """
    amount = sheet.compared["amount"]
    rows = np.flatnonzero(np.isin(amount.level, level) & (step > UNKNOWN))
    if not len(rows):
        return sheet
    steps, likely = step[rows], probability[rows]
    even = _LEAN / (int(steps.max()) + 1)
    seen = np.bincount(steps, likely)[steps] - likely + even
    unseen = np.bincount(steps, 1.0 - likely)[steps] - (1.0 - likely) + even
    usual = (seen / (likely.sum() - likely + _LEAN)) / (unseen / ((1.0 - likely).sum() - (1.0 - likely) + _LEAN))
    # What no other likely pair differs by is not usual, however seldom unlikely ones do.
    usual = np.where(seen > even + _SEEN, usual, np.minimum(usual, 1.0))
    chance = amount.chance.copy()
    chance[rows] = np.minimum(chance[rows] / usual, 1.0)
    return replace(sheet, compared={**sheet.compared, "amount": replace(amount, chance=chance)})

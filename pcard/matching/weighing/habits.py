"""Differences that recur: the local tax rate, the usual tip, a shop's flat freight.

That a charge is 8 % above a receipt says little while any percentage would
do. Once many likely pairs differ by exactly 8.0 %, or by $5.99, the next one
that does says much. Counted over the weighed pairs, likely ones against
unlikely ones, each pair's own claim left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import UNKNOWN, Floats, Ints
from pcard.matching.comparing.amounts import FREIGHT, ON_TOP, TAX, TIP
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.weighing.posterior import posterior
from pcard.matching.weighing.weights import Model, Sheet, fit, score_of

_LEAN = 20.0  # pairs that an even spread over all differences counts for
_SEEN = 0.5  # likely pairs, beside its own, that make a difference known
_PER_RATIO = 1000  # ratios are told apart by a tenth of a percent
_PER_RATE = 4000  # rates of tax are whole fortieths of a percent: 8.25, 8.875
_SEEN_OFTEN, _OFTEN, _MOST_RATES = 3.0, 0.02, 6  # likely pairs, and of all likely ones, that make a rate usual; rates
_MOST_STEPS = 500  # of these: no order is exceeded by more than an eighth
_COARSE = 4  # rates that are none are told apart by a tenth of a percent


@dataclass(frozen=True)
class Habit:
    """Amount levels whose differences recur, and how each pair's difference is numbered, zero and up."""

    levels: tuple[int, ...]
    steps: Callable[[Meeting, Pairs], Ints]


@dataclass(frozen=True)
class Usual:
    """How many likely pairs and how many unlikely ones differ by each step of a habit."""

    habit: Habit
    likely: Floats
    unlikely: Floats

    def of(self, meeting: Meeting, sheet: Sheet, own: Floats | None = None) -> Sheet:
        """Return a sheet with the chance of the habit's levels corrected by how usual each difference is.

        `own` is each pair's probability where it was counted here: its own claim is left out.
        """
        amount = sheet.compared["amount"]
        rows = np.flatnonzero(np.isin(amount.level, self.habit.levels))
        step = self.habit.steps(meeting, sheet.pairs.take(rows))
        rows, step = rows[step > UNKNOWN], np.minimum(step[step > UNKNOWN], len(self.likely) - 1)
        mine, other = (0.0, 0.0) if own is None else (own[rows], 1.0 - own[rows])
        even = _LEAN / len(self.likely)
        seen, unseen = self.likely[step] - mine + even, self.unlikely[step] - other + even
        usual = (seen / (self.likely.sum() - mine + _LEAN)) / (unseen / (self.unlikely.sum() - other + _LEAN))
        # What no other likely pair differs by is not usual, however seldom unlikely ones do.
        usual = np.where(seen > even + _SEEN, usual, np.minimum(usual, 1.0))
        chance = amount.chance.copy()
        chance[rows] = np.minimum(chance[rows] / usual, 1.0)
        return replace(sheet, compared={**sheet.compared, "amount": replace(amount, chance=chance)})


def usual_rates(usual: Usual) -> list[float]:
    """Return the rates on top that recur among likely pairs, the most usual first; `usual` is of `RATES_ON_TOP`."""
    exact = usual.likely[1 : _MOST_STEPS + 1]
    least = max(_SEEN_OFTEN, _OFTEN * float(usual.likely.sum()))
    steps = np.flatnonzero(exact >= least)
    likeliest = steps[np.argsort(-exact[steps], kind="stable")][:_MOST_RATES]
    return [float(step + 1) / _PER_RATE for step in likeliest]


def _ratio_steps(meeting: Meeting, pairs: Pairs) -> Ints:
    """Return how far the charge is above the evidence, in tenths of a percent."""
    size, base = meeting.sizes(pairs)
    return np.rint((size / np.maximum(base, 1) - 1.0) * _PER_RATIO).astype(np.int64)


def _rate_steps(meeting: Meeting, pairs: Pairs) -> Ints:
    """Number how far the charge is above the evidence: by a rate that gives it to the cent, else by tenths of a percent.

    What covers an order already and is charged now are compared together with what was open at first.
    """
    size, base = meeting.sizes(pairs)
    covered = meeting.covered_cents[pairs.evidence]
    size, base = size + covered, np.maximum(base + covered, 1)
    step = np.clip(np.rint((size / base - 1.0) * _PER_RATE), 0.0, _MOST_STEPS)
    exact = np.rint(size / (1.0 + step / _PER_RATE)) == base
    number: Ints = step.astype(np.int64)
    return np.where(exact, number, _MOST_STEPS + 1 + number // _COARSE)


def _cents_above(meeting: Meeting, pairs: Pairs) -> Ints:
    """Return how far the charge is above the evidence, in cents."""
    size, base = meeting.sizes(pairs)
    return size - base


TAXES_AND_TIPS = Habit((TAX, TIP), _ratio_steps)
FLAT_FREIGHT = Habit((FREIGHT,), _cents_above)
RATES_ON_TOP = Habit((ON_TOP,), _rate_steps)


def fit_habits(
    meeting: Meeting, sheet: Sheet, start: Model, evidence: int, habits: Sequence[Habit], frozen: Sequence[str] = ()
) -> tuple[Sheet, Model, list[Usual]]:
    """Fit a model, learn from its posterior which differences are usual, and fit it again to them."""
    model = fit(sheet, start, evidence, frozen)
    probability = posterior(sheet.pairs, score_of(sheet, model)).probability
    learnt = []
    for habit in habits:
        usual = _usual(meeting, sheet, probability, habit)
        learnt.append(usual)
        sheet = usual.of(meeting, sheet, probability)
    return sheet, fit(sheet, start, evidence, frozen), learnt


def as_usual(meeting: Meeting, sheet: Sheet, usual: Sequence[Usual]) -> Sheet:
    """Return another sheet with what was learnt to be usual."""
    for each in usual:
        sheet = each.of(meeting, sheet)
    return sheet


def _usual(meeting: Meeting, sheet: Sheet, probability: Floats, habit: Habit) -> Usual:
    rows = np.flatnonzero(np.isin(sheet.compared["amount"].level, habit.levels))
    step = habit.steps(meeting, sheet.pairs.take(rows))
    rows, step = rows[step > UNKNOWN], step[step > UNKNOWN]
    steps = int(step.max(initial=0)) + 2  # the last is any that no pair here differs by
    likely, unlikely = (np.bincount(step, part, steps) for part in (probability[rows], 1.0 - probability[rows]))
    return Usual(habit, likely.astype(np.float64), unlikely.astype(np.float64))

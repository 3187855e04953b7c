"""Receipts that are off: by tax, tip, freight, a digit, a sign or a month - or that name no one and nowhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pcard.matching.amounts import OTHER, amount_level
from pcard.matching.arrays import Flags, Floats
from pcard.matching.blocking import Blocked, Open, equal_amounts_anyhow, thinned, united
from pcard.matching.coincidences import Moved, corrected, found_by_count
from pcard.matching.comparisons import BuiltIn
from pcard.matching.encode import Side
from pcard.matching.habits import FLAT_FREIGHT, TAXES_AND_TIPS, fit_habits
from pcard.matching.linked import Stage, solved
from pcard.matching.meeting import Meeting
from pcard.matching.settings import MatchSettings
from pcard.matching.weights import Model, Sheet, compare, score_of

_FOUND = (0.5, 0.9)  # share of leftover receipts whose charge is among the leftovers, at first
_SHARES = np.array([0.35, 0.02, 0.08, 0.12, 0.1, 0.12, 0.1, 0.11])  # amount levels among leftovers, at first


def link_leftovers(
    meeting: Meeting,
    near: Blocked,
    still: Open,
    equal: Stage,
    comparisons: tuple[BuiltIn, ...],
    chance: Moved,
    near_by_chance: Blocked,
    settings: MatchSettings,
) -> Stage:
    """Link what is left one to one.

    A receipt that names no one and nowhere had no turn yet, where many
    charges have its amount: such receipts are counted apart from those that
    had one and found nothing.
    """
    expected = float(equal.probability[still.holds(equal.weighed)].sum()) / max(int(still.evidence.sum()), 1)
    start = replace(
        equal.model,
        charges=int(still.charges.sum()),
        found=float(np.clip(expected, *_FOUND)),
        shares={**equal.model.shares, "amount": _SHARES},
    )
    blocked = _blocked(meeting, near, still, settings)
    sheet = _sheet(meeting, blocked, still, comparisons, start)
    habits = (TAXES_AND_TIPS, FLAT_FREIGHT)
    sheet, fitted, usual = fit_habits(meeting, sheet, start, int(still.evidence.sum()), habits)
    open_by_chance = chance.still(still)
    unrelated = _blocked(chance.meeting, near_by_chance, open_by_chance, settings)
    by_chance = _sheet(chance.meeting, unrelated, open_by_chance, comparisons, start)
    for each in usual:
        by_chance = each.of(chance.meeting, by_chance)
    correction = _counted_apart(meeting, sheet, chance.meeting, by_chance, fitted, still, chance.weight)
    return solved(meeting, "leftovers", sheet, fitted, blocked.kept, comparisons, correction=correction)


def _blocked(meeting: Meeting, near: Blocked, still: Open, settings: MatchSettings) -> Blocked:
    close = near.pairs.take(still.holds(near.pairs))
    close = close.take(amount_level(meeting, close) != OTHER)
    wide = equal_amounts_anyhow(meeting, still, settings.misread_days, settings.window_days)
    pairs = united(meeting, {"near": close.rows, "wide": wide.pairs.rows}).pairs
    return Blocked(pairs, {**near.kept, **wide.kept})


def _sheet(meeting: Meeting, blocked: Blocked, still: Open, comparisons: tuple[BuiltIn, ...], start: Model) -> Sheet:
    return compare(meeting, *thinned(meeting, still, blocked.pairs), comparisons, start)


def _counted_apart(
    meeting: Meeting, sheet: Sheet, elsewhere: Meeting, by_chance: Sheet, model: Model, still: Open, weight: float
) -> Floats:
    """Return what is to be added to each pair's score: the coincidences of nameless receipts are counted apart."""
    nameless, other = _nameless(meeting), _nameless(elsewhere)
    score, chance_score = score_of(sheet, model), score_of(by_chance, model)
    added = np.zeros(len(score))
    for which in (False, True):
        rows = np.flatnonzero(nameless[sheet.pairs.evidence] == which)
        of_chance = other[by_chance.pairs.evidence] == which
        evidence = int((still.evidence & (nameless == which)).sum())
        found = found_by_count(score[rows], chance_score[of_chance], weight, evidence)
        correction = corrected(score[rows], chance_score[of_chance], weight, found)
        print(which, correction)
        added[rows] = correction.of(score[rows])
    return added


def _nameless(meeting: Meeting) -> Flags:
    """Tell which evidence names no person, place, card or number."""
    side = meeting.evidence
    nameless: Flags = np.logical_and.reduce([codes < 0 for codes in (side.site, side.holder, side.card, side.number)])
    return nameless

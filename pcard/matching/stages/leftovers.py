"""Receipts that are off: by tax, tip, freight, a digit, a sign or a month - or that name no one and nowhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pcard.matching.arrays import Flags, Floats
from pcard.matching.comparing.amounts import OTHER, amount_level
from pcard.matching.comparing.blocking import Blocked, Open, equal_amounts_anyhow, thinned, united
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.settings import MatchSettings
from pcard.matching.weighing.coincidences import Search, counted
from pcard.matching.weighing.habits import FLAT_FREIGHT, TAXES_AND_TIPS, as_usual, fit_habits
from pcard.matching.weighing.linked import Stage, solved
from pcard.matching.weighing.weights import Sheet, compare, score_of, total_of, weigh

_TELLING = ("site", "holder", "card", "number")  # who or where it was, whatever the name of the shop
_FOUND = (0.5, 0.9)  # share of leftover receipts whose charge is among the leftovers, at first
_SHARES = np.array([0.35, 0.02, 0.08, 0.12, 0.1, 0.12, 0.1, 0.11])  # amount levels among leftovers, at first


def link_leftovers(search: Search, equal: Stage, comparisons: tuple[BuiltIn, ...], settings: MatchSettings) -> Stage:
    """Link what is left one to one."""
    meeting, still, chance = search.meeting, search.still, search.chance
    expected = float(equal.probability[still.holds(equal.weighed)].sum()) / max(int(still.evidence.sum()), 1)
    start = replace(
        equal.model,
        charges=int(still.charges.sum()),
        found=float(np.clip(expected, *_FOUND)),
        shares={**equal.model.shares, "amount": _SHARES},
    )
    blocked = _blocked(meeting, search.near, still, settings)
    sheet = compare(meeting, *thinned(meeting, still, blocked.pairs), comparisons, start)
    habits = (TAXES_AND_TIPS, FLAT_FREIGHT)
    sheet, fitted, usual = fit_habits(meeting, sheet, start, int(still.evidence.sum()), habits)
    elsewhere, waiting = chance.meeting, chance.still(still)
    unrelated = _blocked(elsewhere, chance.near, waiting, settings).pairs
    by_chance = compare(elsewhere, *thinned(elsewhere, waiting, unrelated), comparisons, start)
    by_chance = as_usual(elsewhere, by_chance, usual)
    parts = weigh(sheet, fitted)
    parts["coincidences"] = _counted_apart(search, sheet, total_of(parts), by_chance, score_of(by_chance, fitted))
    return solved(meeting, "leftovers", sheet, fitted, parts, blocked.kept, comparisons)


def _blocked(meeting: Meeting, near: Blocked, still: Open, settings: MatchSettings) -> Blocked:
    close = near.pairs.take(still.holds(near.pairs))
    close = close.take(amount_level(meeting, close) != OTHER)
    wide = equal_amounts_anyhow(meeting, still, settings.misread_days, settings.window_days)
    other = wide.pairs.take(~_had_their_turn(meeting, wide.pairs, settings.window_days))
    pairs = united(meeting, {"near": close.rows, "wide": other.rows}).pairs
    return Blocked(pairs, {**near.kept, **wide.kept})


def _had_their_turn(meeting: Meeting, pairs: Pairs, window_days: int) -> Flags:
    """Tell which pairs of equal amounts were weighed before: those near in time that share somebody or somewhere."""
    charges, evidence = meeting.charges, meeting.evidence
    shared = np.zeros(len(pairs), bool)
    for name in _TELLING:
        ours = getattr(charges, name)[pairs.transaction]
        shared |= (ours >= 0) & (ours == getattr(evidence, name)[pairs.evidence])
    lag = np.abs(charges.day[pairs.transaction] - evidence.day[pairs.evidence])
    theirs: Flags = shared & (lag <= window_days)
    return theirs


def _counted_apart(search: Search, sheet: Sheet, score: Floats, by_chance: Sheet, chance_score: Floats) -> Floats:
    """Return what is to be added to each pair's score.

    Evidence that names no one and nowhere had no turn yet, where many charges
    have its amount, while the rest had one and found nothing: they are
    counted apart.
    """
    chance, waiting = search.chance, search.still.evidence
    nameless = _nameless(search.meeting)
    of_pair, of_chance = nameless[sheet.pairs.evidence], nameless[chance.rows[by_chance.pairs.evidence]]
    added = np.zeros(len(score))
    for which in (False, True):
        rows, evidence = np.flatnonzero(of_pair == which), int((waiting & (nameless == which)).sum())
        correction = counted(score[rows], chance_score[of_chance == which], chance.weight, evidence)
        added[rows] = correction.of(score[rows])
    return added


def _nameless(meeting: Meeting) -> Flags:
    """Tell which evidence names no person, place, card or number."""
    side = meeting.evidence
    nameless: Flags = np.logical_and.reduce([getattr(side, name) < 0 for name in _TELLING])
    return nameless

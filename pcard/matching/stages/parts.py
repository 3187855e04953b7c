"""Receipts that are a part of what was charged although no sum of receipts gives it.

One of several receipts of a charge may be lost, misread or without its tax:
then the others sum to nothing. A receipt of the same person, shop and day that
is smaller than the charge is its part all the same, as long as the charge has
room for it. Several receipts share one charge; none has two.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pcard.matching.arrays import Flags, Floats, Ints, sorted_rows, sum_before
from pcard.matching.comparing.blocking import Blocked, Open
from pcard.matching.comparing.comparisons import BuiltIn, Compared
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.settings import MatchSettings
from pcard.matching.weighing.coincidences import Search, counted
from pcard.matching.weighing.linked import Stage, seen_levels, single_links
from pcard.matching.weighing.posterior import Posterior, posterior
from pcard.matching.weighing.weights import Model, compare, found_share, reshared, score_of, total_of, weigh

_FOUND = 0.3  # share of what is left over that is such a part, at first
_ROUNDS = 6


def _amount(meeting: Meeting, pairs: Pairs) -> Compared:
    base = np.abs(meeting.evidence.cents[pairs.evidence]).astype(np.float64)
    largest = float(np.abs(meeting.charges.cents).max(initial=1))
    chance = meeting.share_between(base, np.maximum(base + 1.0, largest))
    return Compared(np.zeros(len(base), np.int8), chance.astype(np.float32), 0)


PART_AMOUNT = BuiltIn("amount", ("part of what was charged",), (1.0,), _amount)


def parts_of_charges(
    search: Search, before: Stage, model: Model, comparisons: tuple[BuiltIn, ...], settings: MatchSettings
) -> Stage:
    """Link what is left of the receipts with charges that have room for them.

    `before` is the stage that linked single receipts last: what its links leave of their charges is room, too.
    """
    meeting, still, chance = search.meeting, search.still, search.chance
    compared = (PART_AMOUNT, *comparisons[1:])
    proposed = before.links.pairs.take(before.links.probability >= settings.review_probability)
    room, waiting = _room(meeting, still, proposed), still.without(proposed)
    pairs = _with_room(meeting, search.near, waiting, room)
    start = replace(model, charges=int((room > 0).sum()), found=_FOUND, shares={**model.shares, "amount": np.ones(1)})
    sheet = compare(meeting, pairs, None, compared, start)
    evidence = int(waiting.evidence.sum())
    fitted, found = start, _shared_out(sheet.pairs, score_of(sheet, start))
    for _ in range(_ROUNDS):
        fitted = replace(reshared(sheet, start, found.probability), found=found_share(found.probability, evidence))
        found = _shared_out(sheet.pairs, score_of(sheet, fitted))
    unrelated = _with_room(chance.meeting, chance.near, chance.still(waiting), room)
    by_chance = score_of(compare(chance.meeting, unrelated, None, compared, start), fitted)
    parts = weigh(sheet, fitted)
    score = total_of(parts)
    parts["coincidences"] = counted(score, by_chance, chance.weight, evidence).of(score)
    found = _shared_out(sheet.pairs, total_of(parts))
    chosen = _that_fit(sheet.pairs, found.probability, np.abs(meeting.evidence.cents), room, settings)
    links = single_links(meeting, sheet, parts, found, chosen)
    seen = seen_levels(sheet, fitted)
    return Stage("parts", links, seen, sheet.pairs, found.probability, search.near.kept, fitted, compared)


def _with_room(meeting: Meeting, near: Blocked, waiting: Open, room: Ints) -> Pairs:
    """Return the pairs of waiting receipts that their charge has room for."""
    pairs = near.pairs.take(waiting.evidence[near.pairs.evidence])
    size = np.abs(meeting.evidence.cents[pairs.evidence])
    return pairs.take((size > 0) & (size <= room[pairs.transaction]))


def _shared_out(pairs: Pairs, score: Floats) -> Posterior:
    """Share out where only the charges of one receipt are rivals."""
    return posterior(Pairs(np.arange(len(pairs)), pairs.evidence), score)


def _room(meeting: Meeting, still: Open, links: Pairs) -> Ints:
    """Return what single links leave of each open charge, in cents."""
    room = np.where(still.charges, np.abs(meeting.charges.cents), 0)
    taken = np.abs(meeting.evidence.cents[links.evidence])
    room[links.transaction] = np.maximum(room[links.transaction] - taken, 0)
    return room


def _that_fit(pairs: Pairs, probability: Floats, size: Ints, room: Ints, settings: MatchSettings) -> Flags:
    """Choose the pairs likely enough, the likeliest of a charge first, as long as it has room for them."""
    rows = np.flatnonzero(probability >= settings.review_probability)
    rows = rows[np.argsort(-probability[rows], kind="stable")]
    order, charge = sorted_rows(pairs.transaction[rows])
    rows = rows[order]
    taken = size[pairs.evidence[rows]]
    chosen = np.zeros(len(pairs), bool)
    chosen[rows[sum_before(charge, taken) + taken <= room[charge]]] = True
    return chosen

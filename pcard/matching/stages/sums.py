"""How probable it is that parts which sum to a whole belong to it.

The score of a group asks of every part how it would come by the whole's day,
names and people if it were unrelated, and of the sum how often unrelated
parts would hit it to the cent: about once in as many sums as it has cents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import Floats, Ints, dense, give_back
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.settings import MatchSettings
from pcard.matching.stages.groups import LARGEST_ALIKE, Groups, Parts, may_sum, pack, sums_to_whole
from pcard.matching.weighing.coincidences import corrected
from pcard.matching.weighing.linked import Linked, Stage, seen_levels
from pcard.matching.weighing.posterior import probability_of
from pcard.matching.weighing.weights import Model, Sheet, reshared, total_of, weigh

_SHARES = np.array([0.0, 0.0, 0.02, 0.008, 0.003, *[0.001] * (LARGEST_ALIKE - 4)])  # of open wholes, by parts, at first
_ORDERS = np.log2([1.0, 1.0, 2.0, 6.0, 24.0])
_LEAN = 50.0  # wholes that these shares count for
_MOST_WHOLES = 12_000  # that coincidences are counted for; of more an even sample
_MIX = 100_003
_MOST_MADE_UP = 0.9
_ROUNDS = 6
_LEAST_BITS = -12.0  # a part of less weight is nobody's


@dataclass(frozen=True)
class Whole:
    """Per candidate pair the whole and its part; `wholes` and `parts` are how many of each are open.

    `begun` tells wholes of which a part is known already: these are made up
    of several far more often than others. `wholes` counts both sorts.
    """

    row: Ints
    part: Ints
    cents: Ints
    part_cents: Ints
    part_day: Ints
    begun: Ints
    wholes: tuple[int, int]
    parts: int
    said: str = "sum to the cent"  # what explanations call it

    def take(self, keep: Ints) -> Whole:
        """Return the chosen pairs."""
        return replace(
            self, row=self.row[keep], part=self.part[keep], cents=self.cents[keep], part_cents=self.part_cents[keep],
            part_day=self.part_day[keep], begun=self.begun[keep],
        )  # fmt: skip


def grouped(
    name: str,
    sheet: Sheet,
    start: Model,
    whole: Whole,
    kept: Mapping[str, int],
    comparisons: tuple[BuiltIn, ...],
    settings: MatchSettings,
) -> Stage:
    """Link wholes with the parts that sum to them exactly; what is weighed are all pairs in some group.

    `sheet` compares everything but the amount. How parts spread over the
    levels - shipments come later than whole orders - is learnt from the
    groups found first.
    """
    model = start
    for last in (False, True):
        bits = {name: part for name, part in weigh(sheet, model).items() if name != "start"}
        each = total_of(bits) - np.log2(max(whole.parts, 1))
        groups = _candidates(whole, each, settings)
        scored = _score(groups, whole, each)
        owner, place = np.nonzero(groups.members >= 0)
        members = groups.members[owner, place]
        probability = probability_of(scored.score)[owner]
        if not last:
            model = reshared(sheet, start, np.minimum(np.bincount(members, probability, len(each)), 1.0))
    scored = _as_counted(groups, whole, each, scored, settings)
    probability = probability_of(scored.score)[owner]
    chosen = np.flatnonzero(pack(groups, whole.part, scored.score, scored.alone))
    links = _links(sheet, bits, groups.take(chosen), scored.take(chosen), whole)
    give_back()
    weighed, seen = sheet.pairs.take(members), seen_levels(sheet, model)
    return Stage(name, links, seen, weighed, probability, kept, model, comparisons)


def _as_counted(groups: Groups, whole: Whole, each: Floats, scored: _Scored, settings: MatchSettings) -> _Scored:
    """Score the groups by how often parts sum to another whole's amount, which they can do by chance only."""
    other, kept, weight = _of_other_amounts(whole)
    by_chance, each_kept = _candidates(other, each[kept], settings), each[kept]
    score = _alone(by_chance, other, each_kept) + _start(by_chance, other, scored.shares)
    real = scored.alone + scored.start
    found = float(scored.shares.sum(axis=1) @ whole.wholes) / max(sum(whole.wholes), 1)
    correction = corrected(real, score, weight, found)
    added = correction.of(real)
    return replace(scored, coincidences=added, score=_against_rivals(groups, whole, real + added))


def _of_other_amounts(whole: Whole) -> tuple[Whole, Ints, float]:
    """Give each whole the amount of the next larger one.

    Returns:
        The pairs of an even sample of the wholes, which pairs these are, and how many wholes each stands for.
    """
    rows, first = np.unique(whole.row, return_index=True)
    every = max(1, -(-len(rows) // _MOST_WHOLES))
    sizes, size = np.unique(whole.cents[first], return_inverse=True)
    next_size = np.append(sizes[1:], sizes[-2:-1])[size] if len(sizes) > 1 else np.zeros_like(size)
    place = np.searchsorted(rows, whole.row)
    kept = np.flatnonzero(place % every == 0)
    return replace(whole.take(kept), cents=next_size[place[kept]]), kept, float(every if len(sizes) > 1 else 0)


def _candidates(whole: Whole, each: Floats, settings: MatchSettings) -> Groups:
    usable = np.flatnonzero(each > _LEAST_BITS)
    usable = usable[may_sum(whole.row[usable], whole.part_cents[usable], whole.cents[usable])]
    parts = Parts(whole.row[usable], whole.part_cents[usable], whole.cents[usable], each[usable])
    groups = sums_to_whole(parts, settings.group_pool, settings.largest_group)
    members = np.append(usable, -1)[groups.members]
    return Groups(groups.whole, members)


@dataclass(frozen=True)
class _Scored:
    """Groups' parts of their score in bits: what they start from, what they are worth alone, what was counted."""

    start: Floats
    alone: Floats
    coincidences: Floats
    score: Floats
    shares: Floats  # of wholes that are made up of so many parts, by whether they were begun

    def take(self, keep: Ints) -> _Scored:
        return replace(
            self, start=self.start[keep], alone=self.alone[keep], coincidences=self.coincidences[keep],
            score=self.score[keep],
        )  # fmt: skip


def _score(groups: Groups, whole: Whole, each: Floats) -> _Scored:
    """Score all groups against none and against each other; the shares of sizes are learnt on the way."""
    size, begun = _sizes(groups), _begun(groups, whole)
    alone = _alone(groups, whole, each)
    wholes = np.array(whole.wholes)[:, None]
    shares, score, start = np.array([_SHARES, _SHARES]), alone, alone
    for _ in range(_ROUNDS):
        start = _start(groups, whole, shares)
        score = _against_rivals(groups, whole, start + alone)
        found = np.bincount(begun * len(_SHARES) + size, probability_of(score), shares.size).reshape(shares.shape)
        shares = (found + _LEAN * _SHARES) / (wholes + _LEAN)
        shares *= np.minimum(1.0, _MOST_MADE_UP / shares.sum(axis=1, keepdims=True))
    return _Scored(start, alone, np.zeros(len(alone)), score, shares)


def _sizes(groups: Groups) -> Ints:
    sizes: Ints = (groups.members >= 0).sum(axis=1)
    return sizes


def _begun(groups: Groups, whole: Whole) -> Ints:
    first = np.maximum(groups.members[:, 0], 0)
    return whole.begun[first] if len(whole.begun) else first


def _hit(groups: Groups, whole: Whole) -> Floats:
    """What it is worth that a sum is hit to the cent."""
    first = np.maximum(groups.members[:, 0], 0)
    hit: Floats = np.log2(np.maximum(whole.cents[first], 1)) if len(whole.cents) else np.empty(0)
    return hit


def _alone(groups: Groups, whole: Whole, each: Floats) -> Floats:
    # Parts come in any order: a set of k is as likely as k! of the ways to draw one part after the other.
    orders = _ORDERS[np.minimum(_sizes(groups), len(_ORDERS) - 1)]
    alone: Floats = groups.sums(each) + _hit(groups, whole) + orders
    return alone


def _start(groups: Groups, whole: Whole, shares: Floats) -> Floats:
    begun = _begun(groups, whole)
    start: Floats = np.log2(shares[begun, _sizes(groups)] / (1.0 - shares.sum(axis=1))[begun])
    return start


def _against_rivals(groups: Groups, whole: Whole, alone: Floats) -> Floats:
    """Return each group's log2 odds given all others that claim its whole or one of its parts.

    Groups of one whole with the same amounts and days differ by copies only:
    they are one claim, not rivals.
    """
    if not len(groups):
        return alone
    odds = np.exp2(np.clip(alone, -60.0, 60.0))
    owner, place = np.nonzero(groups.members >= 0)
    members = groups.members[owner, place]
    signature = np.zeros(len(groups), np.int64)
    np.add.at(signature, owner, (whole.part_cents[members] * _MIX + whole.part_day[members]) ** 2)  # may wrap
    alike = dense(dense(groups.whole) * len(groups) + dense(signature))
    same = np.bincount(alike, odds)[alike]
    of_whole = np.bincount(groups.whole, odds)[groups.whole] - same
    by_pair = np.bincount(members, odds[owner], len(whole.part))
    by_part = np.bincount(whole.part, by_pair)[whole.part] - by_pair
    of_parts = np.bincount(owner, by_part[members], len(groups))
    rivals: Floats = np.log2(1.0 + np.maximum(of_whole, 0.0) + np.maximum(of_parts, 0.0))
    return np.log2(same) - rivals


def _links(sheet: Sheet, bits: dict[str, Floats], groups: Groups, scored: _Scored, whole: Whole) -> Linked:
    """Return one link per member; what the other members add is a part of its own."""
    owner, place = np.nonzero(groups.members >= 0)
    members = groups.members[owner, place]
    mine = {name: part[members] for name, part in bits.items()}
    own = total_of(mine)
    others = np.bincount(owner, own, len(groups))[owner] - own if len(owner) else own
    hit = _hit(groups, whole)
    start = scored.start + scored.alone - hit - np.bincount(owner, own, len(groups))
    parts = {"start": start[owner], whole.said: hit[owner], **mine, "other parts": others}
    parts["coincidences"] = scored.coincidences[owner]
    parts["rivals"] = scored.score[owner] - total_of(parts)
    levels = {name: compared.level[members] for name, compared in sheet.compared.items()}
    return Linked(sheet.pairs.take(members), owner, probability_of(scored.score)[owner], parts, levels)

"""Several parts that make up one whole to the cent: receipts of one charge, shipments of one order.

The parts of a whole are its best-weighed candidates; all subsets of two to
four are tried as one matrix. A sum that agrees by chance is the danger: with
twenty unrelated parts a dollar's tolerance finds one in most cases, exact
cents in few. So sums are exact, pools small, and a group's score asks how
likely a chance sum is at this amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pcard.matching.arrays import Flags, Floats, Ints, sorted_rows, spread, starts_of, sum_before

_CHUNK = 512  # wholes tried at once, which bounds memory
_PAIR_POOL = 60  # parts among which two are looked for
_MOST_BITS, _STEPS = 64, 64  # parts are told apart by a 64th of a bit
LARGEST_ALIKE = 12  # equal parts that may make up a whole


@dataclass(frozen=True)
class Groups:
    """Candidate groups: the whole's row, and its member pairs, by pair number (-1 = none)."""

    whole: Ints
    members: Ints

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.whole)

    def sums(self, value: Floats) -> Floats:
        """Return the sum over each group's members of a value per pair."""
        sums: Floats = np.where(self.members >= 0, value[self.members], 0.0).sum(axis=1)
        return sums

    def take(self, keep: Flags | Ints) -> Groups:
        """Return the chosen groups."""
        return Groups(self.whole[keep], self.members[keep])


@dataclass(frozen=True)
class Parts:
    """Candidate parts, one row per pair: the whole's row, the sizes of part and whole in cents, the part's weight."""

    whole: Ints
    cents: Ints
    target: Ints
    bits: Floats

    def ranked(self) -> tuple[Ints, Ints]:
        """Return the parts by whole, the best first, ties in order, and each part's place among its whole's parts."""
        worse = np.clip(np.rint((_MOST_BITS - self.bits) * _STEPS), 0, 2 * _MOST_BITS * _STEPS - 1).astype(np.int64)
        order, key = sorted_rows(self.whole.astype(np.int64) * (2 * _MOST_BITS * _STEPS) + worse)
        rank = np.empty(len(order), np.int64)
        rank[order] = sum_before(key // (2 * _MOST_BITS * _STEPS), np.ones_like(order))
        return order, rank


def may_sum(whole: Ints, part_cents: Ints, cents: Ints) -> Flags:
    """Tell which pairs are of wholes that have two parts or more, and parts enough to be made up of."""
    parts, most = np.bincount(whole), np.bincount(whole, part_cents)
    possible: Flags = (parts[whole] > 1) & (most[whole] >= cents)
    return possible


def some_two_sum(whole: Ints, part_cents: Ints, cents: Ints) -> Flags:
    """Tell which pairs are of wholes of which two parts make up all: a quick look, before anything is compared."""
    span = int(cents.max(initial=0)) + 1
    key = whole.astype(np.int64) * span
    held = np.append(np.sort(key + part_cents), -1)
    sought = key + cents - part_cents
    place = np.searchsorted(held[:-1], sought)
    # A part that is half of the whole finds itself: it needs a second one.
    other = place + (2 * part_cents == cents)
    found = held[np.minimum(other, len(held) - 1)] == sought
    possible: Flags = np.bincount(whole, found, int(whole.max(initial=0)) + 1)[whole] > 0
    return possible


def sums_to_whole(parts: Parts, pool: int, largest: int) -> Groups:
    """Find the subsets of each whole's best parts that sum to it exactly.

    Two parts are looked up by what is missing, among `_PAIR_POOL` parts; three
    and more are tried in all combinations of the best `pool`. Equal parts -
    entry fees, tickets - may be up to `LARGEST_ALIKE`.
    """
    order, rank = parts.ranked()
    found = [_twos(parts, np.flatnonzero(rank < _PAIR_POOL)), _alike(parts, rank, largest)]
    order = order[rank[order] < pool]
    starts = np.flatnonzero(starts_of(parts.whole[order]))
    sizes = np.diff(np.append(starts, len(order)))
    for size in range(3, pool + 1):
        first = starts[sizes == size]
        for at in range(0, len(first), _CHUNK):
            rows = order[first[at : at + _CHUNK, None] + np.arange(size)]
            found.extend(_combined(parts, rows, count) for count in range(3, min(size, largest) + 1))
    groups = Groups(np.concatenate([each.whole for each in found]), np.concatenate([each.members for each in found]))
    return groups.take(np.lexsort((*groups.members.T[::-1], groups.whole)))


def _groups(whole: Ints, members: Ints) -> Groups:
    """Return groups of equally many members, sorted, in the width that all groups have."""
    padded = np.full((len(whole), LARGEST_ALIKE), -1)
    padded[:, : members.shape[1]] = np.sort(members, axis=1)
    return Groups(whole, padded)


def _alike(parts: Parts, rank: Ints, largest: int) -> Groups:
    """Find wholes that more than `largest` equal parts make up; of too many the best are taken."""
    needed = parts.target // np.maximum(parts.cents, 1)
    even = (needed * parts.cents == parts.target) & (needed > largest) & (needed <= LARGEST_ALIKE)
    rows = np.flatnonzero(even)
    order = rows[np.lexsort((rank[rows], parts.cents[rows], parts.whole[rows]))]
    starts = np.flatnonzero(starts_of(parts.whole[order]) | starts_of(parts.cents[order]))
    enough = np.diff(np.append(starts, len(order))) >= needed[order[starts]]
    starts = starts[enough]
    owner, place = spread(needed[order[starts]])
    members = np.full((len(starts), LARGEST_ALIKE), -1)
    members[owner, place] = order[starts[owner] + place]
    return Groups(parts.whole[order[starts]], members)


def _twos(parts: Parts, rows: Ints) -> Groups:
    """Find for each part the parts of its whole that are exactly what is missing."""
    span = int(parts.target[rows].max(initial=0)) + 1
    key = parts.whole[rows].astype(np.int64) * span
    order, held = sorted_rows(key + parts.cents[rows])
    rows = rows[order]
    sought = key[order] + parts.target[rows] - parts.cents[rows]
    low, high = np.searchsorted(held, sought), np.searchsorted(held, sought, side="right")
    owner, place = spread(high - low)
    partner = low[owner] + place
    once = partner > owner
    return _groups(parts.whole[rows[owner[once]]], np.column_stack([rows[owner[once]], rows[partner[once]]]))


def _combined(parts: Parts, rows: Ints, count: int) -> Groups:
    """Try all subsets of `count` parts of wholes that have the same number of parts, one whole a row."""
    cents, target = np.sort(parts.cents[rows], axis=1), parts.target[rows[:, 0]]
    rows = rows[(cents[:, :count].sum(axis=1) <= target) & (cents[:, -count:].sum(axis=1) >= target)]
    choice = np.array(list(combinations(range(rows.shape[1]), count)))
    sums = parts.cents[rows][:, choice].sum(axis=2)
    which, combination = np.nonzero(sums == parts.target[rows[:, :1]])
    return _groups(parts.whole[rows[which, 0]], rows[which[:, None], choice[combination]])


def pack(groups: Groups, part: Ints, score: Floats, alone: Floats) -> Flags:
    """Choose groups in the order of their score so that no whole and no part serves twice.

    `part` is the row of the part of each pair; `alone` tells copies, whose
    score is one, apart. Only groups above zero are looked at.
    """
    taken_whole, taken_part, chosen = set[int](), set[int](), np.zeros(len(groups), bool)
    order = np.lexsort((np.arange(len(groups)), -alone, -score))
    for index in order[score[order] > 0].tolist():
        members = groups.members[index]
        rows = set(part[members[members >= 0]].tolist())
        whole = int(groups.whole[index])
        if whole not in taken_whole and taken_part.isdisjoint(rows):
            chosen[index] = True
            taken_whole.add(whole)
            taken_part |= rows
    return chosen

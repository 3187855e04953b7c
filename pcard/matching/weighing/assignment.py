"""One evidence a charge, one charge a piece of evidence: the best choice over all pairs at once.

Leaving a charge without evidence has an explicit price, zero bits: a pair is
taken where it beats "no evidence" and fits the best whole. Pairs without
rivals are taken as they are; for the rest charges bid for evidence in an
auction (Bertsekas 1988), all charges at once, which ends within a 64th of a
bit per charge of the best whole.
"""

from __future__ import annotations

import numpy as np

from pcard.matching.arrays import Flags, Floats, Ints, count_of, dense, spread
from pcard.matching.comparing.meeting import Pairs

NO_EVIDENCE_BITS = 0.0
_STEP_BITS = 1 / 64  # the least by which a bid is raised


def assign(pairs: Pairs, bits: Floats, price: float = NO_EVIDENCE_BITS) -> Flags:
    """Return which pairs are chosen, no charge and no evidence twice, with the greatest sum of bits above the price.

    Ties go to the earlier charge and the earlier evidence.
    """
    chosen: Flags = bits > price
    rows = np.flatnonzero(chosen)
    order = rows[np.lexsort((pairs.evidence[rows], pairs.transaction[rows]))]
    charge, evidence = dense(pairs.transaction[order]), dense(pairs.evidence[order])
    contested = order[(count_of(charge) > 1) | (count_of(evidence) > 1)] if len(order) else order
    if len(contested):
        charge, evidence = dense(pairs.transaction[contested]), dense(pairs.evidence[contested])
        chosen[contested] = _auction(charge, evidence, bits[contested] - price)
    return chosen


def _auction(charge: Ints, evidence: Ints, gain: Floats) -> Flags:
    """Let charges bid until none that wants evidence is without; pairs are sorted by charge, then evidence.

    A charge bids for what leaves it most, up to the point where its second
    best - or no evidence - would leave it as much; it drops out once nothing
    leaves it anything. An outbid charge bids again.
    """
    starts = np.flatnonzero(np.diff(charge, prepend=-1))
    counts = np.diff(np.append(starts, len(charge)))
    price = np.zeros(int(evidence.max()) + 1)
    holder = np.full(len(price), -1)  # the pair that holds each piece of evidence
    bidders = np.arange(len(starts))
    while len(bidders):
        owner, place = spread(counts[bidders])
        pair = starts[bidders][owner] + place
        left = gain[pair] - price[evidence[pair]]
        first = np.cumsum(counts[bidders]) - counts[bidders]
        most = np.maximum.reduceat(left, first)
        best = pair[_first_of_each(left == most[owner], owner)]
        others = np.where(np.isin(pair, best), -np.inf, left)
        second = np.maximum(np.maximum.reduceat(others, first), 0.0)
        bidding = most > 0.0
        best, bid = best[bidding], (price[evidence[best]] + most - second + _STEP_BITS)[bidding]
        ranked = np.lexsort((best, -bid, evidence[best]))
        winners = ranked[np.flatnonzero(np.diff(evidence[best[ranked]], prepend=-1))]
        piece = evidence[best[winners]]
        outbid = holder[piece]
        holder[piece], price[piece] = best[winners], bid[winners]
        lost = np.ones(len(best), bool)
        lost[winners] = False
        bidders = np.sort(np.concatenate([charge[best[lost]], charge[outbid[outbid >= 0]]]))
    taken = np.zeros(len(charge), bool)
    taken[holder[holder >= 0]] = True
    return taken


def _first_of_each(flags: Flags, owner: Ints) -> Ints:
    """Return the first flagged place of each owner; owners are in order and each has one."""
    places = np.flatnonzero(flags)
    return places[np.flatnonzero(np.diff(owner[places], prepend=-1))]

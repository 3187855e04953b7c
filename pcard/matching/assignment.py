"""One evidence a charge, one charge a piece of evidence: the best choice over all pairs at once.

Leaving a charge without evidence has an explicit price, zero bits: a pair is
taken where it beats "no evidence" and fits the best whole. Pairs without
rivals are taken as they are; the rest is one sparse assignment problem.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from pcard.matching.arrays import Flags, Floats, Ints, dense
from pcard.matching.meeting import Pairs

NO_EVIDENCE_BITS = 0.0


def assign(pairs: Pairs, bits: Floats, price: float = NO_EVIDENCE_BITS) -> Flags:
    """Return which pairs are chosen, no charge and no evidence twice, with the greatest sum of bits above the price."""
    chosen = bits > price
    rows = np.flatnonzero(chosen)
    charge, evidence = dense(pairs.transaction[rows]), dense(pairs.evidence[rows])
    rivals = (
        (np.bincount(charge)[charge] > 1) | (np.bincount(evidence)[evidence] > 1) if len(rows) else np.empty(0, bool)
    )
    contested = rows[rivals]
    if len(contested):
        chosen[contested] = _solve(
            dense(pairs.transaction[contested]), dense(pairs.evidence[contested]), bits[contested] - price
        )
    return chosen


def _solve(charge: Ints, evidence: Ints, gain: Floats) -> Flags:
    """Solve the contested part; every charge also has a place of its own that stands for no evidence."""
    charges, pieces = int(charge.max()) + 1, int(evidence.max()) + 1
    own = np.arange(charges)
    ceiling = float(gain.max()) + 1.0  # costs must not be zero: a sparse zero is no edge
    cost = np.concatenate([ceiling - gain, np.full(charges, ceiling)])
    matrix = csr_array(
        (cost, (np.concatenate([charge, own]), np.concatenate([evidence, pieces + own]))),
        shape=(charges, pieces + charges),
    )
    _, column = min_weight_full_bipartite_matching(matrix)
    taken: Flags = column[charge] == evidence
    return taken

"""How probable each pair is once its rivals are weighed too.

A charge has one receipt and a receipt one charge, or none. Every pair brings
odds of its own against "no evidence"; on the graph of pairs that share a
charge or a receipt, the sum-product rule lets rivals share what they claim:
two equal candidates get a half each, whatever their own odds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pcard.matching.arrays import Floats
from pcard.matching.meeting import Pairs

_ROUNDS = 10
_MOST_BITS = 60.0  # beyond this a weight says nothing more, and floats stay exact enough


@dataclass(frozen=True)
class Posterior:
    """Per pair its probability and what its rivals take off its score, in bits (zero or less)."""

    probability: Floats
    rivals: Floats


def posterior(pairs: Pairs, bits: Floats) -> Posterior:
    """Return the one-to-one posterior of pairs whose scores are log2 odds against no evidence."""
    if not len(pairs):
        return Posterior(bits, bits)
    odds = np.exp2(np.clip(bits, -_MOST_BITS, _MOST_BITS))
    charges, evidence = int(pairs.transaction.max()) + 1, int(pairs.evidence.max()) + 1

    def others(claims: Floats, rows: np.ndarray, size: int) -> Floats:
        return np.maximum(np.bincount(rows, claims, size)[rows] - claims, 0.0)

    at_charge = odds  # what a pair claims of its charge, and of its evidence
    for _ in range(_ROUNDS):
        at_evidence = odds / (1.0 + others(at_charge, pairs.transaction, charges))
        at_charge = odds / (1.0 + others(at_evidence, pairs.evidence, evidence))
    at_evidence = odds / (1.0 + others(at_charge, pairs.transaction, charges))
    rivals = -np.log2(1.0 + others(at_charge, pairs.transaction, charges)) - np.log2(
        1.0 + others(at_evidence, pairs.evidence, evidence)
    )
    score = bits + rivals
    return Posterior(probability_of(score), rivals)


def probability_of(score_bits: Floats) -> Floats:
    """Return the probability whose log2 odds are the score."""
    return 1.0 / (1.0 + np.exp2(-np.clip(score_bits, -_MOST_BITS, _MOST_BITS)))

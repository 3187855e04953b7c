"""How probable each pair is once its rivals are weighed too.

A charge has one receipt and a receipt one charge, or none. Every pair brings
odds of its own against "no evidence"; on the graph of pairs that share a
charge or a receipt, the sum-product rule lets rivals share what they claim:
two equal candidates get a half each, whatever their own odds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pcard.matching.arrays import Floats, Ints
from pcard.matching.comparing.meeting import Pairs

_ROUNDS = 10
_MOST_BITS = 60.0  # beyond this a weight says nothing more, and floats stay exact enough


@dataclass(frozen=True)
class Posterior:
    """Per pair its probability and what its rivals take off its score, in bits (zero or less)."""

    probability: Floats
    rivals: Floats


def posterior(pairs: Pairs, bits: Floats, rounds: int = _ROUNDS) -> Posterior:
    """Return the one-to-one posterior of pairs whose scores are log2 odds against no evidence."""
    rivals = np.zeros(len(pairs))
    contested = _contested(pairs)
    rivals[contested] = -_claimed_by_others(pairs.take(contested), bits[contested], rounds)
    return Posterior(probability_of(bits + rivals), rivals)


def _contested(pairs: Pairs) -> Ints:
    """Return the pairs that share their charge or their evidence with another."""
    if not len(pairs):
        return np.empty(0, np.int64)
    alone = (np.bincount(pairs.transaction)[pairs.transaction] == 1) & (
        np.bincount(pairs.evidence)[pairs.evidence] == 1
    )
    return np.flatnonzero(~alone)


def _claimed_by_others(pairs: Pairs, bits: Floats, rounds: int) -> Floats:
    """Return in bits what others claim of each pair's charge and of its evidence, by sum-product messages."""
    odds = np.exp2(np.clip(bits, -_MOST_BITS, _MOST_BITS))

    def room(claims: Floats, rows: Ints) -> Floats:
        return 1.0 + np.maximum(np.bincount(rows, claims)[rows] - claims, 0.0)

    # What a pair claims of its charge; below, of its evidence. From the square root equal rivals start where they end.
    at_charge = odds / np.sqrt(room(odds, pairs.evidence))
    for _ in range(rounds):
        at_evidence = odds / room(at_charge, pairs.transaction)
        at_charge = odds / room(at_evidence, pairs.evidence)
    of_charge = room(at_charge, pairs.transaction)
    return np.log2(of_charge) + np.log2(room(odds / of_charge, pairs.evidence))


def probability_of(score_bits: Floats) -> Floats:
    """Return the probability whose log2 odds are the score."""
    return 1.0 / (1.0 + np.exp2(-np.clip(score_bits, -_MOST_BITS, _MOST_BITS)))

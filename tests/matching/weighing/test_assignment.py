from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.comparing.meeting import Pairs
from pcard.matching.weighing.assignment import assign


def pairs(links: list[tuple[int, int]]) -> Pairs:
    return Pairs(np.array([charge for charge, _ in links], np.int64), np.array([piece for _, piece in links], np.int64))


def test_the_best_whole_beats_the_best_pair() -> None:
    links = [(0, 0), (0, 1), (1, 0)]
    assert assign(pairs(links), np.array([5.0, 4.0, 4.0])).tolist() == [False, True, True]


def test_no_evidence_is_better_than_bad_evidence() -> None:
    assert assign(pairs([(0, 0), (0, 1)]), np.array([-0.1, 0.0])).tolist() == [False, False]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), unique=True, max_size=7),
    st.lists(st.integers(-3, 9), min_size=7, max_size=7),
)
def test_no_choice_of_pairs_is_worth_more(links: list[tuple[int, int]], gains: list[int]) -> None:
    bits = np.array(gains[: len(links)], float)
    chosen = assign(pairs(links), bits)
    taken = [link for link, take in zip(links, chosen, strict=True) if take]
    assert len({charge for charge, _ in taken}) == len({piece for _, piece in taken}) == len(taken)
    best = 0.0
    for size in range(1, len(links) + 1):
        for rows in combinations(range(len(links)), size):
            if len({links[row][0] for row in rows}) == len({links[row][1] for row in rows}) == size:
                best = max(best, sum(bits[row] for row in rows))
    assert bits[chosen].sum() == best

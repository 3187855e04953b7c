from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.comparing.meeting import Pairs
from pcard.matching.weighing.posterior import posterior, probability_of


def pairs(*links: tuple[int, int]) -> Pairs:
    return Pairs(np.array([row for row, _ in links], np.int64), np.array([row for _, row in links], np.int64))


def test_two_equal_candidates_share_what_they_claim() -> None:
    found = posterior(pairs((0, 0), (0, 1)), np.array([10.0, 10.0]))
    assert found.probability == pytest.approx([0.5, 0.5], abs=0.001)
    assert found.rivals == pytest.approx([-10.0, -10.0], abs=0.01)


def test_a_pair_without_rivals_keeps_its_own_odds() -> None:
    found = posterior(pairs((0, 0), (1, 1)), np.array([3.0, -3.0]))
    assert found.probability == pytest.approx([8 / 9, 1 / 9])
    assert found.rivals.tolist() == [0.0, 0.0]


def test_a_rival_that_is_taken_elsewhere_claims_little() -> None:
    found = posterior(pairs((0, 0), (1, 0), (1, 1)), np.array([8.0, 8.0, 30.0]))
    assert found.probability[0] > 0.99
    assert found.probability[1] < 0.01


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=20))
def test_probability_is_monotone_in_the_score(scores: list[float]) -> None:
    ordered = np.sort(np.array(scores))
    assert (np.diff(probability_of(ordered)) >= 0).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), unique=True, max_size=15), st.integers(-5, 20))
def test_no_charge_and_no_evidence_is_claimed_much_more_than_once(links: list[tuple[int, int]], bits: int) -> None:
    between = pairs(*links)
    found = posterior(between, np.full(len(links), float(bits)), rounds=60)
    # The rule is exact on trees; in rings of near-certain pairs the last messages are still on their way.
    for rows in between.rows:
        assert (np.bincount(rows.astype(np.int64), found.probability, minlength=1) <= 1.05).all()


def test_equal_rivals_on_both_sides_share_evenly_and_fully() -> None:
    every = [(row, piece) for row in range(5) for piece in range(5)]
    found = posterior(pairs(*every), np.full(25, 18.0))
    assert found.probability == pytest.approx(np.full(25, 0.2), abs=0.001)

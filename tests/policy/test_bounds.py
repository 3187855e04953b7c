"""Confidence bounds against published values and against their own definition."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.policy.bounds import at_most, clopper_pearson, stringer, upper_limit, weighted_rate


@pytest.mark.parametrize(
    ("errors", "size", "confidence", "low", "high"),
    [
        (0, 30, 0.95, 0.0, 0.1157),
        (3, 96, 0.95, 0.0065, 0.0886),
        (10, 10, 0.95, 0.6915, 1.0),
        (5, 50, 0.90, 0.0402, 0.1988),
    ],
)
def test_limits_as_tables_have_them(errors: int, size: int, confidence: float, low: float, high: float) -> None:
    found = clopper_pearson(errors, size, confidence)
    assert isclose(found[0], low, abs_tol=5e-5)
    assert isclose(found[1], high, abs_tol=5e-5)


@given(st.integers(0, 60), st.integers(1, 60), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_limits_leave_the_tails_they_say(errors: int, size: int, confidence: float) -> None:
    errors = min(errors, size)
    low, high = clopper_pearson(errors, size, confidence)
    tail = (1 - confidence) / 2
    assert low <= errors / size <= high
    if errors < size:
        assert isclose(at_most(errors, size, high), tail, rel_tol=1e-6)
    if errors:
        assert isclose(1 - at_most(errors - 1, size, low), tail, rel_tol=1e-6)


def test_without_errors_the_stringer_bound_is_the_limit_of_none() -> None:
    assert isclose(stringer([], 60), 1 - 0.05 ** (1 / 60))


def test_whole_errors_make_the_stringer_bound_the_limit_of_their_count() -> None:
    assert isclose(stringer([1.0, 1.0, 1.0], 80), upper_limit(3, 80, 0.05))


@given(st.lists(st.floats(0, 1), max_size=8))
def test_a_larger_taint_never_lowers_the_bound(taints: list[float]) -> None:
    assert stringer([*taints, 0.5], 100) >= stringer(taints, 100) >= sum(taints) / 100


def test_strata_weigh_as_many_charges_as_they_have() -> None:
    assert weighted_rate([0.5, 0.0], [100, 300]) == 0.125
    assert weighted_rate([], []) == 0.0
    assert at_most(0, 5, 1.0) == 0.0

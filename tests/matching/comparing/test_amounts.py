"""Slips of the pen and of the eye in an amount."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from pcard.matching.comparing.amounts import one_digit_off, two_swapped

amounts = st.integers(100, 2_500_000)


@given(amounts, st.integers(0, 5))
def test_two_digits_side_by_side_that_changed_places_are_told(cents: int, place: int) -> None:
    digits = list(str(cents))
    assume(place + 1 < len(digits))
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    swapped = int("".join(digits))
    told = two_swapped(np.array([cents, swapped]), np.array([swapped, cents]))
    assert told.tolist() == [swapped != cents] * 2


@given(amounts, amounts)
def test_what_is_told_as_swapped_has_the_same_digits(first: int, second: int) -> None:
    if two_swapped(np.array([first]), np.array([second]))[0]:
        assert sorted(str(first).zfill(8)) == sorted(str(second).zfill(8))
        assert sum(a != b for a, b in zip(str(first).zfill(8), str(second).zfill(8), strict=True)) == 2


@given(amounts, st.integers(0, 6), st.integers(1, 9))
def test_one_digit_misread_is_told(cents: int, place: int, other: int) -> None:
    digits = list(str(cents))
    assume(place < len(digits))
    digits[place] = str((int(digits[place]) + other) % 10)
    assume(digits[0] != "0")
    assert one_digit_off(np.array([cents]), np.array([int("".join(digits))]))[0]

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.arrays import count_of, dense, joint, spread, window_join

rows = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 12)), max_size=20)


@given(rows, rows, st.integers(-3, 0), st.integers(0, 4))
def test_a_window_join_pairs_what_a_double_loop_would(
    left: list[tuple[int, int]], right: list[tuple[int, int]], first: int, last: int
) -> None:
    sides = [
        (np.array([k for k, _ in side], np.int64), np.array([d for _, d in side], np.int64)) for side in (left, right)
    ]
    found = window_join(sides[0], sides[1], (first, last))
    expected = {
        (i, j)
        for i, (key, day) in enumerate(left)
        for j, (other, later) in enumerate(right)
        if key == other and key >= 0 and day >= 0 and later >= 0 and first <= later - day <= last
    }
    pairs = list(zip(found[0].tolist(), found[1].tolist(), strict=True))
    assert set(pairs) == expected
    assert len(pairs) == len(expected)


def test_a_capped_join_still_lets_equals_meet_one_to_one() -> None:
    key, day = np.zeros(50, np.int64), np.zeros(50, np.int64)
    found = window_join((key, day), (key, day), (0, 0), most=4)
    pairs = set(zip(found[0].tolist(), found[1].tolist(), strict=True))
    assert len(pairs) == 200
    assert {(i, i) for i in range(50)} <= pairs


@given(st.lists(st.integers(-1, 5), max_size=30))
def test_counts_are_of_equal_known_codes(codes: list[int]) -> None:
    counted = count_of(np.array(codes, np.int64)).tolist()
    assert counted == [codes.count(code) if code >= 0 else 0 for code in codes]


def test_large_codes_are_counted_too() -> None:
    assert count_of(np.array([1 << 40, 7, 1 << 40, -1])).tolist() == [2, 1, 2, 0]


def test_joint_codes_are_unknown_where_a_part_is() -> None:
    codes = joint(np.array([0, 0, 1, -1]), np.array([1, 1, 0, 0]))
    assert codes[0] == codes[1] != codes[2]
    assert codes[3] == -1


def test_dense_numbers_in_order_and_spread_repeats() -> None:
    assert dense(np.array([30, 10, 30, 20])).tolist() == [2, 0, 2, 1]
    assert [part.tolist() for part in spread(np.array([2, 0, 1]))] == [[0, 0, 2], [0, 1, 0]]

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.groups import Groups, Parts, pack, sums_to_whole


def members(groups: Groups) -> set[tuple[int, ...]]:
    return {tuple(row[row >= 0].tolist()) for row in groups.members}


@given(st.lists(st.integers(1, 12), min_size=2, max_size=8), st.integers(3, 24))
def test_all_subsets_of_two_to_four_that_sum_to_the_whole_are_found(cents: list[int], target: int) -> None:
    count = len(cents)
    parts = Parts(np.zeros(count, np.int64), np.array(cents), np.full(count, target), -np.arange(count, dtype=float))
    expected = {
        rows
        for size in (2, 3, 4)
        for rows in combinations(range(count), size)
        if sum(cents[row] for row in rows) == target
    }
    found = sums_to_whole(parts, pool=12, largest=4)
    assert members(found) == expected
    assert len(found) == len(expected)


def test_only_the_best_parts_are_tried_in_larger_groups() -> None:
    parts = Parts(np.zeros(4, np.int64), np.array([1, 2, 4, 8]), np.full(4, 7), np.array([0.0, 1.0, 2.0, 3.0]))
    assert members(sums_to_whole(parts, pool=4, largest=4)) == {(0, 1, 2)}
    assert members(sums_to_whole(parts, pool=3, largest=4)) == set()


def test_each_whole_has_its_own_parts() -> None:
    parts = Parts(np.array([0, 0, 1, 1]), np.array([1, 2, 2, 3]), np.array([3, 3, 5, 5]), np.zeros(4))
    assert members(sums_to_whole(parts, pool=12, largest=4)) == {(0, 1), (2, 3)}


def test_packing_uses_no_part_twice_and_takes_the_better_group() -> None:
    groups = Groups(np.array([0, 1, 2]), np.array([[0, 1, -1, -1], [2, 3, -1, -1], [4, 5, -1, -1]]))
    part = np.array([10, 11, 11, 12, 13, 14])
    score = np.array([2.0, 5.0, -1.0])
    assert pack(groups, part, score, score).tolist() == [False, True, False]

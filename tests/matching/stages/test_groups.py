from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.stages.groups import Groups, Parts, may_sum, pack, some_two_sum, sums_to_whole


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


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)), max_size=12),
    st.lists(st.integers(1, 30), min_size=4, max_size=4),
)
def test_no_pair_is_dropped_that_helps_to_make_up_a_whole(pairs: list[tuple[int, int]], targets: list[int]) -> None:
    whole = np.array([whole for whole, _ in pairs], np.int64)
    cents = np.array([cents for _, cents in pairs], np.int64)
    kept = may_sum(whole, cents, np.array(targets)[whole])
    for row in combinations(range(len(pairs)), 2):
        assert len({whole[each] for each in row}) == 2 or kept[row[0]] == kept[row[1]]
    for number, target in enumerate(targets):
        parts = np.flatnonzero(whole == number).tolist()
        for size in range(2, len(parts) + 1):
            for rows in combinations(parts, size):
                if cents[list(rows)].sum() == target:
                    assert kept[list(rows)].all()


@pytest.mark.parametrize(
    ("cents", "target", "kept"),
    [([5], 5, False), ([2, 2], 5, False), ([2, 3], 5, True), ([4, 4], 5, True), ([1, 1, 1], 4, False)],
)
def test_a_single_part_and_parts_too_small_for_their_whole_are_not_tried(
    cents: list[int], target: int, kept: bool
) -> None:
    # A second whole, which has enough, lends the first nothing.
    whole = np.array([1] * len(cents) + [0, 0])
    found = may_sum(whole, np.array([*cents, 50, 50]), np.array([target] * len(cents) + [100, 100]))
    assert found.tolist() == [kept] * len(cents) + [True, True]


def test_no_pairs_may_sum_to_nothing() -> None:
    nothing = np.empty(0, np.int64)
    assert may_sum(nothing, nothing, nothing).tolist() == []


def parts_of(rows: list[tuple[int, float]]) -> Parts:
    whole, bits = np.array([whole for whole, _ in rows], np.int64), np.array([bits for _, bits in rows], np.float64)
    return Parts(whole, np.ones(len(rows), np.int64), np.ones(len(rows), np.int64), bits)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-64 * 64 + 1, 64 * 64).map(lambda step: step / 64)), max_size=12)
)
def test_parts_are_ranked_within_their_whole_by_their_bits(rows: list[tuple[int, float]]) -> None:
    order, rank = parts_of(rows).ranked()
    expected = sorted(range(len(rows)), key=lambda row: (rows[row][0], -rows[row][1], row))
    assert order.tolist() == expected
    for whole in range(4):
        assert rank[[row for row in expected if rows[row][0] == whole]].tolist() == list(
            range(sum(each == whole for each, _ in rows))
        )


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-1e6, 1e6)), max_size=12))
def test_ranks_are_a_permutation_and_a_better_part_comes_first_whatever_its_bits(rows: list[tuple[int, float]]) -> None:
    order, rank = parts_of(rows).ranked()
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert [rows[row][0] for row in order] == sorted(whole for whole, _ in rows)
    for first, second in combinations(range(len(rows)), 2):
        if rows[first][0] != rows[second][0]:
            continue
        assert rank[first] != rank[second]
        better, worse = (np.clip(rows[row][1], -63.9, 64) for row in sorted((first, second), key=lambda row: rank[row]))
        assert better > worse - 1 / 64
    for whole in range(3):
        assert sorted(rank[[each == whole for each, _ in rows]]) == list(range(sum(each == whole for each, _ in rows)))


@given(st.lists(st.integers(1, 60), min_size=2, max_size=8), st.integers(2, 110))
def test_a_quick_look_tells_where_two_parts_make_up_all(sizes: list[int], cents: int) -> None:
    parts = np.array([size for size in sizes if size < cents], np.int64)
    whole = np.zeros(len(parts), np.int64)
    told = some_two_sum(whole, parts, np.full(len(parts), cents))
    assert told.tolist() == [any(a + b == cents for a, b in combinations(parts.tolist(), 2))] * len(parts)

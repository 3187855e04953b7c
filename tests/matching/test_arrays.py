from __future__ import annotations

from threading import Barrier, Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching import arrays
from pcard.matching.arrays import at_once, count_of, dense, each_of, in_parts, joint, spread, sum_before, window_join

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


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 100)), max_size=20))
def test_a_row_has_before_it_what_the_rows_of_its_run_came_to(rows: list[tuple[int, int]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    keys, amounts = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
    expected = [sum(cents for other, cents in rows[:at] if other == key) for at, (key, _) in enumerate(rows)]
    assert sum_before(keys, amounts).tolist() == expected


def test_two_works_go_on_at_the_same_time_and_give_each_its_own_result() -> None:
    both = Barrier(2)

    def met(name: str) -> str:
        both.wait(10)  # broken, and so an error, where the other has to wait for this one to end
        return name

    assert at_once(lambda: met("first"), lambda: met("second")) == ("first", "second")
    assert each_of(met, ["a", "b"]) == ["a", "b"]


def test_what_either_of_two_works_raises_comes_through_after_both_have_ended() -> None:
    ended = Event()

    def fail() -> None:
        raise KeyError("column")

    with pytest.raises(KeyError, match="column"):
        at_once(fail, ended.set)
    assert ended.is_set()
    ended.clear()
    with pytest.raises(KeyError, match="column"):
        at_once(ended.set, fail)
    assert ended.is_set()


def test_several_works_give_their_results_in_order_though_a_later_one_ends_first() -> None:
    second_ended = Event()

    def work(number: int) -> int:
        if number == 1:
            second_ended.set()
        assert second_ended.wait(10)
        return number * number

    assert each_of(work, range(7)) == [0, 1, 4, 9, 16, 25, 36]
    assert each_of(work, ()) == []


@pytest.mark.parametrize("faulty", range(4))
def test_what_one_of_several_works_raises_comes_through(faulty: int) -> None:
    def work(number: int) -> int:
        if number == faulty:
            raise KeyError(number)
        return number

    with pytest.raises(KeyError, match=str(faulty)):
        each_of(work, range(4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "_PART", 3)
        with pytest.raises(KeyError, match=str(faulty)):
            in_parts(lambda rows: work(rows.start // 3), 11)


@given(st.integers(0, 20), st.integers(1, 6))
def test_parts_are_all_rows_once_and_in_order(size: int, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "_PART", most)
        parts = in_parts(lambda rows: list(range(size)[rows]), size)
    assert [row for part in parts for row in part] == list(range(size))
    assert [len(part) for part in parts[:-1]] == [most] * (len(parts) - 1)
    assert len(parts[-1]) <= most
    assert parts[-1] or size == 0


def test_the_first_part_is_done_before_the_others_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_PART", 1)
    first_ended = Event()

    def work(rows: slice) -> bool:
        others_may_start = first_ended.wait(0.05) if rows.start == 0 else first_ended.is_set()
        first_ended.set()
        return others_may_start

    assert in_parts(work, 5) == [False, True, True, True, True]

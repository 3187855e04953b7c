"""Columns of numbers and the few operations the stages share: grouping, joining by key and window."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Numbers: TypeAlias = Ints | Floats
Levels: TypeAlias = npt.NDArray[np.int8]
Flags: TypeAlias = npt.NDArray[np.bool_]

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")

UNKNOWN = -1  # a code or a day that a record does not have
_MOST_BITS = 62  # of a number that is sorted together with its row
_PART = 1 << 16  # rows worked on at once
_THREADS = 2
_COUNTED = 1 << 22  # codes up to here are counted in a table, larger ones are sorted first


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """Repeat each index by its count; also return the place of each repetition within its index."""
    owner = np.repeat(np.arange(len(counts)), counts)
    start = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - start[owner]


def count_of(codes: Ints) -> Ints:
    """Return for each row how many rows share its code; an unknown code is shared by none."""
    small = int(codes.max(initial=0)) <= _COUNTED
    numbered = np.maximum(codes, 0) if small else dense(codes)
    counts = np.bincount(numbered[codes >= 0], minlength=1 if small else int(numbered.max()) + 1)
    return np.where(codes >= 0, counts[numbered], 0)


def joint(*codes: Ints) -> Ints:
    """Return one code per combination; unknown where any part is."""
    packed = np.zeros(len(codes[0]), np.int64)
    for part in codes:
        packed = packed * (int(part.max(initial=0)) + 1) + part
    return np.where(np.logical_and.reduce([part >= 0 for part in codes]), packed, UNKNOWN)


def dense(values: Ints) -> Ints:
    """Number the distinct values from 0 in their order."""
    order, ordered = sorted_rows(values, stable=False)
    codes = np.empty(len(values), np.int64)
    codes[order] = np.cumsum(starts_of(ordered)) - 1
    return codes


def sorted_rows(values: Ints, *, stable: bool = True) -> tuple[Ints, Ints]:
    """Return the rows in the order of their value, ties in the order of rows where `stable`, and the values so ordered.

    Sorting numbers that carry their row in the low bits is ten times as fast
    as sorting rows by their numbers.
    """
    if not len(values):
        return np.empty(0, np.int64), values
    row_bits, low = (len(values) - 1).bit_length(), int(values.min())
    if (int(values.max()) - low).bit_length() + row_bits > _MOST_BITS:
        order = np.argsort(values, kind="stable" if stable else None)
        return order, values[order]
    packed = ((values.astype(np.int64) - low) << row_bits) | np.arange(len(values))
    packed.sort()
    return packed & ((1 << row_bits) - 1), (packed >> row_bits) + low


def starts_of(ordered: Ints) -> Flags:
    """Tell where in ordered values each run of equal ones starts."""
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def sum_before(ordered: Ints, amounts: Ints) -> Ints:
    """Return for each row the sum of the amounts, none negative, before it in its run of equal ordered values."""
    before: Ints = np.cumsum(amounts) - amounts
    return before - np.maximum.accumulate(np.where(starts_of(ordered), before, 0))


def distinct(values: Ints) -> Ints:
    """Return the distinct values in order."""
    ordered = np.sort(values)
    return ordered[starts_of(ordered)]


def window_join(
    left: tuple[Ints, Ints],
    right: tuple[Ints, Ints],
    days: tuple[int, int],
    most: int | None = None,
    few: int | None = None,
) -> tuple[Ints, Ints]:
    """Pair rows of equal key whose right day is within `days` after the left day.

    Each side is (key, day); rows with an unknown key or day pair with nothing.
    Where a right row has more than `most` partners it keeps those whose rank
    is nearest to its own among its equals, so that a thousand equal charges
    and a thousand equal receipts still meet one to one. One that has more than
    `few` pairs with nothing.

    Returns:
        Row numbers of the left and of the right side, ordered by right row, then left order of day.
    """
    (left_key, left_day), (right_key, right_day) = left, right
    rows = np.flatnonzero((left_key >= 0) & (left_day >= 0))
    asks = np.flatnonzero((right_key >= 0) & (right_day >= 0))
    day_bits = max(int(left_day.max(initial=0)), int(right_day.max(initial=0))).bit_length()
    order, placed = sorted_rows((left_key[rows].astype(np.int64) << day_bits) + left_day[rows])
    rows = rows[order]
    order, sought = sorted_rows((right_key[asks].astype(np.int64) << day_bits) + right_day[asks])
    asks = asks[order]
    floor = sought >> day_bits << day_bits
    low = np.searchsorted(placed, np.maximum(sought - days[1], floor))
    high = np.searchsorted(placed, np.minimum(sought - days[0], floor + (1 << day_bits) - 1), side="right")
    if most is not None:
        low, high = _nearest_rank(sought, low, high, most)
    if few is not None:
        high = np.where(high - low > few, low, high)
    owner, place = spread(high - low)
    return rows[low[owner] + place], asks[owner]


def _nearest_rank(sought: Ints, low: Ints, high: Ints, most: int) -> tuple[Ints, Ints]:
    """Cut each range longer than `most` to the part around the asker's rank among its equals."""
    equal_from = np.searchsorted(sought, sought)
    equals = np.searchsorted(sought, sought, side="right") - equal_from
    share = (np.arange(len(sought)) - equal_from + 0.5) / np.maximum(equals, 1)
    start = np.clip(low + (share * (high - low)).astype(np.int64) - most // 2, low, np.maximum(high - most, low))
    long = high - low > most
    return np.where(long, start, low), np.where(long, start + most, high)


def give_back() -> None:
    """Let the C library give memory of freed columns back, where it can: what follows needs room for text instead."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def at_once(first: Callable[[], T], second: Callable[[], U]) -> tuple[T, U]:
    """Return the results of two works, done at the same time: what they mostly do leaves Python's lock free."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(second)
        return first(), other.result()


def each_of(work: Callable[[V], T], items: Iterable[V]) -> list[T]:
    """Return the results of a work on several things, in order, with both cores at it."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, items))


def in_parts(work: Callable[[slice], T], size: int) -> list[T]:
    """Return the results of a work on parts of so many rows, in order; parts are small enough to stay in the cache."""
    parts = [slice(at, at + _PART) for at in range(0, max(size, 1), _PART)]
    # The first part comes first: it computes what the others will look up.
    first = work(parts[0])
    if len(parts) == 1:
        return [first]
    return [first, *each_of(work, parts[1:])]

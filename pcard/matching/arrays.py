"""Columns of numbers and the few operations the stages share: grouping, joining by key and window."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Numbers: TypeAlias = Ints | Floats
Flags: TypeAlias = npt.NDArray[np.bool_]

UNKNOWN = -1  # a code or a day that a record does not have
_DAY_BITS = 16
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
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.ones(len(ordered), np.int64)
    first[1:] = ordered[1:] != ordered[:-1]
    codes = np.empty(len(values), np.int64)
    codes[order] = np.cumsum(first) - 1
    return codes


def window_join(
    left: tuple[Ints, Ints], right: tuple[Ints, Ints], days: tuple[int, int], most: int | None = None
) -> tuple[Ints, Ints]:
    """Pair rows of equal key whose right day is within `days` after the left day.

    Each side is (key, day); rows with an unknown key or day pair with nothing.
    Where a right row has more than `most` partners it keeps those whose rank
    is nearest to its own among its equals, so that a thousand equal charges
    and a thousand equal receipts still meet one to one.

    Returns:
        Row numbers of the left and of the right side, ordered by right row, then left order of day.
    """
    (left_key, left_day), (right_key, right_day) = left, right
    rows = np.flatnonzero((left_key >= 0) & (left_day >= 0))
    asks = np.flatnonzero((right_key >= 0) & (right_day >= 0))
    placed = (left_key[rows] << _DAY_BITS) + left_day[rows]
    rows = rows[np.argsort(placed, kind="stable")]
    placed = np.sort(placed)
    sought = (right_key[asks] << _DAY_BITS) + right_day[asks]
    order = np.argsort(sought, kind="stable")
    asks, sought = asks[order], sought[order]
    floor = right_key[asks] << _DAY_BITS
    low = np.searchsorted(placed, np.maximum(sought - days[1], floor))
    high = np.searchsorted(placed, np.minimum(sought - days[0], floor + (1 << _DAY_BITS) - 1), side="right")
    if most is not None:
        low, high = _nearest_rank(sought, low, high, most)
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

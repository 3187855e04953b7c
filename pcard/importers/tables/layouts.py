"""Where in a grid a profile's table begins and which column is which.

The header is looked for in the first forty rows, in one row or spread over
two; titles and notes above it are the preamble.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import polars as pl

from pcard.importers.tables.grids import Grid
from pcard.importers.tables.headers import find_header, header_key, numbered
from pcard.importers.tables.profiles import Profile

_SEARCHED_ROWS = 40


@dataclass(frozen=True)
class Layout:
    """A profile laid over a grid: the header's row, the first row after it, and the places of the columns.

    `columns` maps our names to places; what is no column of the table has a `#`
    before it: `#debit`, `#credit`, `#type`, `#kind` and `#coding.amount` ...
    """

    profile: Profile
    grid: Grid
    header: int
    body: int
    names: tuple[str, ...]
    columns: Mapping[str, int]
    also: frozenset[int] = frozenset()

    @property
    def is_coded(self) -> bool:
        """Whether it has a row for each allocation of a transaction."""
        return "#coding.amount" in self.columns

    @property
    def claim(self) -> int:
        """How much of the header the profile knows: the more, the better it fits."""
        return len({*self.columns.values(), *self.also})


@dataclass(frozen=True)
class _Header:
    """What may be a header: its rows, its headings, and where each heading's key stands."""

    first: int
    body: int
    names: tuple[str, ...]
    keys: Mapping[str, int]


def find_layout(profile: Profile, grid: Grid) -> Layout | None:
    """Return where a profile's table stands in a grid, or None where it does not."""
    layouts = best_layouts([profile], grid)
    return layouts[0] if layouts else None


def best_layouts(profiles: Sequence[Profile], grid: Grid) -> list[Layout]:
    """Return the layouts that fit a grid best: one, several that fit alike, or none.

    Headings with a typing slip count where no profile fits to the letter, a
    generic profile where no other one fits.
    """
    kinds = ((_single_headers, False), (_joined_headers, False), (_single_headers, True), (_joined_headers, True))
    for headers_of, loosely in kinds:
        headers = list(headers_of(grid))
        found = [_lay(profile, grid, headers, loosely=loosely) for profile in profiles]
        fits = [layout for layout in found if layout]
        if fits:
            special = [layout for layout in fits if not layout.profile.generic] or fits
            most = max(layout.claim for layout in special)
            return [layout for layout in special if layout.claim == most]
    return []


def _lay(profile: Profile, grid: Grid, headers: Sequence[_Header], *, loosely: bool) -> Layout | None:
    if profile.header == "none":
        headers = [_header(0, 0, [None] * grid.frame.width)] if grid.height else []
    fits = (_place(profile, grid, header, loosely=loosely) for header in headers)
    return next((layout for layout in fits if layout), None)


def _single_headers(grid: Grid) -> Iterator[_Header]:
    for index, cells in enumerate(grid.frame.head(_SEARCHED_ROWS).rows()):
        if sum(cell is not None for cell in cells) > 1:
            yield _header(index, index + 1, cells)


def _joined_headers(grid: Grid) -> Iterator[_Header]:
    """Yield two rows joined, as they stand and with cells of the upper one spread to the right."""
    for index, (upper, lower) in enumerate(pairwise(grid.frame.head(_SEARCHED_ROWS).rows())):
        if any(upper) and any(lower):
            yield _header(index, index + 2, map(_joined, upper, lower))
            # A cell merged over several columns has its text in the first of them.
            spread: Iterator[str | None] = accumulate(upper, lambda last, cell: cell or last)
            yield _header(index, index + 2, map(_joined, spread, lower))


def _header(first: int, body: int, cells: Iterable[str | None]) -> _Header:
    names = tuple(numbered(cells))
    return _Header(first, body, names, {header_key(name) or name: place for place, name in enumerate(names)})


def _joined(upper: str | None, lower: str | None) -> str:
    return " ".join(part for part in (upper, lower) if part)


def _place(profile: Profile, grid: Grid, header: _Header, *, loosely: bool) -> Layout | None:
    columns = _columns(profile, header.keys, loosely=loosely)
    also = [find_header(headings, header.keys, loosely=loosely) for headings in profile.also]
    if columns is None or None in also:
        return None
    if profile.empty:
        blank = pl.all().replace(list(profile.empty), [None] * len(profile.empty))
        grid = replace(grid, frame=grid.frame.with_columns(blank))
    known = frozenset(place for place in also if place is not None)
    return Layout(profile, grid, header.first, header.body, header.names, columns, known)


def _columns(profile: Profile, keys: Mapping[str, int], *, loosely: bool) -> dict[str, int] | None:
    """Return the place of each of a profile's columns, or None where one that must be there is not."""
    wanted = _wanted(profile)
    must = (*profile.needed, *(name for name in ("#debit", "#credit", "#type") if name in wanted))
    exact = {name: find_header(headings, keys) for name, headings in wanted.items()}
    if loosely and 2 * sum(exact[name] is not None for name in must) >= len(must):
        exact = {name: find_header(wanted[name], keys, loosely=True) for name in wanted}
    columns = {name: place for name, place in exact.items() if place is not None}
    return columns if columns and all(name in columns for name in must) else None


def _wanted(profile: Profile) -> dict[str, Sequence[str]]:
    wanted: dict[str, Sequence[str]] = {name: source.headings for name, source in profile.columns.items()}
    amount = profile.amount
    if amount.debit:
        wanted |= {"#debit": amount.debit, "#credit": amount.credit}
    if amount.type:
        wanted["#type"] = amount.type.headings
    if profile.kinds:
        wanted["#kind"] = profile.kinds.headings
    wanted |= {f"#coding.{name}": headings for name, headings in profile.coding.items()}
    return wanted

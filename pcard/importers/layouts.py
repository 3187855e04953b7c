"""Where in a grid a profile's table begins and which column is which.

The header is looked for in the first forty rows, in one row or spread over
two; titles and notes above it are the preamble.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import polars as pl

from pcard.importers.grids import Grid
from pcard.importers.headers import find_header, header_key, numbered
from pcard.importers.profiles import Profile

_SEARCHED_ROWS = 40


@dataclass(frozen=True)
class Layout:
    """A profile laid over a grid: the header's row, the first row after it, and the places of the columns.

    `columns` maps our names to places; `debit`, `credit`, `type` and `kind`
    too where the profile has them, with a `#` before the name.
    """

    profile: Profile
    grid: Grid
    header: int
    body: int
    names: tuple[str, ...]
    columns: Mapping[str, int]
    also: frozenset[int] = frozenset()

    @property
    def claim(self) -> int:
        """How much of the header the profile knows: the more, the better it fits."""
        return len({*self.columns.values(), *self.also})


def find_layout(profile: Profile, grid: Grid) -> Layout | None:
    """Return where a profile's table stands in a grid, or None where it does not."""
    if profile.header == "none":
        names = tuple(numbered(None for _ in range(grid.frame.width)))
        return _place(profile, grid, 0, 0, names) if grid.height else None
    for loosely in (False, True):
        for header, body, names in _headers(grid):
            if found := _place(profile, grid, header, body, names, loosely=loosely):
                return found
    return None


def best_layouts(profiles: Sequence[Profile], grid: Grid) -> list[Layout]:
    """Return the layouts that fit a grid best: one, several that fit alike, or none.

    A generic profile only counts where no other fits.
    """
    fits = [layout for profile in profiles if (layout := find_layout(profile, grid))]
    special = [layout for layout in fits if not layout.profile.generic] or fits
    most = max((layout.claim for layout in special), default=0)
    return [layout for layout in special if layout.claim == most]


def _headers(grid: Grid) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield what may be a header: each row that has several cells, alone and joined with the one below it."""
    rows = grid.frame.head(_SEARCHED_ROWS).rows()
    for index, cells in enumerate(rows):
        if sum(cell is not None for cell in cells) > 1:
            yield index, index + 1, tuple(numbered(cells))
    for index, (upper, lower) in enumerate(pairwise(rows)):
        if any(upper) and any(lower):
            # A cell merged over several columns has its text in the first of them.
            spread: Iterator[str | None] = accumulate(upper, lambda last, cell: cell or last)
            yield index, index + 2, tuple(numbered(map(_joined, upper, lower)))
            yield index, index + 2, tuple(numbered(map(_joined, spread, lower)))


def _joined(upper: str | None, lower: str | None) -> str:
    return " ".join(part for part in (upper, lower) if part)


def _place(
    profile: Profile, grid: Grid, header: int, body: int, names: tuple[str, ...], *, loosely: bool = False
) -> Layout | None:
    keys = {header_key(name) or name: place for place, name in enumerate(names)}
    columns: dict[str, int] = {}
    for name, headings in _wanted(profile).items():
        place = find_header(headings, keys, loosely=loosely)
        if place is not None:
            columns[name] = place
        elif name in profile.needed or name in ("#debit", "#credit", "#type"):
            return None
    if profile.empty:
        blank = pl.all().replace(list(profile.empty), [None] * len(profile.empty))
        grid = replace(grid, frame=grid.frame.with_columns(blank))
    also = [find_header(headings, keys, loosely=loosely) for headings in profile.also]
    if None in also or not columns:
        return None
    return Layout(profile, grid, header, body, names, columns, frozenset(place for place in also if place is not None))


def _wanted(profile: Profile) -> dict[str, Sequence[str]]:
    wanted: dict[str, Sequence[str]] = {name: source.headings for name, source in profile.columns.items()}
    amount = profile.amount
    if amount.debit:
        wanted |= {"#debit": amount.debit, "#credit": amount.credit}
    if amount.type:
        wanted["#type"] = amount.type.headings
    if profile.kinds:
        wanted["#kind"] = profile.kinds.headings
    return wanted

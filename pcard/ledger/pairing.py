"""Lines of an account that answer an earlier one: the one it can be, or a question.

Who agrees best is served first, then who has the least choice, then who came
first. What a line takes of a charge is gone for the next. Where several charges would do, the
nearest is proposed and a person asked - unless as many lines wait for the
same charges as there are: then whichever answers which, the books are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import polars as pl

_MOST_PARTS = 3
_PARTS_TRIED = 12
_COINCIDENCES = 0.05  # expected sums that agree by chance, from which an agreeing one is a question


@dataclass(frozen=True, slots=True)
class Tie:
    """One line's answer: the charge, how much of it, how many would do, and whether it is sure."""

    line: str
    charge: str
    amount: int
    choices: int
    sure: bool
    how: str


@dataclass(frozen=True, slots=True)
class _Option:
    charge: str
    room: int
    best: bool
    gap: int


def tied(pairs: pl.DataFrame, *, sums: bool = False) -> list[Tie]:
    """Answer each line with one of its charges.

    `pairs` has a row per line and charge that would do: `line`, its `day`, `charge`,
    `amount` (what the line takes), `room` (what the charge has), `best`
    (agrees in all, or is named), `gap` (days between them). With `sums`, a
    line that no single charge has room for may be the exact sum of several.
    """
    options: dict[str, list[_Option]] = {}
    amounts: dict[str, int] = {}
    room: dict[str, int] = {}
    ordered = pairs.sort("line", "gap", "charge")
    days = dict(ordered.select("line", "day").rows())
    for line, charge, amount, has, best, gap in ordered.select(
        "line", "charge", "amount", "room", "best", "gap"
    ).rows():
        options.setdefault(line, []).append(_Option(charge, has, best, gap))
        amounts[line], room[charge] = amount, has
    fitting = {
        line: frozenset(o.charge for o in _fitting(found, amounts[line], room)) for line, found in options.items()
    }
    waiting = Counter((fitting[line], amounts[line]) for line in options)

    def turn(line: str) -> tuple[object, ...]:
        agrees = any(option.best for option in options[line])
        return not agrees, len(fitting[line]) or len(options[line]), days[line], line

    ties: list[Tie] = []
    for line in sorted(options, key=turn):
        fit = _fitting(options[line], amounts[line], room)
        twins = waiting[fitting[line], amounts[line]]
        found = _one(line, amounts[line], fit, twins) if fit else []
        if not fit and sums and not fitting[line]:
            found = _several(line, amounts[line], options[line], room)
        for tie in found:
            room[tie.charge] -= tie.amount
        ties += found
    return ties


def _fitting(options: list[_Option], amount: int, room: Mapping[str, int]) -> list[_Option]:
    """Return the options that have room left: those that agree best, where there are any."""
    fit = [option for option in options if room[option.charge] >= amount]
    best = [option for option in fit if option.best and room[option.charge] == option.room]
    return best or fit


def _one(line: str, amount: int, fit: list[_Option], twins: int) -> list[Tie]:
    alike = all(option.best for option in fit) and twins >= len(fit)
    how = "the only one it can be" if len(fit) == 1 else "the nearest of several that would do"
    if alike and len(fit) > 1:
        how = "one of as many as there are to answer"
    return [Tie(line, fit[0].charge, amount, len(fit), len(fit) == 1 or alike, how)]


def _several(line: str, amount: int, options: list[_Option], room: Mapping[str, int]) -> list[Tie]:
    """Find the one set of up to three untouched charges that sum to the line exactly; several sets are none."""
    parts = [option for option in options if room[option.charge] == option.room < amount][:_PARTS_TRIED]
    sets = [
        chosen
        for size in range(2, _MOST_PARTS + 1)
        for chosen in combinations(parts, size)
        if sum(option.room for option in chosen) == amount
    ]
    if len(sets) != 1:
        return []
    tried = sum(comb(len(parts), size) for size in range(2, _MOST_PARTS + 1))
    chance = tried / max(amount, 1)  # sums spread over about as many cents as the line has
    how = f"{len(sets[0])} that sum to it, the only ones of {tried} sums tried; by chance in {chance:.1%} of cases"
    return [Tie(line, part.charge, part.room, 1, chance < _COINCIDENCES, how) for part in sets[0]]

"""Patterns of the test `matches`: what is refused before any row is looked at.

The engine that runs them takes time in proportion to the text, whatever the pattern. One that would take for ever
elsewhere - a repetition of what is itself a repetition - is refused all the same: it says less than it seems to, and
a policy must mean the same wherever it is read.
"""

from __future__ import annotations

import re
import re._constants as tokens  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

_REPEATS = (tokens.MAX_REPEAT, tokens.MIN_REPEAT)
_CURE = "correct it; look-around and back-references are not taken"


def fault_of(pattern: str) -> tuple[str, str] | None:
    """Say what is wrong with a pattern and how to cure it; None where nothing is."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as fault:
        reason = re.findall(r"error: (.*)", str(fault))
        return f"is broken: {reason[-1] if reason else 'too large'}", _CURE
    if any(map(_explodes, _repeated(_parsed(pattern)))):
        return "repeats a repetition", "repeat once: 'a+' for '(a+)+', '[ab]*' for '(a|b*)*'"
    return None


def _parsed(pattern: str) -> Iterable[Any]:
    try:
        return list(parser.parse(pattern))
    except (re.error, RecursionError, OverflowError):  # a spelling that only the other engine knows
        return []


def _repeated(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield what is repeated more than once, however deep it stands."""
    for code, value in items:
        if code in _REPEATS and value[1] > 1:
            yield list(value[2])
        for part in _parts(code, value):
            yield from _repeated(part)


def _parts(code: Any, value: Any) -> list[list[Any]]:
    if code in _REPEATS:
        return [list(value[2])]
    if code is tokens.SUBPATTERN:
        return [list(value[-1])]
    return [list(branch) for branch in value[1]] if code is tokens.BRANCH else []


def _explodes(body: list[Any]) -> bool:
    """Tell whether a body that is repeated is nothing but repeats, so that a text can be shared out among them at will."""
    if len(body) == 1 and body[0][0] in {tokens.SUBPATTERN, tokens.BRANCH}:
        return any(map(_explodes, _parts(*body[0])))
    loose = [_loose(code, value) for code, value in body]
    return bool(loose) and all(loose) and any(_endless(code, value) for code, value in body)


def _loose(code: Any, value: Any) -> bool:
    """Tell whether a part may take more text or less."""
    if code in _REPEATS:
        return bool(value[0] != value[1])
    return code is tokens.SUBPATTERN and all(_loose(*inner) for inner in value[-1])


def _endless(code: Any, value: Any) -> bool:
    if code in _REPEATS and value[1] == tokens.MAXREPEAT:
        return True
    return any(_endless(*inner) for part in _parts(code, value) for inner in part)

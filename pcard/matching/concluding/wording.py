"""The text of a link: a sum a clerk can check, parts in bits, their total, and what that means in percent.

    start -11.9; amount equal +10.4; date same day +7.1; name alike +3.1; rivals -0.3 = +8.4 (99.7%)

A bit doubles the odds. The text is made for all links at once and is read back
by `explain`, so that a stored match explains itself without being computed again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from pcard.matching.arrays import Ints, each_of
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.weighing.linked import Linked
from pcard.matching.weighing.weights import total_of

_LEARNT = "known to match"
_WEAK_NAME_LEVELS = 3  # names no more than faintly alike that still weigh in favour were learnt to match
_AT_ONCE = 1 << 16  # links written at once: their pieces take more room than the text
_MOST_PERCENT = 99.9  # nothing computed is certain


def explanations(links: Linked, comparisons: tuple[BuiltIn, ...]) -> pl.Series:
    """Return each link's explanation; the parts, rounded to a tenth of a bit, sum to the total as written."""
    rows = len(links.pairs)
    some = (links.take(slice(at, at + _AT_ONCE)) for at in range(0, max(rows, 1), _AT_ONCE))
    return pl.concat(each_of(lambda part: _written(part, comparisons), some), rechunk=False)


def _written(links: Linked, comparisons: tuple[BuiltIn, ...]) -> pl.Series:
    levels = {each.name: (*each.levels, _LEARNT) for each in comparisons}
    tenths = {name: np.rint(part * 10).astype(np.int64) for name, part in links.parts.items()}
    total = np.rint(total_of(links.parts) * 10).astype(np.int64)
    # "start" is no comparison: it takes what rounding leaves over.
    tenths["start"] = total - np.sum([part for name, part in tenths.items() if name != "start"], axis=0)
    pieces = [_piece(name, part, links.levels.get(name), levels.get(name)) for name, part in tenths.items()]
    percent = np.minimum(np.rint(links.probability * 1000) / 10, _MOST_PERCENT)
    frame = pl.DataFrame([*pieces, _texts(total, _signed).alias("total"), pl.Series("percent", percent)])
    parts = pl.concat_str([piece.name for piece in pieces], separator="; ", ignore_nulls=True)
    return frame.select(pl.format("{} = {} ({}%)", parts, "total", "percent")).to_series()


def _piece(name: str, tenths: Ints, level: Ints | None, texts: tuple[str, ...] | None) -> pl.Series:
    """Return `amount equal +10.4` per link; null where the comparison had nothing to compare or a part is nought."""
    if level is None or texts is None:
        silent = (tenths == 0) & (name != "start")
        whats: tuple[str, ...] = (name,)
        what = np.zeros(len(tenths), np.int64)
    else:
        silent = level < 0
        whats = tuple(f"{name} {text}" for text in texts)
        learnt = (name == "name") & (tenths > 0) & (level < _WEAK_NAME_LEVELS)
        what = np.where(learnt, len(texts) - 1, level.astype(np.int64))
    low = int(tenths.min(initial=0))
    span = int(tenths.max(initial=0)) - low + 1
    code = np.where(silent, 0, 1 + what * span + tenths - low)

    def text(number: int) -> str | None:
        return f"{whats[(number - 1) // span]} {_signed((number - 1) % span + low)}" if number else None

    return _texts(code, text).alias(name)


def _texts(codes: Ints, text: Callable[[int], str | None]) -> pl.Series:
    """Return the text of each code, made once per code that occurs."""
    low = int(codes.min(initial=0))
    occurs = np.bincount(codes - low) > 0
    table = pl.Series([text(int(code)) for code in np.flatnonzero(occurs) + low], dtype=pl.String)
    return table.gather((np.cumsum(occurs) - 1)[codes - low])


def _signed(tenths: int) -> str:
    """Write tenths of a bit: +10.4."""
    return f"{'-' if tenths < 0 else '+'}{abs(tenths) // 10}.{abs(tenths) % 10}"

"""Text cells typed: what a document wrote, read as cents, dates, flags and counts.

Every reader returns null where the cell cannot be read; what that means for
the line is decided in `normalise`.
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from pcard.frames import Reading
from pcard.money import read_cents
from pcard.schema import Column, Kind

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)

# Money whose sign follows the source's habit; limits and taxes are written without one.
_SIGNED = frozenset({"amount", "original_amount", "total", "opening_balance", "closing_balance"})
_BREAKS = r"[\r\n\x0b\x0c\x{85}\x{2028}\x{2029}]"
_GROUPS = {".": r"[0-9][,'’ \x{a0}][0-9]{3}(?:[^0-9]|$)", ",": r"[0-9][.'’ \x{a0}][0-9]{3}(?:[^0-9]|$)"}
# The day as written: what follows it (a time of day, a zone) never moves it to another day.
_COMPACT_TIME = r"^([0-9]{8})(?:[0-9]{4}|[0-9]{6})?(?:\.[0-9]+)?(?:\s*\[[^\]]*\])?$"
_TIME = (
    r"[T ]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?"
    r"\s*(?:Z|[+\-−][0-9]{2}:?[0-9]{2}|[A-Z]{2,4}|\[[^\]]*\])?$"
)
_TIME_DIRECTIVES = re.compile(r"[T ]*%[HIT].*$")
_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


def clean(raw: pl.DataFrame) -> pl.DataFrame:
    """Trim every text cell, fold line breaks within it to a space, and make blank ones null."""
    texts = [name for name, kind in raw.schema.items() if kind == pl.String]
    broken = raw.select(pl.col(texts).str.contains(_BREAKS).any()).row(0) if texts else ()
    folded = [name for name, is_broken in zip(texts, broken, strict=True) if is_broken]
    raw = raw.with_columns(pl.col(folded).str.replace_all(rf"\s*{_BREAKS}+\s*", " ")) if folded else raw
    return raw.with_columns(pl.col(texts).str.strip_chars().replace("", None))


def typed(column: Column, reading: Reading) -> pl.Expr:
    """Read a column of cleaned text cells (named as in files) as what it holds, under its name in frames."""
    text = pl.col(column.name)
    match column.kind:
        case Kind.MONEY:
            value = _money(text, reading)
            value = -value if reading.negate and column.name in _SIGNED else value
        case Kind.DATE:
            value = read_date(text, reading.date_formats)
        case Kind.FLAG:
            word = text.str.to_lowercase()
            value = (
                pl.when(word.is_in(_TRUE)).then(pl.lit(value=True)).when(word.is_in(_FALSE)).then(pl.lit(value=False))
            )
        case Kind.COUNT:
            whole = text.str.replace_all(",", "", literal=True).str.extract(r"^(-?[0-9]{1,9})(?:\.0+)?$")
            value = whole.cast(pl.Int32)
        case _:
            value = text
    return value.alias(column.frame_name)


def _money(text: pl.Expr, reading: Reading) -> pl.Expr:
    cents = read_cents(text, reading.decimal_mark)
    if reading.thousands:
        return cents
    # `1,234` may be a thousand or one and a bit; only decimals tell.
    has_decimals = text.str.contains(rf"[{reading.decimal_mark}][0-9]")
    return pl.when(has_decimals | ~text.str.contains(_GROUPS[reading.decimal_mark])).then(cents)


def read_date(text: pl.Expr, formats: tuple[str, ...]) -> pl.Expr:
    """Read dates by the first listed format that fits, years 1990 to 2100; the written day is kept.

    Day-first and month-first formats do not mix: the first one listed settles
    the order and formats of the other order are not tried.
    """
    day = text.str.replace(_COMPACT_TIME, "$1").str.replace(_TIME, "")
    tried = [day.str.to_date(written, strict=False) for written in _one_order(formats)]
    return pl.coalesce(*(pl.when(found.is_between(FIRST_DAY, LAST_DAY)).then(found) for found in tried))


def _one_order(formats: tuple[str, ...]) -> list[str]:
    plain = list(dict.fromkeys(_TIME_DIRECTIVES.sub("", written) for written in formats))
    orders = {written: _day_first(written) for written in plain}
    settled = next((order for order in orders.values() if order is not None), None)
    return [written for written in plain if orders[written] in (None, settled)]


def _day_first(written: str) -> bool | None:
    """Tell which of day and month comes first, or None where a format cannot be mistaken."""
    day, month, year = (written.find(mark) for mark in ("%d", "%m", "%Y"))
    if min(day, month) < 0 or year == 0:
        return None
    return day < month

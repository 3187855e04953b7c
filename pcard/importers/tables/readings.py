"""What a whole column says about how it is written: order of dates, decimal mark, sign.

One value hardly tells; a column does. Where two readings survive, nothing is
guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.errors import Fault, Place
from pcard.frames import Reading
from pcard.importers.tables.layouts import Layout
from pcard.money import DecimalMark, read_cents
from pcard.schema import Kind

_NAMED = ("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y", "%d/%b/%Y")
_YMD = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
# Two-digit years first: `%Y` would read 24 as the year 24.
DATE_ORDERS: dict[str, tuple[str, ...]] = {
    "ymd": (*_YMD, *_NAMED),
    "mdy": ("%m/%d/%y", "%m/%d/%Y", "%m-%d-%y", "%m-%d-%Y", "%m.%d.%y", "%m.%d.%Y", *_YMD, *_NAMED),
    "dmy": ("%d/%m/%y", "%d/%m/%Y", "%d-%m-%y", "%d-%m-%Y", "%d.%m.%y", "%d.%m.%Y", *_YMD, *_NAMED),
}
# What a column says that tells the side of each amount.
DEBIT_WORDS, CREDIT_WORDS = frozenset({"d", "dr", "debit", "db"}), frozenset({"c", "cr", "credit"})
ORDER_WORDS = {"ymd": "year-month-day", "mdy": "month/day/year", "dmy": "day/month/year"}
_TIME = r"[T ]+\d{1,2}:\d{2}.*$"


def date_orders(columns: Sequence[pl.Series]) -> tuple[str, ...]:
    """Return the orders in which every date of these columns can be read and which read it differently.

    No order: they hold something else. One: it is settled. Two: the file does
    not tell, and a person must.
    """
    days = pl.concat([column.drop_nulls() for column in columns]) if columns else pl.Series(dtype=pl.String)
    distinct = days.unique(maintain_order=True).str.replace(_TIME, "")
    if distinct.is_empty():
        return ("ymd",)
    readings: dict[str, pl.Series] = {}
    for order, formats in DATE_ORDERS.items():
        parsed = distinct.to_frame("day").select(
            pl.coalesce(_plausible(pl.col("day").str.to_date(way, strict=False)) for way in formats)
        )["day"]
        if not parsed.null_count() and not any(parsed.equals(other) for other in readings.values()):
            readings[order] = parsed
    return tuple(readings)


def _used_formats(order: str, columns: Sequence[pl.Series]) -> tuple[str, ...]:
    """Return the formats of an order that read any of these dates; where none does, its first."""
    days = pl.concat([column.drop_nulls() for column in columns]).unique() if columns else pl.Series(dtype=pl.String)
    left, used = days.str.replace(_TIME, "").to_frame("day"), []
    for way in DATE_ORDERS[order]:
        if left.is_empty():
            break
        unread = left.filter(_plausible(pl.col("day").str.to_date(way, strict=False)).is_null())
        used += [way] if unread.height < left.height else []
        left = unread
    return tuple(used) or DATE_ORDERS[order][:1]


def _plausible(day: pl.Expr) -> pl.Expr:
    return pl.when(day.dt.year().is_between(1990, 2100)).then(day)


def decimal_marks(amounts: Sequence[pl.Series]) -> tuple[DecimalMark, ...]:
    """Return the decimal marks with which most of these amounts can be read and which read them differently."""
    text = pl.concat([column.drop_nulls() for column in amounts]) if amounts else pl.Series(dtype=pl.String)
    point, comma = (_cents(text, mark) for mark in (".", ","))
    if point.count() != comma.count():
        return (".",) if point.count() > comma.count() else (",",)
    return (".",) if point.equals(comma) else (".", ",")


def mostly_negative(amounts: pl.Series, mark: DecimalMark) -> bool:
    """Tell whether more amounts are below zero than above."""
    cents = _cents(amounts, mark)
    return int((cents < 0).sum()) > int((cents > 0).sum())


def _cents(text: pl.Series, mark: DecimalMark) -> pl.Series:
    return text.to_frame("text").select(read_cents(pl.col("text"), mark).alias("cents"))["cents"]


def settle_mark(layout: Layout, rows: pl.DataFrame, place: Place) -> tuple[DecimalMark, tuple[Fault, ...]]:
    """Return the decimal mark of a layout's amounts, as its profile says or as the whole column does."""
    wanted = layout.profile.amount.decimal
    if wanted != "infer":
        return wanted, ()
    names = {"#debit", "#credit", *layout.profile.of_kind(Kind.MONEY)} & set(layout.columns)
    marks = decimal_marks([rows[f"c{layout.columns[name]}"] for name in sorted(names)])
    if len(marks) == 1 or layout.grid.epoch:
        return marks[0], ()
    first = _first_line(rows, place, "amount")
    message = "the amounts can be read with a decimal point or with a decimal comma"
    cure = "write a profile that says `amount: {decimal: '.'}` (or ',')"
    return ".", (Fault("decimal-mark-ambiguous", first, message, cure),)


def settle_reading(
    layout: Layout, lines: pl.DataFrame, mark: DecimalMark, place: Place
) -> tuple[Reading, tuple[Fault, ...]]:
    """Return how a layout's lines are to be read, as its profile says or as whole columns do."""
    profile = layout.profile
    faults: list[Fault] = []
    bank = profile.table == "bank_lines"
    negate = (profile.amount.sign == "spend_positive") == bank
    if "#debit" in layout.columns or "#type" in layout.columns:
        negate = False  # the amounts have their signs already
    elif profile.amount.sign == "majority":
        negative = mostly_negative(lines["amount"], mark)
        negate = negative != bank and (negative or bank)
        if negative and not bank:
            message = "most amounts are below zero; they are taken as spending"
            cure = "where they are refunds, write a profile that says `amount: {sign: spend_positive}`"
            faults.append(Fault("sign-by-majority", place, message, cure, warning=True))
    formats, more = _date_formats(layout, lines, place)
    return Reading(mark, formats, negate=negate, on_bad_line=profile.on_bad_line), (*faults, *more)


def _first_line(lines: pl.DataFrame, place: Place, field: str) -> Place:
    return Place(place.source, lines["line"].to_list()[0] if lines.height else None, field=field)


def _date_formats(layout: Layout, lines: pl.DataFrame, place: Place) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    wanted = layout.profile.dates
    if not isinstance(wanted, str):
        return wanted, ()
    days = [lines[name] for name in layout.profile.of_kind(Kind.DATE) if name in layout.columns]
    orders = (wanted,) if wanted != "infer" else date_orders(days)
    if len(orders) < 2:
        # What no order reads is refused line by line.
        return _used_formats(orders[0] if orders else "mdy", days), ()
    first = _first_line(lines, place, "date")
    message = f"the dates can be read as {' or as '.join(ORDER_WORDS[order] for order in orders)}"
    cure = f"write a profile that says `dates: {orders[0]}` (or {' or '.join(orders[1:])})"
    return DATE_ORDERS[orders[0]], (Fault("date-order-ambiguous", first, message, cure),)

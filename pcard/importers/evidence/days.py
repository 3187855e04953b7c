"""The date of a receipt: a written day, told from due and delivery dates by the words beside it.

`05/06/2026` has two readings. Other dates of the page settle the order, else
an American address, amounts in dollars or a plain tax do (month first), else
another language (day first); where nothing does, the date stays unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from pcard.importers.evidence.printed import Label, Printed, Spot, beside, overlap, under, with_following
from pcard.importers.evidence.words import DAYS, MONTHS

_WORDS = "|".join(sorted(MONTHS, key=len, reverse=True))
_NUMERIC = re.compile(
    r"(?<![\w.,/-])(?P<a>\d{1,4}) ?(?P<mark>[./-]) ?(?P<b>\d{1,2}) ?(?P=mark) ?(?P<c>\d{4}|\d{2})(?![\d/%]|[.,-]\d)"
)
_NAMED = re.compile(
    rf"(?<![\w.])(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[ -]*(?:de |of )?(?P<m1>{_WORDS})\b\.?,?[ -]*(?:de |del )?(?P<y1>\d{{4}}|'?\d{{2}}(?!\d|:))"
    rf"|(?P<m2>{_WORDS})\b\.?[ -]*(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s*,?[ -]*(?P<y2>\d{{4}}))(?!\d)",
    re.IGNORECASE,
)
_TIME = re.compile(r"^,?\s{1,4}(?:at )?\d{1,2}:\d{2}")
_START = {"strong": 95, "plain": 88, "order": 72}
_UNDER, _WITH_TIME, _SOLE, _SETTLED_BY_PLACE, _FIRST_YEAR = 8, 78, 75, 10, 1990
_MOST_DATES = 300
_AMERICAN = re.compile(r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])[ ,]+\d{5}(?:-\d{4})?\b|\bUSD\b")  # fmt: skip
_SALES_TAX = re.compile(r"\btax\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\b(?:btw|tva|mwst|iva|vat|gst|gstin|factuur|facture|rechnung|factura|fattura|ltd|gmbh)\b|[€£₹]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Written(Spot):
    """A date as written: its readings, one or two."""

    readings: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """The date read, with a confidence in percent."""

    day: date
    confidence: int


def find_day(page: Printed) -> tuple[Day | None, str]:
    """Return the receipt's date, or none and why."""
    written = list(islice(dates_in(page), _MOST_DATES))
    settled, by_place = _order(page, written)
    found = sorted(_ranked(page, written), key=lambda one: -one[1])
    if not found:
        return None, "no date on it is said to be its own" if written else "no date on it"
    top, confidence = found[0]
    readings = top.readings
    if len(readings) > 1:
        if settled is None:
            return None, f"its date has two readings: {readings[0].isoformat()} and {readings[1].isoformat()}"
        readings = readings[settled : settled + 1]
        confidence -= _SETTLED_BY_PLACE * by_place
    return Day(readings[0], confidence), ""


def dates_in(page: Printed) -> Iterator[Written]:
    """Yield the dates of a page in reading order."""
    for number, line in enumerate(page.lines):
        hits = [*_NUMERIC.finditer(line), *_NAMED.finditer(line)]
        for hit in sorted(hits, key=lambda one: one.start()):
            if readings := _readings(hit):
                yield Written(number, hit.start(), hit.end(), hit[0], readings)


def _ranked(page: Printed, written: Sequence[Written]) -> Iterator[tuple[Written, int]]:
    """Yield the dates with what speaks for each."""
    claimed: set[tuple[int, int]] = set()
    for label, following in with_following(list(page.labels(DAYS))):
        found = next(iter(beside(label, written, following)), None)
        where = 0
        if found is None and page.stands_alone(label):
            found, where = _one_under(label, written), _UNDER
        if found is None or (found.line, found.start) in claimed:
            continue
        claimed.add((found.line, found.start))
        if label.kind in _START:
            yield found, _START[label.kind] - where
    free = [one for one in written if (one.line, one.start) not in claimed]
    for one in free:
        if _TIME.match(page.lines[one.line][one.end :]):
            yield one, _WITH_TIME
    if free and len({one.readings for one in free}) == 1:
        yield free[0], _SOLE


def _one_under(label: Label, written: Sequence[Written]) -> Written | None:
    """Return the date under a heading; where its column goes on with others it heads a list of charges."""
    column = [one for one in written if one.line > label.line and overlap(label, one)]
    found = under(label, column)
    return column[0] if found and len({one.readings for one in column}) == 1 else None


def _readings(hit: re.Match[str]) -> tuple[date, ...]:
    parts = hit.groupdict()
    if "mark" in parts:
        first, second, third = (int(parts[name]) for name in "abc")
        if len(parts["a"]) == 4:
            orders = [(first, second, third)] if len(parts["c"]) <= 2 else []
        elif parts["mark"] == ".":
            orders = [(_year(parts["c"]), second, first)]
        else:
            year = _year(parts["c"])
            orders = [(year, first, second), (year, second, first)]
    else:
        side = "1" if parts["m1"] else "2"
        orders = [(_year(parts[f"y{side}"]), MONTHS[parts[f"m{side}"].lower()], int(parts[f"d{side}"]))]
    return tuple(dict.fromkeys(day for order in orders if (day := _day(*order))))


def _year(text: str) -> int:
    digits = text.strip("'")
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if _FIRST_YEAR <= year <= 2100 else None
    except ValueError:
        return None


def _order(page: Printed, written: Sequence[Written]) -> tuple[int | None, bool]:
    """Return which reading holds (0 month first, 1 day first; None where nothing says so), and whether by place alone."""
    told = {_month_first(one) for one in written if len(one.readings) == 1} - {None}
    if len(told) == 1:
        return (0 if told.pop() else 1), False
    text = "\n".join(page.lines)
    dollars = any(amount.currency == "USD" for amount in page.amounts) or _SALES_TAX.search(text)
    elsewhere = bool(_ELSEWHERE.search(text))
    if told or (elsewhere and _AMERICAN.search(text)):
        return None, False
    if _AMERICAN.search(text) or (dollars and not elsewhere):
        return 0, True
    return (1, True) if elsewhere else (None, False)


def _month_first(one: Written) -> bool | None:
    """Tell which of a date's two numbers can only be the day; None where it is written in words or year first."""
    hit = _NUMERIC.fullmatch(one.text)
    if not hit or len(hit["a"]) == 4 or hit["a"] == hit["b"] or hit["mark"] == ".":
        return None
    return int(hit["b"]) > 12

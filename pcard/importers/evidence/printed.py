"""Words, amounts and places in printed text: lines whose columns stand apart by two spaces or more.

The text is what a page shows from left to right; a label's value stands beside
it on its line, or under it where the label heads a column.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

from pcard.money import cents_of

MOST_LINES = 2000
_MOST_WIDTH = 500
_CODES = "USD|CAD|EUR|GBP|CHF|AUD|INR|MXN|BRL|SEK|NOK|DKK|PLN"
_CURRENCY = rf"(?:US\$|CA?\$|A\$|R\$|[$€£₹¥]|Rs\.?|kr\.?|(?:{_CODES})(?![A-Za-z]))"
_NUMBER = r"\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{2})?(?!\d)|\d+[.,]\d{2}(?!\d)"
AMOUNT = re.compile(
    rf"(?<![\w.,/#-])(?<!\d:)(?P<before>[-−(]?\s?{_CURRENCY}\s{{0,4}}|)(?P<sign>[-−(]?)"
    rf"(?:(?P<number>{_NUMBER})(?P<after>\s{{0,2}}{_CURRENCY}|)|(?P<whole>\d+))(?P<end>\)|-(?!\d)|\s?CR\b|)"
    r"(?![\w:]|/\w|[.,]\d|-\d|\s?%)"
)
_SYMBOLS = {"$": "USD", "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "R$": "BRL", "€": "EUR", "£": "GBP"} | {
    "₹": "INR", "Rs": "INR", "Rs.": "INR", "¥": "JPY"
}  # fmt: skip
_COLUMN = re.compile(r"\S+(?: \S+)*")
_LINES_UNDER = 2


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of one line."""

    line: int
    start: int
    end: int
    text: str


S = TypeVar("S", bound=Spot)


@dataclass(frozen=True, slots=True)
class Amount(Spot):
    """An amount of money: its cents, None where its decimal mark cannot be told, and its currency where it has one."""

    cents: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Label(Spot):
    """A word that says what stands beside or under it; `kind` is the group of its vocabulary."""

    kind: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """A page or several as lines, and the amounts in them in reading order."""

    lines: tuple[str, ...]
    amounts: tuple[Amount, ...]

    def labels(self, vocabulary: re.Pattern[str]) -> Iterator[Label]:
        """Yield every label of a vocabulary (one named group a kind) in reading order."""
        for number, line in enumerate(self.lines):
            for found in vocabulary.finditer(line):
                yield Label(number, found.start(), found.end(), found[0], found.lastgroup or "")

    def stands_alone(self, label: Label) -> bool:
        """Tell whether a label is all there is in its column."""
        return any(
            cell.start() >= label.start - 1 and len(cell[0].strip(" :.*#")) <= label.end - label.start + 4
            for cell in _COLUMN.finditer(self.lines[label.line])
            if cell.start() <= label.start < cell.end()
        )


def printed(text: str) -> Printed:
    """Part a text into lines, and read the amounts in it by the decimal mark it uses."""
    lines = tuple(_tidy(line) for line in text.splitlines()[:MOST_LINES] if line.strip())
    found = [(number, hit) for number, line in enumerate(lines) for hit in AMOUNT.finditer(line) if _is_amount(hit)]
    marks = [mark for _, hit in found if (mark := _own_mark(hit["number"] or ""))]
    mark = max(".,", key=marks.count) if marks else None
    return Printed(lines, tuple(_amount(number, hit, mark) for number, hit in found))


def beside(label: Label, spots: Sequence[S], following: Label | None) -> list[S]:
    """Return the spots (in reading order) to the right of a label on its line, up to the next label."""
    stop = following.start if following and following.line == label.line else _MOST_WIDTH
    return [spot for spot in _on_lines(spots, label.line, label.line) if label.end <= spot.start < stop]


def under(label: Label, spots: Sequence[S]) -> S | None:
    """Return the first spot under a label, within two lines, that overlaps it in width."""
    below = _on_lines(spots, label.line + 1, label.line + _LINES_UNDER)
    return next((spot for spot in below if overlap(label, spot)), None)


def overlap(label: Label, spot: Spot) -> bool:
    """Tell whether a spot stands in the column a label heads."""
    return spot.start < label.end + 2 and spot.end > label.start - 2


def next_to(page: Printed, label: Label) -> Amount | None:
    """Return the amount that has the next line, or the one before, to itself where the label has its own."""
    if len(cells(page.lines[label.line])) == 1 and page.stands_alone(label):
        for number in (label.line + 1, label.line - 1):
            alone = _on_lines(page.amounts, number, number)
            if len(alone) == 1 and alone[0].text.strip() == page.lines[number].strip():
                return alone[0]
    return None


def _on_lines(spots: Sequence[S], first: int, last: int) -> Sequence[S]:
    """Return the spots of some lines; a page of a hostile PDF has a hundred thousand."""
    start = bisect_left(spots, first, key=lambda spot: spot.line)
    return spots[start : bisect_right(spots, last, start, key=lambda spot: spot.line)]


def with_following(labels: Sequence[Label]) -> Iterator[tuple[Label, Label | None]]:
    """Yield each label with the one after it."""
    yield from pairwise((*labels, None))


def cells(line: str) -> list[str]:
    """Return a line's columns."""
    return _COLUMN.findall(line)


def _tidy(line: str) -> str:
    grouped = re.sub(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3})", "’", line[:_MOST_WIDTH])
    grouped = re.sub(r"(?<![\d.,] )(?<![\w.,])(\d{1,3}) (\d{3})(?=,\d{2}(?!\d))", r"\1’\2", grouped)
    return re.sub(r"[\u00a0\u202f\u2009\u200b\t]", " ", grouped).rstrip()


def _is_amount(hit: re.Match[str]) -> bool:
    """Tell an amount from a bare whole number, which is one only beside a currency."""
    return bool(hit["number"] or hit["before"].strip(" -−("))


def _own_mark(number: str) -> str | None:
    """Return the decimal mark of a number that shows which one it is."""
    return number[-3] if len(number) > 3 and number[-3] in ".," else None


def _amount(line: int, hit: re.Match[str], mark: str | None) -> Amount:
    currency = (hit["before"].strip(" -−(") or (hit["after"] or "").strip()) or None
    cents = _cents(hit["number"] or hit["whole"], mark, dollars=currency in ("$", "US$"))
    if cents is not None and (set("-−(") & set(hit["before"] + hit["sign"]) or hit["end"].strip() in ("-", "CR")):
        cents = -cents
    code = _SYMBOLS.get(currency, currency) if currency else None
    return Amount(line, hit.start(), hit.end(), hit[0], cents, code)


def _cents(number: str, mark: str | None, *, dollars: bool) -> int | None:
    """Return a number's cents; None for `1,234` where nothing tells whether that is a thousand."""
    own = _own_mark(number)
    if own:
        whole, decimals = number[:-3], number[-2:]
    else:
        last = next((char for char in reversed(number) if char in ".,"), None)
        if last and (mark == last or (mark is None and not (dollars and last == ","))):
            return None
        whole, decimals = number, "00"
    return cents_of(Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{decimals}"))

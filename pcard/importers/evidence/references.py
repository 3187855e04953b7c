"""What a receipt names: its seller, its numbers, the last four digits of the card it was paid with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pcard.importers.evidence.days import dates_in
from pcard.importers.evidence.printed import Label, Printed, Spot, beside, cells, under, with_following
from pcard.importers.evidence.words import COMPANY, KINDS, NUMBERS, SELLER

_NUMBER = re.compile(
    r"(?<![\w/.-])(?=[A-Z/._-]{0,12}\d)[A-Z0-9](?:[A-Z0-9/._-]{1,28}[A-Z0-9])(?![\w/]|,\d)", re.IGNORECASE
)
_STARS = "[*xX•·●#]"
_MASKED = re.compile(
    rf"(?<!\d)(?:(?<!{_STARS}){_STARS}{{2,}}+|(?<!\.)\.{{3,}}+)(?:[ -]{_STARS}{{2,}}+)*+[ -]?(\d{{4}})(?!\d)"
)
_ENDING = re.compile(
    r"\b(?:ending(?: in| with)?|ends in|last (?:4|four)(?: digits)?)\D{0,12}(\d{4})(?!\d)", re.IGNORECASE
)
_BRAND = re.compile(
    r"\b(?:visa|master ?card|amex|american express|discover|mc|card(?: ?#| no\.?| number)?) {0,3}[:#]? {0,3}(\d{4})(?![\d/:.,-])",
    re.IGNORECASE,
)
_BANK = re.compile(r"\b(?:iban|bic|routing|aba|checking|savings|bank account|konto)\b", re.IGNORECASE)
_NO_NAME = re.compile(
    r"^\W*$|\d{3,}|@|www\.|https?:|[:%]|^(?:page|date|time|order|total|(?:sub|sales )?tax|subtotal|visa|thank\w*|hello|hi|dear|welcome|tel|phone|fax)\b",
    re.IGNORECASE,
)
_STORE_NUMBER = re.compile(r"\s*(?:\b(?:store|shop|no\.?)\s*)?#?\s*\d+$", re.IGNORECASE)
_WORDS_OF_KIND = re.compile(
    r"\b(?:receipt|invoice|order|payment|confirmation|statement|copy|kopie|bill|quittung|reçu|ticket|recibo|duplicate|summary"
    r"|customer|merchant)\b",
    re.IGNORECASE,
)
_MOST_NAME = 60
_LINES_OF_BUYER = 4
_LINES_OF_TILL_SLIP = 80


def find_numbers(page: Printed) -> dict[str, tuple[str, int]]:
    """Return the numbers a receipt names by kind (po_number, invoice_number, order_number) with a confidence."""
    taken = {(one.line, one.start) for one in dates_in(page)}
    spots = [
        Spot(number, hit.start(), hit.end(), hit[0])
        for number, line in enumerate(page.lines)
        for hit in _NUMBER.finditer(line)
        if (number, hit.start()) not in taken
    ]
    found: dict[str, tuple[str, int]] = {}
    for label, following in with_following(list(page.labels(NUMBERS))):
        spot = next(iter(beside(label, spots, following)), None)
        confidence = 90
        if spot and len(cells(page.lines[label.line][label.end : spot.start])) > 1:
            spot = None
        if spot is None and page.stands_alone(label):
            spot, confidence = under(label, spots), 75
        if spot and confidence > found.get(label.kind, ("", 0))[1]:
            found[label.kind] = (spot.text, confidence)
    return found


def find_last_four(page: Printed) -> tuple[str, int] | None:
    """Return the last four digits of the one card a receipt names; none where it names two."""
    for pattern, confidence in ((_MASKED, 92), (_ENDING, 90), (_BRAND, 80)):
        found = {hit[1] for line in page.lines if not _BANK.search(line) for hit in pattern.finditer(line)}
        if found:
            return (found.pop(), confidence) if len(found) == 1 else None
    return None


def find_seller(page: Printed) -> tuple[str, int] | None:
    """Return who sold: as labelled, else the one company named apart from the buyer's address, else a slip's first line."""
    buyers = set(_buyer_lines(page))
    for label in page.labels(SELLER):
        if label.kind == "seller" and _says_so(page, label):
            beside_it = [
                one for one in cells(page.lines[label.line][label.end :].strip(" :")) if not _NO_NAME.search(one)
            ]
            below = page.lines[label.line + 1 : label.line + 3] if page.stands_alone(label) else ()
            named = next((one for one in (*beside_it[:1], *_companies(below)) if len(one) <= _MOST_NAME), None)
            if named:
                return _name(named), 85
    for number, line in enumerate(page.lines):
        if number not in buyers and (company := next(_companies([line]), None)):
            return _name(company), 78
    if len(page.lines) <= _LINES_OF_TILL_SLIP:
        for number, line in enumerate(page.lines[:3]):
            first = _STORE_NUMBER.sub("", cells(line)[0])
            if number in buyers or _WORDS_OF_KIND.search(first) or _NO_NAME.search(first):
                continue
            return (_name(first), 65) if len(first) <= _MOST_NAME else None
    return None


def kind_of(page: Printed) -> str | None:
    """Return what a document calls itself in its headings; an invoice that mentions a quote is an invoice."""
    heads = [one for line in page.lines for one in cells(line) if len(one) <= _MOST_NAME and len(one.split()) <= 4]
    for kind, pattern in KINDS:
        if any(pattern.match(one.lstrip("*# ")) or (kind == "invoice" and pattern.search(one)) for one in heads):
            return kind
    return None


def _buyer_lines(page: Printed) -> Iterator[int]:
    """Yield the lines of addresses that are the buyer's."""
    for label in page.labels(SELLER):
        if label.kind == "buyer":
            yield from range(label.line, label.line + _LINES_OF_BUYER + 1)


def _says_so(page: Printed, label: Label) -> bool:
    """Tell a label from a word in a sentence: a colon follows, it ends in a preposition, or it heads a column."""
    rest = page.lines[label.line][label.end :]
    return rest.lstrip().startswith(":") or label.text.endswith((" by", " to", " of")) or page.stands_alone(label)


def _companies(lines: tuple[str, ...] | list[str]) -> Iterator[str]:
    """Yield the columns that are a company's name with its legal form."""
    for line in lines:
        for one in cells(line):
            if hit := COMPANY.search(one):
                name = re.sub(
                    r"^.*\b(?:sold by|received by|by|copyright|©)\s+(?:\d{4}\s+)?",
                    "",
                    one[: hit.end()],
                    flags=re.IGNORECASE,
                )
                if 3 < len(name) <= _MOST_NAME and name[0].isupper():
                    yield name


def _name(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,:;|-*#") or text

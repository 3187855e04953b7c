"""Packets: one PDF a cardholder and cycle, a signed log of charges on top and the receipts behind it.

Each page behind the log is a receipt of its own, unless it says that it is page
2 of 3. A page whose total is read belongs to the log's row of that amount; one
that is not read belongs to the row that names the page, if the log does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Extract, Skipped
from pcard.importers.evidence.days import Written, dates_in
from pcard.importers.evidence.fields import Fields, find_fields
from pcard.importers.evidence.pdf_text import Page
from pcard.importers.evidence.printed import Printed, Spot, cells, printed
from pcard.importers.evidence.receipts import NOTHING, Piece, extract_of, piece
from pcard.importers.evidence.references import find_last_four
from pcard.importers.evidence.told import Told
from pcard.money import format_cents, parse_cents

_TITLE = re.compile(
    r"\b(?:(?:purchas\w+|procurement|p|credit)[ -]?card|cardholder|transaction|monthly|receipt|charge) (?:\w+ )?"
    r"(?:log|activity report|reconciliation|packet|statement of account)\b",
    re.IGNORECASE,
)
_HOLDER = re.compile(
    r"\b(?:card ?holder|employee|name of (?:card ?holder|employee))(?:'s)?(?: name)?[ ]*:[ ]*([^\d:_\n]+?)(?:[ ]{2,}|$)",
    re.IGNORECASE | re.MULTILINE,
)
_TRANSACTION = re.compile(r"\b(?:transaction|trans|txn)\.? ?(?:#|no\.?|number|id)", re.IGNORECASE)
_PAGE = re.compile(r"\b(?:pages?|pg|receipt)\.? ?(?:#|no\.?|number)?(?=\s|$)", re.IGNORECASE)
_TOTAL = re.compile(r"^\W*(?:grand |log |cycle |statement )?total\b", re.IGNORECASE)
_OF_PAGES = re.compile(r"\bpage\s*:?\s*(\d{1,3})\s*(?:of|/)\s*(\d{1,3})\b", re.IGNORECASE)
_LEAST_ROWS_OF_PAGE = 2
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Row:
    """One row of a log: what the cardholder wrote of a charge."""

    number: int
    readings: tuple[date, ...]
    merchant: str
    cents: int
    transaction: str | None = None
    page: int | None = None

    def __str__(self) -> str:
        """Return the row as it is pointed at."""
        return f"row {self.number} of the log: {self.merchant}, {format_cents(self.cents)}"


@dataclass(frozen=True)
class Log:
    """The pages of a log, its rows, and whose they are; `stated_cents` is the total it states."""

    pages: int
    rows: tuple[Row, ...]
    told: Told
    stated_cents: int | None = None


def is_packet(pages: Sequence[Page]) -> bool:
    """Tell a packet by a first page that calls itself a log and has rows, with pages behind it."""
    return len(pages) > 1 and bool(_TITLE.search(pages[0].text)) and bool(read_log(pages, Told()).rows)


def read_log(pages: Sequence[Page], told: Told) -> Log:
    """Read the log on top of a packet; what its file's name tells yields to what it says itself."""
    first = printed(pages[0].text)
    rows = list(_rows(first, 1))
    count = 1
    for text in (page.text for page in pages[1:-1]):
        more = list(_rows(printed(text), len(rows) + 1))
        if len(more) < _LEAST_ROWS_OF_PAGE or not (_TITLE.search(text) or _is_continued(text)):
            break
        rows += more
        count += 1
    card = find_last_four(first)
    holder = _HOLDER.search(pages[0].text)
    own = Told(card=card[0] if card else told.card, cardholder=holder[1].strip() if holder else told.cardholder)
    totals = [one.cents for one in first.amounts if _TOTAL.match(first.lines[one.line])]
    return Log(count, tuple(rows), own, totals[-1] if totals and count == 1 else None)


def read_packet(document: Document, pages: Sequence[Page], told: Told, kept: bytes | None) -> Extract:
    """Return a receipt for each page or several behind the log, indexed by the log's rows."""
    log = read_log(pages, told)
    left = list(log.rows)
    pieces: list[Piece] = []
    further: list[Skipped] = []
    for start, stop in _receipts(pages, log.pages):
        text = "\n".join(page.text for page in pages[start:stop])
        fields = find_fields(text, min(page.certainty for page in pages[start:stop])) if text.strip() else NOTHING
        row = _row_of(fields, start + 1, left)
        if row:
            left.remove(row)
        shown = f"{start + 1}-{stop}" if stop > start + 1 else f"{start + 1}"
        pieces.append(_indexed(piece(document, fields, _told(log, row), line=start + 1, page=shown), row))
        further += [
            Skipped(page + 1, f"a further page of the receipt on page {start + 1}") for page in range(start + 1, stop)
        ]
    skipped = [Skipped(page, "the log on top of the packet") for page in range(1, log.pages + 1)] + further
    extract = extract_of("packet", document, pieces, skipped=skipped, kept=kept)
    return replace(extract, faults=(*extract.faults, *_remarks(document, log, left, pieces)))


def _rows(page: Printed, first: int) -> Iterator[Row]:
    """Yield the lines of a log that begin with a date and end with an amount."""
    dates: dict[int, list[Written]] = {}
    for one in dates_in(page):
        dates.setdefault(one.line, []).append(one)
    amounts = {one.line: one for one in page.amounts if one.cents}  # the last of each line
    heads = {name: list(_heads(page, pattern)) for name, pattern in (("transaction", _TRANSACTION), ("page", _PAGE))}
    number = first
    for line, found in sorted(dates.items()):
        amount = amounts.get(line)
        if amount is None or amount.start < found[0].end or amount.cents is None:
            continue
        between = cells(page.lines[line][found[-1 if found[-1].end < amount.start else 0].end : amount.start])
        merchant = next((one for one in between if sum(map(str.isalpha, one)) > 2), "")
        if not merchant:
            continue
        named = {name: _under_head(page, line, spots) for name, spots in heads.items()}
        page_number = named["page"] or ""
        transaction = named["transaction"] if any(map(str.isdigit, named["transaction"] or "")) else None
        yield Row(
            number,
            found[0].readings,
            merchant,
            amount.cents,
            transaction,
            int(page_number) if page_number.isdigit() else None,
        )
        number += 1


def _heads(page: Printed, pattern: re.Pattern[str]) -> Iterator[Spot]:
    """Yield where a column's heading stands: in a line of headings, one of which is a date's."""
    for number, line in enumerate(page.lines):
        if re.search(r"\bdate\b", line, re.IGNORECASE):
            yield from (Spot(number, hit.start(), hit.end(), hit[0]) for hit in pattern.finditer(line))


def _under_head(page: Printed, line: int, heads: Sequence[Spot]) -> str | None:
    """Return the word of a row under a heading."""
    for head in heads:
        for hit in _WORD.finditer(page.lines[line]):
            if head.line < line and hit.start() < head.end and hit.end() > head.start:
                return hit[0]
    return None


def _is_continued(text: str) -> bool:
    found = _OF_PAGES.search(text)
    return bool(found and int(found[1]) > 1)


def _receipts(pages: Sequence[Page], first: int) -> Iterator[tuple[int, int]]:
    """Yield the pages of each receipt, from and up to: `page 2 of 2` goes with the page before it."""
    start = first
    for page in range(first + 1, len(pages) + 1):
        if page == len(pages) or not _follows(pages[page - 1].text, pages[page].text):
            yield start, page
            start = page


def _follows(before: str, text: str) -> bool:
    one, two = _OF_PAGES.search(before), _OF_PAGES.search(text)
    return bool(one and two and int(two[1]) == int(one[1]) + 1 and one[2] == two[2])


def _row_of(fields: Fields, page: int, left: Sequence[Row]) -> Row | None:
    """Return the row a page belongs to: the one that names the page, else the one of its amount (and date, of several)."""
    named = [row for row in left if row.page == page]
    if len(named) == 1:
        return named[0]
    cents = parse_cents(fields.cells.get("total", ""))
    same = [row for row in left if cents is not None and row.cents == cents and row.page is None]
    if len(same) > 1:
        same = [row for row in same if fields.cells.get("date") in {day.isoformat() for day in row.readings}]
    return same[0] if len(same) == 1 else None


def _told(log: Log, row: Row | None) -> Told:
    return replace(log.told, transaction=row.transaction) if row else log.told


def _indexed(one: Piece, row: Row | None) -> Piece:
    """Say which row a page belongs to; a page that was not read has the row's day, by which its charge is found."""
    if row is None or one.why:
        return one
    said = {"description": "; ".join(filter(None, (str(row), one.cells["description"])))}
    if not one.cells.get("total") and len(row.readings) == 1:
        said["date"] = row.readings[0].isoformat()
    return replace(one, cells={**one.cells, **said})


def _remarks(document: Document, log: Log, left: Sequence[Row], pieces: Sequence[Piece]) -> Iterator[Fault]:
    """Warn of rows without a receipt, of receipts of another card, and of a log that does not add up."""
    for one in pieces:
        card = one.cells.get("card")
        if log.told.card and card and card != log.told.card:
            message = f"{one.name} was paid with card {card}, the log is of card {log.told.card}"
            cure = "ask the cardholder whose purchase it is"
            yield Fault("packet-other-card", document.place(one.line), message, cure, warning=True)
    if left:
        rows = "; ".join(str(row) for row in left[:12])
        message = f"rows of the log to which no page could be given: {len(left)} ({rows})"
        cure = "nothing to do where unread pages are theirs; else ask the cardholder for the receipts"
        yield Fault("packet-row-open", document.place(1), message, cure, warning=True)
    total = sum(row.cents for row in log.rows)
    if log.stated_cents is not None and log.stated_cents != total:
        message = f"the log states a total of {format_cents(log.stated_cents)}, its rows give {format_cents(total)}"
        cure = "ask the cardholder to correct the log, or enter the rows that could not be read"
        yield Fault("packet-log-total", document.place(1), message, cure, warning=True)

"""What a receipt's text says, each field with a confidence; a field below the bar stays unread, and why is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pcard.importers.evidence.days import find_day
from pcard.importers.evidence.printed import Printed, printed
from pcard.importers.evidence.references import find_last_four, find_numbers, find_seller, kind_of
from pcard.importers.evidence.totals import find_tax, find_total
from pcard.money import format_cents

LEAST_CONFIDENCE = 60
_LEAST_OF_TOTAL = 70


@dataclass(frozen=True)
class Fields:
    """The cells read under the names of `receipts` (and `invoice_number`, `currency`), as text.

    `confidence` in percent by name; `unread` says of vendor, date and total why each was not read.
    """

    cells: Mapping[str, str]
    confidence: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


def find_fields(text: str, certainty: int = 100) -> Fields:
    """Read a receipt's text: total, date, vendor, tax, card, numbers and kind.

    `certainty`, in percent, is of the text itself, where it was read from a picture.
    """
    page = printed(text)
    found: dict[str, tuple[str, int]] = {}
    unread: dict[str, str] = {}
    _money(page, found, unread)
    day, why = find_day(page)
    if day:
        found["date"] = (day.day.isoformat(), day.confidence)
    else:
        unread["date"] = why
    if seller := find_seller(page):
        found["vendor"] = seller
    else:
        unread["vendor"] = "no seller on it can be told from the buyer"
    if card := find_last_four(page):
        found["card"] = card
    found |= find_numbers(page)
    sure = {name: one for name, one in found.items() if one[1] >= LEAST_CONFIDENCE}
    sure = {name: (value, min(percent, certainty)) for name, (value, percent) in sure.items()}
    cells = {name: value for name, (value, _) in sure.items()}
    if kind := kind_of(page):
        cells["kind"] = kind
    return Fields(cells, {name: confidence for name, (_, confidence) in sure.items() if name != "currency"}, unread)


def _money(page: Printed, found: dict[str, tuple[str, int]], unread: dict[str, str]) -> None:
    total, rivals = find_total(page)
    if total and total.confidence >= _LEAST_OF_TOTAL:
        found["total"] = (format_cents(total.cents), total.confidence)
        if total.currency:
            found["currency"] = (total.currency, 100)
        if tax := find_tax(page, total):
            found["tax"] = (format_cents(tax.cents), tax.confidence)
    elif total and rivals:
        amounts = " and ".join(format_cents(cents) for cents in (total.cents, *rivals[:2]))
        unread["total"] = f"its total has several readings: {amounts}"
    elif total:
        unread["total"] = "no amount on it is surely its total"
    else:
        unread["total"] = "no amount on it is called its total" if page.amounts else "no amount on it"

"""What a file's name tells of the receipt in it: its transaction, or the last four digits of its card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

_CARD = re.compile(r"(?:card|ending|ending in|last4|lastfour|x{2,}|\*{2,})[ _.#-]*(\d{4})(?!\d)", re.IGNORECASE)
_FOUR = re.compile(r"(?<![\d.])(\d{4})(?!\d)")
# What cameras, scanners and browsers name a file.
_BY_MACHINE = re.compile(
    r"^(?:img|dsc[nf]?|pxl|mvimg|vid|screen ?shot|scan|scanned|image|photo|picture|whatsapp|fullsizerender|doc|document"
    r"|file|page|unnamed|download|attachment|cam|p\d{7}$)(?![a-z])",
    re.IGNORECASE,
)
_COPY = re.compile(r"(?:[ _-]+\(?\d{1,2}\)?|\(\d{1,2}\)|[ _-]+p(?:age|g)?[ _-]?\d{1,3})$", re.IGNORECASE)
_TRANSACTION = re.compile(r"(?:[A-Z]{1,6}[-_]?)?\d[\d-]{3,29}", re.IGNORECASE)
_DAY = re.compile(r"^(?:19|20)\d{2}[-_. ]?\d{2}(?:[-_. ]?\d{2})?$|^\d{1,2}[-_.]\d{1,2}[-_.](?:\d{4}|\d{2})$")
_SAID = re.compile(
    r"\b(TXN-?\d{4,20})\b|\b(?:transaction|trans|txn)\.? *(?:#|no\.?|number)? *:? *([A-Z]{0,4}-?\d{4,20})\b",
    re.IGNORECASE,
)
_YEARS = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class Told:
    """What a receipt belongs to, where that is known."""

    transaction: str | None = None
    card: str | None = None
    cardholder: str | None = None

    def or_else(self, other: Told) -> Told:
        """Return what this tells, and of the other what this does not; a transaction needs no card beside it."""
        if self.transaction:
            return self
        return Told(other.transaction, self.card or other.card, self.cardholder or other.cardholder)

    def cells(self) -> dict[str, str]:
        """Return what is known under the names of `receipts`."""
        known = {"transaction": self.transaction, "card": self.card, "cardholder": self.cardholder}
        return {name: value for name, value in known.items() if value}


NOTHING_TOLD = Told()


def told_by_name(name: str) -> Told:
    """Read a file's name: `TXN12345.jpg`, `12345_1.png`, `card-4471.pdf`, `4471 2026-09.pdf`.

    Four digits alone are a card's; a date or what a camera calls its pictures tells nothing.
    """
    stem = PurePosixPath(name.replace("\\", "/")).stem.strip()
    if found := _CARD.search(stem):
        return Told(card=found[1])
    if _BY_MACHINE.match(stem) or _is_day(stem):
        return Told()
    bare = _COPY.sub("", stem)
    if len(bare) > 4 and _TRANSACTION.fullmatch(bare) and not _is_day(bare):
        return Told(transaction=bare)
    # What is left of a date is no card.
    undated = re.sub(r"(?<!\d)(?:19|20)\d{2}(?:[-_.]?\d{2}){1,2}(?!\d)", " ", stem)
    fours = {four for four in _FOUR.findall(undated) if int(four) not in _YEARS}
    return Told(card=fours.pop()) if len(fours) == 1 else Told()


def told_by_text(text: str) -> Told:
    """Read a line a person wrote, a message's subject: `TXN12345`, `transaction 12345`, `card ending 4471`."""
    if found := _SAID.search(text):
        return Told(transaction=found[1] or found[2])
    return Told(card=found[1]) if (found := _CARD.search(text)) else Told()


def _is_day(stem: str) -> bool:
    if not _DAY.match(stem):
        return False
    digits = re.sub(r"\D", "", stem)
    formats = ("%Y%m%d", "%Y%m", "%d%m%Y", "%m%d%Y")
    return any(_fits(digits, one) for one in formats) or len(digits) != 8


def _fits(digits: str, written: str) -> bool:
    try:
        return datetime.strptime(digits, written).year in _YEARS  # noqa: DTZ007  a day without a time
    except ValueError:
        return False

"""What an OFX document says about its accounts: read by ofxparse from the skeleton around the transactions.

ofxparse alone is quadratic in the transactions, moves days across time zones
and reads `1,234` as 1.234. Here it gets a short, well-formed text without
transactions: leaves closed, empty ones dropped, dates cut to the bank's day,
balances in plain form.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.importers.bank_files.ofx_amounts import plain_amount
from pcard.importers.bank_files.ofx_scan import AGAIN, Section

MAX_DEPTH = 64
MAX_TAGS = 100_000  # beside the transactions: some five thousand accounts, two seconds of ofxparse
_HEADER = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\n\n"
_TAG = re.compile(r"<(/?)([A-Z][A-Z0-9._]*)\s*(/?)>([^<]*)")
_CLOSING = re.compile(r"</([A-Z][A-Z0-9._]*)>")
_STATUS = re.compile(
    r"(?:<CODE>([^<]*)</CODE>)?<SEVERITY>([^<]*)</SEVERITY>(?:<MESSAGE>([^<]*)</MESSAGE>)?",
)
# ofxparse raises where a status has no code, and keeps one of them: they are read by `statuses`.
_STATUSES = re.compile(r"</?SONRS>|<STATUS>.*?</STATUS>", re.DOTALL)
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_PLAIN_NUMBER = re.compile(r"^-?[0-9]*\.?[0-9]+$")
_DAY = re.compile(r"^[0-9]{8}")
# Written in place of what cannot be read, so that ofxparse says so instead of guessing.
_UNREADABLE = "?"
# Holdings, pending lines and securities are not read, and ofxparse raises on some of them.
_NOT_READ = frozenset(
    {"INVTRANLIST", "INVPOSLIST", "INVBAL", "INVOOLIST", "INV401K", "INV401KBAL", "SECLIST", "BANKTRANLISTP"}
)
_KIND_ORDER = ("bank", "card", "investment")  # the order in which ofxparse lists accounts


@dataclass(frozen=True, slots=True)
class Status:
    """The bank's own word on a request: `severity` is INFO, WARN or ERROR."""

    code: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class Account:
    """The account of one section and the days its statement spans; `unread` tells that a date or balance is unreadable."""

    kind: str
    line: int
    number: str
    currency: str | None
    opened: date | None
    closed: date | None
    balance: Decimal | None
    unread: bool

    @property
    def last_four(self) -> str | None:
        """The last four digits of the number, or of its letters where it has fewer digits."""
        digits = re.sub(r"[^0-9]", "", self.number)
        return (digits if len(digits) >= 4 else self.number)[-4:] or None


def well_formed(skeleton: str, document: Document) -> str:
    """Write a skeleton anew with every leaf closed and no empty ones.

    Raises:
        Refused: its tags are nested too deep, or too many.
    """
    aggregates = frozenset(_CLOSING.findall(skeleton))
    written: list[str] = []
    path: list[str] = []
    unread: str | None = None
    for slash, name, empty, text in _TAG.findall(skeleton):
        value = text.strip()
        if unread:
            unread = None if slash and name == unread else unread
        elif name in _NOT_READ and not slash and not empty:
            unread = name
        elif slash:
            _close(name, path, written)
        elif value:
            written.append(f"<{name}>{_leaf(name, value)}</{name}>")
        elif name in aggregates and not empty:
            written.append(f"<{name}>")
            path.append(name)
            if len(path) > MAX_DEPTH:
                message = f"its tags are nested more than {MAX_DEPTH} deep, as in no bank's file"
                raise Refused(Fault("ofx-nested-too-deep", document.place(), message, AGAIN))
    if len(written) > MAX_TAGS:
        message = f"it holds more than {MAX_TAGS:,} tags beside its transactions"
        raise Refused(Fault("ofx-too-many-tags", document.place(), message, "download fewer accounts into one file"))
    return "".join(written) + "".join(f"</{name}>" for name in reversed(path))


def _close(name: str, path: list[str], written: list[str]) -> None:
    """Close an aggregate and what is still open in it; the closing tag of a leaf says nothing new."""
    if name not in path:
        return
    if written[-1] == f"<{name}>" and not name.endswith("STMTRS"):
        written.pop()
        path.pop()
        return
    while True:
        inner = path.pop()
        written.append(f"</{inner}>")
        if inner == name:
            return


def _leaf(name: str, value: str) -> str:
    if name.startswith("DT"):
        return value[:8] if _DAY.match(value) else _UNREADABLE
    if name == "BALAMT":
        plain = plain_amount(value)
        return plain if _PLAIN_NUMBER.match(plain) else _UNREADABLE
    return _BARE_AMPERSAND.sub("&amp;", value).replace(">", "&gt;")


def statuses(whole: str) -> Iterator[Status]:
    """Yield each status in a well-formed skeleton; ofxparse keeps only one of them."""
    for code, severity, message in _STATUS.findall(whole):
        yield Status(code, severity.upper(), message)


def accounts(whole: str, sections: Sequence[Section], document: Document) -> list[Account]:
    """Return the account of each section, in their order. ofxparse keeps settings on its class: one parse at a time.

    Raises:
        Refused: ofxparse cannot read the skeleton, or finds fewer accounts than sections.
    """
    # It costs a tenth of a second to load, which only OFX documents should pay.
    from ofxparse import OfxParser  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        skeleton = _HEADER + _STATUSES.sub("", whole)
        try:
            parsed = OfxParser.parse(io.BytesIO(skeleton.encode()), fail_fast=False).accounts
        except Exception:  # noqa: BLE001  # it raises whatever its libraries raise
            parsed = []
    order = sorted(range(len(sections)), key=lambda index: _KIND_ORDER.index(sections[index].kind))
    if len(parsed) < len(order):
        message = "what the file says about its accounts, around the transactions, cannot be read"
        raise Refused(Fault("ofx-structure-broken", document.place(sections[0].line), message, AGAIN))
    found = {index: _account(parsed[place], sections[index]) for place, index in enumerate(order)}
    return [found[index] for index in range(len(sections))]


def _account(parsed: Any, section: Section) -> Account:
    statement = parsed.statement
    balance = getattr(statement, "balance", None)
    opened = _day(getattr(statement, "start_date", None))
    closed = _day(getattr(statement, "end_date", None)) or _day(getattr(statement, "balance_date", None))
    currency = (parsed.curdef or getattr(statement, "currency", "") or "").upper() or None
    number, unread = parsed.account_id or "", bool(statement.warnings)
    return Account(section.kind, section.line, number, currency, opened, closed, balance, unread)


def _day(moment: object) -> date | None:
    return moment.date() if isinstance(moment, datetime) else None

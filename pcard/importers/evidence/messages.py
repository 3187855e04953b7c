"""E-mail messages (.eml): each attachment a document of its own; else the message's text, where it is a receipt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as rules

import polars as pl

from pcard.card_numbers import redact
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Extract, Skipped
from pcard.importers.evidence.containers import MOST_PARTS, Part, read_parts, whole
from pcard.importers.evidence.fields import Fields, find_fields
from pcard.importers.evidence.number_cutting import without_numbers
from pcard.importers.evidence.receipts import VERSION, extract_of, piece
from pcard.importers.evidence.told import told_by_text
from pcard.importers.refusing import faults_as_values

_HEADER = re.compile(
    rb"^(?:From|To|Date|Subject|MIME-Version|Received|Message-ID|Return-Path|Delivered-To|Content-Type):",
    re.IGNORECASE | re.MULTILINE,
)
_LEAST_HEADERS = 3
_FORWARDED_FROM = re.compile(r"^[> \t]{0,20}From:\s*\"?([^\"<\n]+?)\"?\s*<", re.MULTILINE)
_IS_FORWARD = re.compile(r"^\s*(?:fwd?|wg|tr|rv)\s*:", re.IGNORECASE)
_BY_HEADER = 70  # percent: the sender sells, and writes on the day of the sale
_DECORATION_BYTES = 20_000  # a logo or signature within the text; a photograph is larger
_MOST_HTML = 2_000_000
_DAMAGED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Message:
    """Reads one message; a forwarded one is read through to the message it carries."""

    name = "email"
    version = VERSION

    def identify(self, document: Document) -> bool:
        """Tell by the headers on top, or by the ending of the name."""
        found = {one.upper() for one in _HEADER.findall(document.content[:8192])}
        return len(found) >= _LEAST_HEADERS or (bool(found) and document.name.lower().endswith(".eml"))

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return the receipts in the message, its other parts as skipped, or the fault that refuses it."""
        try:
            return _read(document)
        except _DAMAGED:  # the parser meets headers that no mail program writes with many kinds of errors
            cure = "save the message anew from the mail program as .eml"
            message = "the message is damaged and cannot be read"
            raise Refused(Fault("message-unreadable", document.place(), message, cure)) from None


def _read(document: Document) -> Extract:
    message = message_from_bytes(document.content, policy=rules)
    leaves = {number: part for number, part in enumerate(message.walk(), 1) if not part.is_multipart()}
    if len(leaves) > MOST_PARTS:
        message_text = f"the message has {len(leaves):,} parts; at most {MOST_PARTS:,} are read"
        raise Refused(
            Fault("message-too-many-parts", document.place(), message_text, "forward its receipts one by one")
        )
    subject = redact(str(message.get("subject") or ""))[0]
    told = told_by_text(subject)
    passed = {number: why for number, part in leaves.items() if (why := _no_evidence(part))}
    parts = (
        Part(number, _name_of(part, number), _content(part), told)
        for number, part in leaves.items()
        if number not in passed and not _is_body(part)
    )
    opened = read_parts(document, parts)
    text, cut = _body(leaves, document.name)
    kept = {**opened.kept, **cut}
    skipped = tuple(Skipped(number, why, _name_of(leaves[number], number)) for number, why in passed.items())
    extra = [Extract("", VERSION, {}, skipped=skipped)]
    if not any("receipts" in one.lines for one in opened.extracts):
        extra.append(extract_of(Message.name, document, [piece(document, _of_text(message, text, subject), told)]))
    instead = _without(message, kept) if kept or _shows_in_headers(message) else None
    extract = whole(Message.name, document, opened, *extra, kept=instead)
    return _sent_by(extract, message, subject)


def _is_body(part: EmailMessage) -> bool:
    return part.get_content_type() in ("text/plain", "text/html") and not part.get_filename()


def _no_evidence(part: EmailMessage) -> str | None:
    """Return why a part is no evidence: a logo within the text, a calendar, a signature."""
    if part.get_content_maintype() == "image" and part.get("content-id") and len(_content(part)) < _DECORATION_BYTES:
        return "a small picture within the message's text"
    if not _is_body(part) and not part.get_filename() and part.get_content_maintype() not in ("image", "application"):
        return f"a part of the message without a name ({part.get_content_type()})"
    return None if _content(part) or _is_body(part) else "it is empty"


def _content(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _name_of(part: EmailMessage, number: int) -> str:
    name = (part.get_filename() or f"part-{number}").replace("\\", "/").rpartition("/")[2]
    return redact(name)[0] or f"part-{number}"


def _body(leaves: Mapping[int, EmailMessage], name: str) -> tuple[str, dict[int, bytes]]:
    """Return the message's own text, plain before HTML, and by number the texts in which card numbers were cut."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    cut: dict[int, bytes] = {}
    for number, part in leaves.items():
        if _is_body(part):
            kind = part.get_content_type()
            written = str(part.get_content())
            text, count = without_numbers(_shown(written[:_MOST_HTML]) if kind == "text/html" else written, name)
            texts[kind].append(text)
            if count or redact(written)[1]:
                cut[number] = text.encode()
    return "\n".join(texts["text/plain"] or texts["text/html"]), cut


def _shown(html: str) -> str:
    """Return what a page of HTML shows: rows as lines, cells as columns; nothing is fetched."""
    from bs4 import BeautifulSoup  # noqa: PLC0415  slow to load, and few messages need it

    page = BeautifulSoup(html, "lxml")
    for hidden in page(["script", "style", "head", "title"]):
        hidden.decompose()
    for cell in page(["td", "th"]):
        cell.append("   ")
    for block in page(["br", "p", "div", "tr", "li", "table", "h1", "h2", "h3", "h4"]):
        block.append("\n")
    return re.sub(r"\n\s*\n", "\n", page.get_text())


def _of_text(message: EmailMessage, text: str, subject: str) -> Fields:
    """Read the message's text; its sender and day stand in where the text does not surely name a seller or a date."""
    fields = find_fields(text)
    if "total" not in fields.cells:
        return fields
    cells, confidence, unread = dict(fields.cells), dict(fields.confidence), dict(fields.unread)
    for name, value in (("vendor", _seller(message, text, subject)), ("date", _sent(message))):
        if value and confidence.get(name, 0) < _BY_HEADER:
            cells[name], confidence[name] = value, _BY_HEADER
            unread.pop(name, None)
    return Fields(cells, confidence, unread)


def _seller(message: EmailMessage, text: str, subject: str) -> str | None:
    """Return the sender's name; of a forwarded message, the first sender's."""
    if found := _FORWARDED_FROM.search(text):
        return found[1].strip()
    return None if _IS_FORWARD.match(subject) else _sender(message)


def _sender(message: EmailMessage) -> str | None:
    addresses = getattr(message["from"], "addresses", ())
    named = next((one.display_name or one.domain for one in addresses), None)
    return redact(named)[0] if named else None


def _sent(message: EmailMessage) -> str | None:
    """Return the day the message was sent, as its sender's clock had it."""
    sent = getattr(message["date"], "datetime", None)
    return sent.date().isoformat() if sent else None


def _sent_by(extract: Extract, message: EmailMessage, subject: str) -> Extract:
    sent = f"by mail from {_sender(message) or 'nobody named'} on {_sent(message) or 'a day not named'}: {subject}"
    said = pl.lit(sent, pl.String)
    frames = {
        table: frame.with_columns(
            pl.concat_str(said, pl.col("description").replace("", None), separator="; ", ignore_nulls=True).alias(
                "description"
            )
            if "description" in frame.columns
            else said.alias("description")
        )
        for table, frame in extract.lines.items()
    }
    return replace(extract, lines=frames)


def _shows_in_headers(message: EmailMessage) -> bool:
    return any(redact(str(value))[1] for part in message.walk() for value in part.values())


def _without(message: EmailMessage, kept: Mapping[int, bytes]) -> bytes:
    """Return the message with what is kept in place of some parts, and without card numbers in its headers."""
    for number, part in enumerate(list(message.walk()), 1):
        if number in kept:
            text = kept[number].decode("utf-8", "replace")
            if _is_body(part):
                part.set_content(text)
            else:
                part.set_content(text, disposition="attachment", filename=f"{_name_of(part, number)}.txt")
        for header, value in _cut_headers(part):
            part.replace_header(header, value)
    return message.as_bytes()


def _cut_headers(part: EmailMessage) -> Iterator[tuple[str, str]]:
    for header, value in part.items():
        cut, count = redact(str(value))
        if count:
            yield header, cut

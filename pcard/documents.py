"""A file as it arrived: its bytes without full card numbers, and a place in it.

Card numbers are cut here, before any importer sees the file: every run of
digits that is a payment card's number (length, range and check digit of the
brand) keeps its length and its last four digits. What is kept as the original
is this redacted copy; `sha256` is of the file as received.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from pcard.errors import Fault, Place, Refused

MAX_BYTES = 512 * 1024 * 1024

# One separator may stand between two digits of a number as people print it.
_GAP = r"[ \-.\u00a0\u200b]?"


def _digits(count: str) -> str:
    return rf"(?:{_GAP}\d){{{count}}}"


# Lengths by first digit: Visa 4 (13-19), Mastercard 5 and 2 (16), Amex and Diners 3 (14-19), Discover and UnionPay
# 6 (12-19), UATP 1 (15); ISO/IEC 7812-1. A lookahead, so that a run that fails does not swallow one that begins in it.
_CARD_NUMBER = re.compile(
    r"(?<!\d)(?=([4４٤]" + _digits("12,18") + r"|[5５٥]" + _digits("15") + r"|[3３٣]" + _digits("13,18")
    + r"|[6６٦]" + _digits("11,18") + r"|[2２٢]" + _digits("15") + r"|[1１١]" + _digits("14") + r"))"
)  # fmt: skip
# A first, fast look at every line; only lines that may hold a number are read closely.
_MAY_HOLD = r"(?:^|[^\d])(?:[\d&&[^02789]]|2[2-7])(?:[ \-.\u00a0\u200b]?\d){11}"
# Track data and card verification values may never be stored, not even encrypted (PCI DSS 3.3.1).
_SENSITIVE = r"(?i)%B\d{12,19}\^|;\d{12,19}=\d{4}|\b(?:cvv2?|cvc2?|cid)\s*[:=#]?\s*\d{3,4}\b|\bPIN\s+block\b"


@dataclass(frozen=True)
class Document:
    """One file: its name and bytes with card numbers cut, the hash of what arrived."""

    name: str
    content: bytes
    sha256: str
    cut_count: int = 0

    @cached_property
    def text(self) -> str:
        """The content as text, by byte-order mark, UTF-8, else Windows-1252."""
        return decode(self.content)[0]

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip archive (XLSX among them)."""
        return self.content.startswith(b"PK\x03\x04")

    def place(self, line: int | None = None, column: int | None = None, field: str | None = None) -> Place:
        """Return a place in this document."""
        return Place(self.name, line, column, field)


def open_document(path: Path) -> Document:
    """Read a file and cut the card numbers in it.

    Raises:
        Refused: missing, unreadable, empty, too large, or holding data that may never be stored.
    """
    name = redact(path.name)[0]
    place = Place(name)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refused(
                Fault(
                    "file-too-large", place, "the file is larger than 512 MB", "split it by cycle and import each part"
                )
            )
        raw = path.read_bytes()
    except OSError as fault:
        why = fault.strerror or "it cannot be read"
        cure = "check the name and that no other program has it open"
        raise Refused(Fault("file-unreadable", place, f"cannot read it: {why}", cure)) from None
    if not raw.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Refused(Fault("file-empty", place, "the file is empty", "download it again; nothing was changed"))
    return document_of(name, raw)


def document_of(name: str, raw: bytes) -> Document:
    """Make a document from bytes; the same cutting and refusals as `open_document`.

    A gzip file stands for the file inside it.
    """
    digest = hashlib.sha256(raw).hexdigest()
    if raw.startswith(b"\x1f\x8b"):
        name, raw = name.removesuffix(".gz"), _gunzip(raw, name)
    content, cut_count = _redact_zip(raw, name) if raw.startswith(b"PK\x03\x04") else _redact_bytes(raw, name)
    return Document(name, content, digest, cut_count)


def _gunzip(raw: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            content = packed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        fault = Fault("archive-broken", Place(name), "the compressed file is cut short or damaged", "download it again")
        raise Refused(fault) from None
    if len(content) > MAX_BYTES:
        cure = "split it by cycle and import each part"
        raise Refused(Fault("file-too-large", Place(name), "the file unpacks to more than 512 MB", cure))
    return content


def decode(raw: bytes) -> tuple[str, str]:
    """Return the text of bytes and the codec that gave it.

    Byte-order mark first, then UTF-8, then Windows-1252; the five bytes that
    Windows-1252 leaves open become Latin-1 controls, so every file decodes.
    """
    for mark, codec in (
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\0\0\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"\xef\xbb\xbf", "utf-8-sig"),
    ):
        if raw.startswith(mark):
            return raw.decode(codec, "replace").lstrip("\ufeff"), codec
    for codec in ("utf-8", "cp1252"):
        try:
            return raw.decode(codec), codec
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), "latin-1"


def redact(text: str) -> tuple[str, int]:
    """Cut every card number in a text to its last four digits; return how many were cut."""
    lines = text.split("\n")
    total = 0
    for index in pl.Series(lines).str.contains(_MAY_HOLD).arg_true():
        lines[index], count = _redact_line(lines[index])
        total += count
    return ("\n".join(lines), total) if total else (text, 0)


def _redact_line(text: str) -> tuple[str, int]:
    parts: list[str] = []
    done = count = 0
    for found in _CARD_NUMBER.finditer(text):
        start = found.start()
        end = _card_number_end(text, start, found.end(1)) if start >= done else start
        if end > start:
            parts += (text[done:start], mask(text[start:end]))
            done = end
            count += 1
    return "".join((*parts, text[done:])), count


def _card_number_end(text: str, start: int, last: int) -> int:
    """Return where the longest card number that begins at `start` ends, or `start` where none does."""
    for end in range(last, start + 11, -1):
        whole = text[end - 1].isdigit() and not text[end : end + 1].isdigit()
        if whole and is_card_number(text[start:end]):
            return end
    return start


def mask(number: str) -> str:
    """Replace all digits but the last four by `*`, keeping length and separators."""
    last_four = [index for index, char in enumerate(number) if char.isdigit()][-4:]
    keep_from = last_four[0] if last_four else len(number)
    return "".join("*" if char.isdigit() and index < keep_from else char for index, char in enumerate(number))


def is_card_number(number: str) -> bool:
    """Tell whether digits (in any script, separators allowed) are a card's by range and check digit (Luhn)."""
    digits = [int(char) for char in number if char.isdigit()]
    if len(set(digits)) == 1 or not _in_range(digits):
        return False
    doubled = [digit if index % 2 == 0 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0


def _in_range(digits: list[int]) -> bool:
    length, lead = len(digits), int("".join(map(str, digits[:4])))
    match lead // 1000:
        case 4:
            return length in (13, 16, 18, 19)
        case 5:
            return length == 16
        case 3:
            return length in (14, 15, 16, 17, 18, 19)
        case 6:
            return 12 <= length <= 19
        case 2:
            return length == 16 and 2200 <= lead <= 2720
        case _:
            return length == 15


def _redact_bytes(raw: bytes, name: str) -> tuple[bytes, int]:
    """Redact text in its own encoding, so that the kept copy has the same length; other bytes as Latin-1."""
    text, codec = (
        decode(raw)
        if b"\0" not in raw[:4096] or raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        else (raw.decode("latin-1"), "latin-1")
    )
    _refuse_sensitive(text, name)
    redacted, count = redact(text)
    return (redacted.encode(codec), count) if count else (raw, 0)


def _redact_zip(raw: bytes, name: str) -> tuple[bytes, int]:
    """Redact each XML or text part of an archive; only an archive that held a number is written anew."""
    try:
        source = zipfile.ZipFile(io.BytesIO(raw))
        parts = source.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return raw, 0  # the spreadsheet importer says what is wrong with it
    if sum(part.file_size for part in parts) > MAX_BYTES or len(parts) > 1000:
        return raw, 0
    total = 0
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for part in parts:
                content, count = _redact_bytes(source.read(part), name)
                target.writestr(part, content)
                total += count
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError):
        return raw, 0
    return (out.getvalue(), total) if total else (raw, 0)


def _refuse_sensitive(text: str, name: str) -> None:
    lines = pl.Series(text.split("\n")).str.contains(_SENSITIVE).arg_true()
    if len(lines):
        message = "this line holds a card verification value, PIN or magnetic-stripe data, which may never be kept"
        cure = "ask the sender for a file without it, and delete this one"
        raise Refused(Fault("sensitive-authentication-data", Place(name, lines[0] + 1), message, cure))

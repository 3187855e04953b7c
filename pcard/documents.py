"""A file as it arrived: its bytes without full card numbers, and a place in it.

Card numbers are cut here, before any importer sees the file (`card_numbers`).
What is kept as the original is this redacted copy; `sha256` is of the file as
received.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pcard.card_numbers import decode, redact, redact_bytes
from pcard.errors import Fault, Place, Refused

MAX_BYTES = 512 * 1024 * 1024


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
    content, cut_count = redact_bytes(raw, name)
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

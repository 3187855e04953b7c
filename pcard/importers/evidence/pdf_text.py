"""A PDF's text, page by page, card numbers cut; read by pypdf in a limited process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pcard.card_numbers import redact, redact_bytes
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.escape import for_terminal
from pcard.importers.limited import read_limited

_CHILD = Path(__file__).with_name("pdf_child.py")
_MEMORY_BYTES = 1024**3
_SECONDS = 60
MOST_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True)
class PdfText:
    """A PDF's pages as text, empty where a page is a scan; `cut_count` card numbers were in it, seen or unseen."""

    pages: tuple[str, ...]
    cut_count: int


def is_pdf(document: Document) -> bool:
    """Tell a PDF by its first bytes; blanks may stand before them."""
    return document.content[:1024].lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith(b"%PDF-")


def read_pdf(document: Document) -> PdfText:
    """Return a PDF's text.

    Raises:
        Refused: pypdf is not installed, or the PDF is locked, too large, damaged, or shows what may never be kept.
    """
    if find_spec("pypdf") is None:
        cure = "install what reads PDFs: pip install 'pcard[receipts]'"
        raise Refused(Fault("pdf-reader-missing", document.place(), "reading PDFs is not installed here", cure))
    if len(document.content) > MOST_BYTES:
        message = f"the PDF is larger than {MOST_BYTES // 1024**2} MB"
        raise Refused(Fault("pdf-too-large", document.place(), message, "split it, a cardholder or a cycle each"))
    try:
        answer = json.loads(read_limited(_CHILD, document.content, memory_bytes=_MEMORY_BYTES, seconds=_SECONDS))
    except ValueError as fault:
        message = f"the PDF cannot be read: {for_terminal(redact(str(fault))[0])}"
        cure = "open it, print it to a new PDF, and import that"
        raise Refused(Fault("pdf-unreadable", document.place(), message, cure)) from None
    match answer.get("refused"):
        case "locked":
            cure = "open it with its password, print it to a new PDF, and import that"
            raise Refused(Fault("pdf-locked", document.place(), "the PDF is locked by a password", cure))
        case "pages":
            message = f"the PDF has {answer['count']:,} pages, more than are read from one"
            raise Refused(
                Fault("pdf-too-many-pages", document.place(), message, "split it, a cardholder or a cycle each")
            )
        case _:
            return _without_numbers(answer["pages"], answer["digits"], document.name)


def _without_numbers(pages: list[tuple[str, str]], digits: list[str], name: str) -> PdfText:
    unseen = redact("\n".join(digits))[1]
    kept: list[str] = []
    shown = 0
    for laid, flowing in pages:
        text, count = without_numbers(laid, name)
        kept.append(text)
        shown += max(count, without_numbers(flowing, name)[1])
    return PdfText(tuple(kept), max(shown, unseen))


def without_numbers(text: str, name: str) -> tuple[str, int]:
    """Cut the card numbers in printed text, whose groups may stand several spaces apart; return how many were cut.

    Raises:
        Refused: it shows verification values, PIN or stripe data, which may never be kept.
    """
    # The line break before it: a text must not be taken for another kind of file by how it begins.
    cut, count = redact_bytes(b"\n" + text.encode("utf-8", "replace"), name)
    lines = cut[1:].decode("utf-8").split("\n")
    for index, line in enumerate(lines):
        closer, more = redact(re.sub(r"\s{2,}", " ", line))
        if more:
            lines[index], count = closer, count + more
    return "\n".join(lines), count

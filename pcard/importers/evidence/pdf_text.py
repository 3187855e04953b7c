"""A PDF's text, page by page, card numbers cut; read by pypdf in a limited process."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pcard.card_numbers import redact
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.escape import for_terminal
from pcard.importers.evidence.number_cutting import without_numbers
from pcard.importers.evidence.picture_text import LEAST_CERTAIN, read_pictures
from pcard.importers.limited import read_limited

_CHILD = Path(__file__).with_name("pdf_child.py")
_MEMORY_BYTES = 1024**3
_SECONDS = 60
MOST_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """A page's text, empty where it is a scan nobody read; `certainty` in percent is of one read as a picture."""

    text: str
    certainty: int = 100


@dataclass(frozen=True)
class PdfText:
    """A PDF's pages; `cut_count` card numbers were in it, seen or unseen."""

    pages: tuple[Page, ...]
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
        message = f"the PDF is damaged, or too much for its reader ({for_terminal(redact(str(fault))[0])})"
        cure = "open it, print it to a new PDF, and import that"
        raise Refused(Fault("pdf-unreadable", document.place(), message, cure)) from None
    match answer.get("refused"):
        case "locked":
            cure = "open it with its password, print it to a new PDF, and import that"
            raise Refused(
                Fault(
                    "pdf-locked",
                    document.place(),
                    "the PDF is locked, by a password or in a way that is not opened here",
                    cure,
                )
            )
        case "pages":
            message = f"the PDF has {answer['count']:,} pages, more than are read from one"
            raise Refused(
                Fault("pdf-too-many-pages", document.place(), message, "split it, a cardholder or a cycle each")
            )
        case _:
            return _without_numbers(answer, document.name)


def _without_numbers(answer: Mapping[str, Any], name: str) -> PdfText:
    """Cut the numbers on the pages; scans among them are read as pictures where that is installed."""
    scans = {number: b64decode(scan) for number, scan in enumerate(answer["scans"]) if scan}
    read = dict(zip(scans, read_pictures(list(scans.values()), name), strict=True)) if scans else {}
    kept: list[Page] = []
    shown = 0
    for number, (laid, flowing) in enumerate(answer["pages"]):
        text, count = without_numbers(laid, name)
        page = Page(text)
        if (picture := read.get(number)) and picture.certainty >= LEAST_CERTAIN:
            page, count = Page(picture.text, picture.certainty), picture.cut_count
        kept.append(page)
        shown += max(count, without_numbers(flowing, name)[1])
    return PdfText(tuple(kept), max(shown, redact("\n".join(answer["digits"]))[1]))

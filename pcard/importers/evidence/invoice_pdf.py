"""PDF receipts and invoices with a text layer, and packets of them; scans are taken as present, unread."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Extract
from pcard.importers.evidence.fields import find_fields
from pcard.importers.evidence.packets import is_packet, read_packet
from pcard.importers.evidence.pdf_text import PdfText, is_pdf, read_pdf
from pcard.importers.evidence.receipts import NOTHING, VERSION, extract_of, piece
from pcard.importers.evidence.told import NOTHING_TOLD, Told, told_by_name
from pcard.importers.refusing import faults_as_values

_STATEMENT = re.compile(
    r"minimum payment|credit limit|available credit|credit line|annual percentage rate", re.IGNORECASE
)


@dataclass
class InvoicePdf:
    """Reads one receipt or invoice from a PDF, or a packet: a log of charges with the receipts behind it.

    `told` is what the message or folder it came in tells of it; its own name says more.
    """

    told: Told = NOTHING_TOLD
    name: str = "invoice_pdf"
    version: str = VERSION

    def identify(self, document: Document) -> bool:
        """Tell a PDF by its first bytes."""
        return is_pdf(document)

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return the receipts, each page that could not be read said, or the faults that refuse it."""
        return _read(document, told_by_name(document.name).or_else(self.told))


def _read(document: Document, told: Told) -> Extract:
    pdf = read_pdf(document)
    kept = _text_instead(document, pdf) if pdf.cut_count else None
    if is_packet(pdf.pages):
        return read_packet(document, pdf.pages, told, kept)
    whole = "\n".join(page.text for page in pdf.pages)
    if len({found.lower() for found in _STATEMENT.findall(whole)}) > 1:
        message = "this is a statement, not a receipt"
        cure = "download the statement as CSV or a spreadsheet and import that"
        raise Refused(Fault("pdf-statement", document.place(), message, cure))
    if not whole.strip() and told.card and len(pdf.pages) > 1:
        scans = [piece(document, NOTHING, told, line=page, page=str(page)) for page in range(1, len(pdf.pages) + 1)]
        return extract_of("packet", document, scans, kept=kept)
    fields = find_fields(whole, min(page.certainty for page in pdf.pages)) if whole.strip() else NOTHING
    return extract_of(InvoicePdf.name, document, [piece(document, fields, told)], kept=kept)


def _text_instead(document: Document, pdf: PdfText) -> bytes:
    """Return what is kept in place of a PDF that shows full card numbers: its text, with them cut."""
    head = f"{document.name}: the text of a PDF (SHA-256 {document.sha256}) that showed full card numbers, cut here.\n"
    pages = (f"\n--- page {number} ---\n{page.text}\n" for number, page in enumerate(pdf.pages, 1))
    return (head + "".join(pages)).encode()

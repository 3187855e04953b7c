"""Files that hold files: each inner one is a document of its own, read by whoever knows it, and placed in its container."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pcard.documents import Document, document_of
from pcard.errors import Refused, errors_of
from pcard.extensions import Importer
from pcard.frames import Extract, Skipped
from pcard.importers.evidence.einvoice import EInvoice
from pcard.importers.evidence.invoice_pdf import InvoicePdf
from pcard.importers.evidence.pictures import Picture
from pcard.importers.evidence.receipts import VERSION, merged, not_all_taken, once, placed
from pcard.importers.evidence.told import NOTHING_TOLD, Told

MOST_PARTS = 1000
# These say what holds for every file of the kind, so that a container refuses as a whole and not file by file.
_FOR_ALL = frozenset({"pdf-reader-missing", "sensitive-authentication-data"})


@dataclass(frozen=True)
class Part:
    """One file in a container: its number in it (from 1), its name, its bytes, and what is told of it."""

    number: int
    name: str
    content: bytes
    told: Told = NOTHING_TOLD


@dataclass(frozen=True)
class Opened:
    """What became of a container's files: the extracts, those not taken, and what is kept instead of which part."""

    extracts: tuple[Extract, ...]
    kept: dict[int, bytes]


def readers(told: Told) -> tuple[Importer, ...]:
    """Return what reads single pieces of evidence."""
    return InvoicePdf(told), Picture(told), EInvoice()


def read_parts(container: Document, parts: Iterable[Part], others: tuple[Importer, ...] = ()) -> Opened:
    """Read each part with the importer that knows it.

    A part that is refused by itself is skipped with its reason and listed; the others are taken.

    Raises:
        Refused: a part shows what may never be kept, or what reads such parts is not installed.
    """
    extracts: list[Extract] = []
    kept: dict[int, bytes] = {}
    lost: list[str] = []
    for part in parts:
        inner = document_of(part.name, part.content)
        reader = next((one for one in (*readers(part.told), *others) if one.identify(inner)), None)
        extract = reader.extract(inner) if reader else _unknown(inner)
        if refusing := errors_of(extract.faults):
            if any(fault.code in _FOR_ALL for fault in refusing):
                raise Refused(*refusing)
            lost.append(part.name)
            extract = Extract("", VERSION, {}, skipped=(Skipped(part.number, refusing[0].message, part.name),))
        if extract.kept is not None or inner.content != part.content:
            kept[part.number] = extract.kept if extract.kept is not None else inner.content
        extracts.append(placed(container, part.number, extract))
    if lost:
        extracts.append(Extract("", VERSION, {}, faults=(not_all_taken(container, lost),)))
    return Opened(tuple(extracts), kept)


def whole(importer: str, container: Document, opened: Opened, *extra: Extract, kept: bytes | None) -> Extract:
    """Join a container's parts, each receipt once."""
    return once(container, merged(importer, container, (*opened.extracts, *extra), kept=kept))


def _unknown(inner: Document) -> Extract:
    reason = "no receipt: neither a PDF, a picture nor an e-invoice; if it is a table, import it by itself"
    return Extract("", VERSION, {}, skipped=(Skipped(1, reason, inner.name),))

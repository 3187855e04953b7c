"""Files that hold files: each inner one is a document of its own, read by whoever knows it, and placed in its container."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pcard.documents import Document, document_of
from pcard.errors import Fault, Refused, errors_of
from pcard.extensions import Importer
from pcard.frames import Extract, Skipped
from pcard.importers.evidence.einvoice import EInvoice
from pcard.importers.evidence.invoice_pdf import InvoicePdf
from pcard.importers.evidence.pictures import Picture
from pcard.importers.evidence.receipts import VERSION, merged, not_all_taken, once, placed
from pcard.importers.evidence.told import NOTHING_TOLD, Told

MOST_PARTS = 1000
_MOST_NAMED = 12
# These say what holds for every file of the kind, so that a container refuses as a whole and not file by file.
_FOR_ALL = frozenset({"pdf-reader-missing", "sensitive-authentication-data"})
# A part refused for these was read through; of any other nobody knows what it hides.
_LOOKED_INTO = frozenset({"receipt-unread", "container-without-receipts"})
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz")
_UNKNOWN = "no receipt: neither a PDF, a picture nor an e-invoice; if it is a table, import it by itself"
_NOT_LOOKED_INTO = b"This part could not be looked into and is not kept."


@dataclass(frozen=True)
class Part:
    """One file in a container: its number in it (from 1), its name, its bytes, and what is told of it."""

    number: int
    name: str
    content: bytes
    told: Told = NOTHING_TOLD


@dataclass(frozen=True)
class Opened:
    """What became of a container's files: the extracts, and by number what is kept in place of a part."""

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
        extract, instead = _read_part(part, others)
        if instead is not None:
            kept[part.number] = instead
        if why := _why_refused(extract):
            lost.append(part.name)
            extract = _not_taken(part, why)
        extracts.append(placed(container, part.number, part.name, extract))
    if lost:
        extracts.append(Extract("", VERSION, {}, faults=(not_all_taken(container, lost),)))
    return Opened(tuple(extracts), kept)


def _read_part(part: Part, others: tuple[Importer, ...]) -> tuple[Extract, bytes | None]:
    """Return what is read of a part, and what is kept in its place where it shows card numbers or may hide some."""
    if part.name.casefold().endswith(_ARCHIVES):
        return _not_taken(part, "an archive within: unpack it and import it by itself"), _NOT_LOOKED_INTO
    inner = document_of(part.name, part.content)
    reader = next((one for one in (*readers(part.told), *others) if one.identify(inner)), None)
    extract = reader.extract(inner) if reader else _not_taken(part, _UNKNOWN)
    if extract.kept is not None:
        return extract, extract.kept
    if {fault.code for fault in errors_of(extract.faults)} - _LOOKED_INTO:
        return extract, _NOT_LOOKED_INTO
    return extract, inner.content if inner.content != part.content else None


def _why_refused(extract: Extract) -> str | None:
    refusing = errors_of(extract.faults)
    if any(fault.code in _FOR_ALL for fault in refusing):
        raise Refused(*refusing)
    if refusing:
        return refusing[0].message
    return None if all(control.agrees for control in extract.controls) else "its sums disagree with its own lines"


def whole(importer: str, container: Document, opened: Opened, *extra: Extract, kept: bytes | None) -> Extract:
    """Join a container's parts, each receipt once; one of which nothing could be taken is refused."""
    joined = once(container, merged(importer, container, (*opened.extracts, *extra), kept=kept))
    if joined.lines or errors_of(joined.faults):
        return joined
    reasons = "; ".join(f"{one.text}: {one.reason}" for one in joined.skipped[:_MOST_NAMED])
    cure = "name the files by transaction (TXN12345.jpg) or card (card-4471.jpg), or send them by themselves"
    fault = Fault(
        "container-without-receipts", container.place(), f"no receipt could be taken from it ({reasons})", cure
    )
    return Extract(importer, VERSION, {}, faults=(fault,), kept=kept)


def _not_taken(part: Part, why: str) -> Extract:
    return Extract("", VERSION, {}, skipped=(Skipped(part.number, why, part.name),))

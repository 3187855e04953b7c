"""Evidence as receipts: what was read of a file, or that it is there.

A receipt is *read* where its total is; where it is not, it is *present, unread*:
it answers whether there is a receipt, never whether the amount agrees, and
needs a transaction, a card or a cardholder to belong to. What is neither is
not taken, and said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Extract, Reading, Skipped
from pcard.importers.evidence.fields import Fields
from pcard.importers.evidence.told import Told

# An e-invoice in a message writes its date without hyphens.
READING = Reading(date_formats=("%Y-%m-%d", "%Y%m%d"), thousands=False)
VERSION = "1"
_MOST_NAMED = 12
_HASH_DIGITS = 12
# What is said once of a container, not once a part.
_OF_THE_WHOLE = frozenset({"original-not-kept", "receipts-present-unread"})
_COLUMNS = (
    "id", "vendor", "date", "total", "tax", "file", "transaction", "card", "cardholder", "kind", "po_number",
    "order_number", "description",
)  # fmt: skip
NOTHING = Fields({}, {}, {"total": "no text on it"})


@dataclass(frozen=True)
class Piece:
    """One receipt found at a place: its cells, or why there is none, and whether its total was read."""

    line: int
    name: str
    cells: Mapping[str, str]
    why: str | None = None  # it is not taken
    unread: Mapping[str, str] | None = None


def piece(document: Document, fields: Fields, told: Told, *, line: int = 1, page: str | None = None) -> Piece:
    """Return a document (or a page of it) as a receipt, as what it says and what its name tells allow.

    `told` is what the document's name, its message or its packet's log say it belongs to.
    """
    name = f"{document.name}#page={page}" if page else document.name
    belongs = {key: value for key, value in told.cells().items() if key != "card" or "card" not in fields.cells}
    cells = {**fields.cells, **belongs}
    known = [key for key in ("transaction", "card", "cardholder") if key in cells]
    if "total" not in fields.cells and not known:
        return Piece(line, name, {}, why=f"{fields.unread['total']}, and nothing names its transaction or card")
    order_number = cells.get("order_number") or cells.get("invoice_number")
    whole = {
        # A read receipt is one however often it is sent in; one unread is there for each transaction it is named by.
        "id": receipt_id(document.content, page, None if "total" in fields.cells else told.transaction),
        "file": name,
        **cells,
        **({"order_number": order_number} if order_number else {}),
        "description": "; ".join(_words(fields)),
    }
    return Piece(line, name, whole, unread=fields.unread)


def _words(fields: Fields) -> Iterator[str]:
    """Say of a receipt what no column of its own holds: how sure the reading is, the invoice's number, the currency."""
    if "invoice_number" in fields.cells:
        yield f"invoice {fields.cells['invoice_number']}"
    if "currency" in fields.cells:
        yield f"amounts in {fields.cells['currency']}"
    if fields.confidence:
        yield "read with confidence in percent: " + ", ".join(
            f"{name} {one}" for name, one in sorted(fields.confidence.items())
        )


def receipt_id(content: bytes, page: str | None = None, transaction: str | None = None) -> str:
    """Name a receipt by its bytes, so that the same one by mail and in an archive is one."""
    parts = [hashlib.sha256(content).hexdigest()[:_HASH_DIGITS], f"p{page}" if page else "", transaction or ""]
    return "-".join(["r", *filter(None, parts)])


def extract_of(
    importer: str,
    document: Document,
    pieces: Sequence[Piece],
    *,
    skipped: Sequence[Skipped] = (),
    kept: bytes | None = None,
) -> Extract:
    """Return the receipts found in a document; one of which nothing could be taken is refused.

    `kept` is what is kept in the document's place where it shows full card numbers.
    """
    taken = [one for one in pieces if one.why is None]
    lost = [one for one in pieces if one.why is not None]
    faults = [*_not_read(document, taken), *original_not_kept(document, kept)]
    if lost and not taken:
        return Extract(
            importer, VERSION, {}, faults=tuple(_not_taken(document, one) for one in lost[:_MOST_NAMED]), kept=kept
        )
    if lost:
        faults.append(not_all_taken(document, [one.name for one in lost]))
    return Extract(
        importer,
        VERSION,
        {"receipts": _frame(taken)},
        reading=READING,
        skipped=(*skipped, *(Skipped(one.line, one.why or "", one.name) for one in lost)),
        faults=tuple(faults),
        kept=kept,
    )


def merged(importer: str, document: Document, parts: Sequence[Extract], *, kept: bytes | None = None) -> Extract:
    """Join what was read of a document's parts, each already placed (`placed`)."""
    frames = [frame for part in parts for table, frame in part.lines.items() if table == "receipts"]
    faults = [fault for part in parts for fault in part.faults if fault.code not in _OF_THE_WHOLE]
    unread = [name for frame in frames for name in _unread_in(frame)]
    return Extract(
        importer,
        VERSION,
        {"receipts": pl.concat(frames, how="diagonal")} if frames else {},
        reading=READING,
        skipped=tuple(chain.from_iterable(part.skipped for part in parts)),
        controls=tuple(chain.from_iterable(part.controls for part in parts)),
        faults=(*_present_unread(document, unread), *faults, *original_not_kept(document, kept)),
        cut=frozenset().union(*(part.cut for part in parts)),
        kept=kept,
    )


def once(document: Document, extract: Extract) -> Extract:
    """Leave of receipts with the same bytes the first; warn of a file that stands for several transactions."""
    if "receipts" not in extract.lines:
        return extract
    frame = extract.lines["receipts"]
    first = frame.unique("id", keep="first", maintain_order=True)
    again = frame.filter(~pl.col("id").is_first_distinct()).join(first.select("id", earlier="file"), on="id")
    skipped = tuple(
        Skipped(line, f"the same file as {earlier}", name)
        for line, name, earlier in again.select("line", "file", "earlier").rows()
    )
    shared = tuple(_shared(document, names) for names in _of_several_transactions(frame))
    lines = {**extract.lines, "receipts": first}
    return replace(extract, lines=lines, skipped=(*extract.skipped, *skipped), faults=(*extract.faults, *shared))


def _of_several_transactions(frame: pl.DataFrame) -> list[list[str]]:
    """Return the files with the same bytes that name different transactions; the pages of a packet may."""
    if "transaction" not in frame.columns:
        return []
    whole = frame.filter(pl.col("id").str.starts_with("r-") & ~pl.col("file").str.contains("#page=", literal=True))
    files = whole.group_by(pl.col("id").str.slice(0, len("r-") + _HASH_DIGITS)).agg("file", "transaction")
    return sorted(files.filter(pl.col("transaction").list.n_unique() > 1)["file"].list.sort().to_list())


def _shared(document: Document, names: Sequence[str]) -> Fault:
    message = f"one file stands for several transactions: {_listed(names)}"
    cure = "nothing to do if one receipt covers them all; else ask for the receipt that is missing"
    return Fault("evidence-shared", document.place(), message, cure, warning=True)


def placed(container: Document, line: int, name: str, extract: Extract) -> Extract:
    """Return an inner document's extract as found in its container: part number `line`, its file named from it."""
    prefix = pl.lit(f"{container.name}/")
    frames = {
        table: frame.with_columns(
            pl.lit(line, pl.Int32).alias("line"),
            (prefix + (pl.col("file") if "file" in frame.columns else pl.lit(name))).alias("file"),
        )
        for table, frame in extract.lines.items()
    }
    faults = [replace(one, place=container.place(line, field=one.place.source)) for one in extract.faults]
    skipped = [replace(one, line=line) for one in extract.skipped]
    return replace(extract, lines=frames, skipped=tuple(skipped), faults=tuple(faults))


def not_all_taken(document: Document, names: Sequence[str]) -> Fault:
    """Warn of the parts of a document that were not taken."""
    message = f"parts that were not taken: {len(names)} ({_listed(names)})"
    cure = "pcard export refusals says why; name them by transaction (TXN12345.jpg) or card (card-4471.jpg) and import them"
    return Fault("evidence-not-taken", document.place(), message, cure, warning=True)


def original_not_kept(document: Document, kept: bytes | None) -> tuple[Fault, ...]:
    """Warn that the original shows full card numbers and is not what is kept."""
    if kept is None:
        return ()
    message = "it shows full card numbers, or has parts nobody can look into: these are not kept as they are"
    cure = "the text with the numbers cut is kept, and the SHA-256 of what was received; delete the file where it came from"
    return (Fault("original-not-kept", document.place(), message, cure, warning=True),)


def _not_taken(document: Document, one: Piece) -> Fault:
    cure = "name the file by transaction (TXN12345.pdf) or card (card-4471.pdf), or enter it in a table of receipts"
    return Fault("receipt-unread", document.place(one.line), f"{one.name} cannot be taken: {one.why}", cure)


def _not_read(document: Document, taken: Sequence[Piece]) -> list[Fault]:
    """Warn of receipts that are present and unread, and of fields that were left empty."""
    unread = [one for one in taken if "total" not in one.cells]
    reasons = {(one.unread or {}).get("total", "") for one in unread}
    faults = [*_present_unread(document, [one.name for one in unread], reasons.pop() if len(reasons) == 1 else "")]
    for one in taken:
        if "total" in one.cells and one.unread:
            said = "; ".join(f"{name}: {why}" for name, why in sorted(one.unread.items()))
            message = f"left empty in {one.name}: {said}"
            cure = "nothing to do unless the charge finds no receipt; then link it by hand"
            faults.append(Fault("receipt-field-unread", document.place(one.line), message, cure, warning=True))
    return faults


def _present_unread(document: Document, names: Sequence[str], why: str = "") -> Iterator[Fault]:
    if names:
        message = f"present, unread: {len(names)} ({_listed(names)}){f'; {why}' if why else ''}"
        cure = (
            "they count as receipts, their amounts are not compared; pcard[ocr] reads pictures, or enter the amounts in a"
            " table of receipts"
        )
        yield Fault("receipts-present-unread", document.place(), message, cure, warning=True)


def _unread_in(frame: pl.DataFrame) -> list[str]:
    """Return which receipts of a frame have no total."""
    if "file" not in frame.columns:
        return []
    total = pl.col("total") if "total" in frame.columns else pl.lit(None, pl.String)
    return frame.filter(total.is_null())["file"].to_list()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _frame(pieces: Sequence[Piece]) -> pl.DataFrame:
    names = [name for name in _COLUMNS if any(name in one.cells for one in pieces)]
    rows = [[one.cells.get(name) for name in names] for one in pieces]
    frame = pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.Series("line", [one.line for one in pieces], pl.Int32))

"""What a workbook's archive says before anything reads it: sizes, parts, references, cells that are no value."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from pcard.documents import Document
from pcard.errors import Fault, Place, Refused

MOST_PARTS = 1000
MOST_BYTES = 200 * 1024 * 1024
MOST_RATIO = 200
MOST_ROWS = 1_048_576
MOST_CELLS = 30_000_000  # in the rectangle from A1 to the last row and column
_CURE = "ask the sender for a plain copy"
_SMALL = 1024 * 1024  # below this a high ratio is harmless
_EPOCH_1900 = date(1899, 12, 30)  # as counted from 1 March 1900 on; Excel's 29 February 1900 never was
_EPOCH_1904 = date(1904, 1, 1)

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_ROW = re.compile(rb"<row[^>]*?\br=\"(\d{1,10})\"")
_COLUMN = re.compile(rb"<c\b[^>]*?\br=\"([A-Za-z]{1,8})\d")
_WIDE = re.compile(rb"r=\"[A-Za-z]{2,}\d")
_FILLED = re.compile(rb"<c\b[^>]*?\br=\"([A-Z]{1,3})\d+\"[^>/]*>(?!</c>)")
_TYPED = re.compile(rb"<c\b([^>]*?\bt=\"([eb])\"[^>]*)>")
_FORMULA = re.compile(rb"<c\b([^>]*)><f(?:[^>]*/>|[^>]*>[^<]*</f>)(<v>[^<])?")
_REFERENCE = re.compile(rb"\br=\"([A-Z]{1,3})(\d{1,7})\"")


@dataclass(frozen=True)
class Inspected:
    """The day dates are counted from, and per sheet the cells that are no plain value, by (line, column)."""

    epoch: date = _EPOCH_1900
    sheets: tuple[Mapping[tuple[int, int], str], ...] = field(default_factory=tuple)

    def sheets_in_order(self) -> Iterator[Mapping[tuple[int, int], str]]:
        """Yield the odd cells sheet by sheet, then without end nothing."""
        yield from self.sheets
        while True:
            yield {}


def inspect(document: Document) -> Inspected:
    """Look a workbook's archive over.

    Raises:
        Refused: damaged, no workbook, or beyond a limit, which is named.
    """
    place = document.place()
    try:
        with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
            parts = archive.infolist()
            check_sizes(parts, place)
            if not {part.filename for part in parts} & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                message = "the file is a zip archive, not a workbook"
                raise Refused(Fault("archive-no-workbook", place, message, "unpack it and import what is inside"))
            return _look_inside(archive, place)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, NotImplementedError, EOFError):
        cure = "download it again, or save it anew as XLSX"
        raise Refused(Fault("workbook-damaged", place, "the workbook is cut short or damaged", cure)) from None


def check_sizes(parts: list[zipfile.ZipInfo], place: Place) -> None:
    """Refuse an archive with too many parts, two of one name, or that unpacks to too much."""
    if len(parts) > MOST_PARTS:
        message = f"the archive has {len(parts):,} parts; at most {MOST_PARTS:,} are read"
        raise Refused(Fault("archive-too-many-parts", place, message, _CURE))
    if len({part.filename.casefold() for part in parts}) < len(parts):
        message = "the archive holds two parts of one name, and readers differ on which counts"
        raise Refused(Fault("archive-part-twice", place, message, _CURE))
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > MOST_BYTES:
        message = f"the archive unpacks to {unpacked // 1024**2:,} MB; at most {MOST_BYTES // 1024**2} MB are read"
        raise Refused(Fault("archive-too-large", place, message, "split it by cycle and import each part"))
    if unpacked > _SMALL and unpacked > MOST_RATIO * packed:
        message = f"the archive unpacks to more than {MOST_RATIO} times its size"
        raise Refused(Fault("archive-bomb", place, message, _CURE))


def _look_inside(archive: zipfile.ZipFile, place: Place) -> Inspected:
    """Refuse document types and impossible references; return what is odd."""
    odd: dict[str, Mapping[tuple[int, int], str]] = {}
    for part in archive.infolist():
        if part.filename.endswith((".xml", ".rels")):
            content = archive.read(part)
            if b"<!DOCTYPE" in content or b"\0" in content[:4]:  # UTF-16 could hide one
                message = "the workbook declares a document type, which no spreadsheet does"
                raise Refused(Fault("workbook-doctype", place, message, _CURE))
            if _SHEET.fullmatch(part.filename):
                _check_references(content, place)
                odd[part.filename.casefold()] = _odd_cells(content)
    workbook = archive.read("xl/workbook.xml") if "xl/workbook.xml" in archive.namelist() else b""
    epoch = _EPOCH_1904 if re.search(rb"date1904=\"(?:1|true)\"", workbook) else _EPOCH_1900
    return Inspected(epoch, tuple(odd.get(name, {}) for name in _sheet_parts(archive, workbook)))


def _sheet_parts(archive: zipfile.ZipFile, workbook: bytes) -> Iterator[str]:
    """Yield the part of each sheet in the workbook's order."""
    name = "xl/_rels/workbook.xml.rels"
    relations = archive.read(name).decode("utf-8", "replace") if name in archive.namelist() else ""
    targets: dict[str, str] = {}
    for tag in re.findall(r"<Relationship\b[^>]*>", relations):
        attributes = dict(re.findall(r"\b(Id|Target)=\"([^\"]*)\"", tag))
        targets[attributes.get("Id", "")] = attributes.get("Target", "")
    for tag in re.findall(r"<sheet\b[^>]*>", workbook.decode("utf-8", "replace")):
        found = re.search(r"\br:id=\"([^\"]*)\"", tag)
        target = targets.get(found[1], "") if found else ""
        yield (target.removeprefix("/") if target.startswith("/") else f"xl/{target}").casefold()


def _check_references(sheet: bytes, place: Place) -> None:
    """Refuse a sheet whose rectangle of cells is beyond what a spreadsheet or a memory holds."""
    rows = max([sheet.count(b"<row"), *map(int, _ROW.findall(sheet))])
    # Up to column Z no count of rows goes beyond the limit.
    columns = max(map(_column_number, set(_COLUMN.findall(sheet))), default=1) if _WIDE.search(sheet) else 26
    if rows > MOST_ROWS or columns > 16_384:
        message = f"the sheet names row {rows:,}, column {columns:,}, which no sheet has"
        raise Refused(Fault("sheet-out-of-range", place, message, _CURE))
    if rows * columns > MOST_CELLS:
        message = f"the sheet's cells span a rectangle of {rows:,} rows by {columns:,} columns"
        cure = "delete the empty rows and columns after the table and save it again"
        raise Refused(Fault("sheet-too-large", place, message, cure))


def _odd_cells(sheet: bytes) -> Mapping[tuple[int, int], str]:
    """Return the cells that are no plain value, by row and column as the reader counts them (its first column is 0)."""
    found: list[tuple[bytes, str]] = []
    if b"<f" in sheet:
        found += [(cell, "formula" if value else "formula-empty") for cell, value in _FORMULA.findall(sheet)]
    if b't="e"' in sheet or b't="b"' in sheet:
        found += [(cell, {b"e": "error", b"b": "boolean"}[kind]) for cell, kind in _TYPED.findall(sheet)]
    if not found:
        return {}
    # The reader leaves out empty columns on the left.
    first = min(map(_column_number, set(_FILLED.findall(sheet))), default=1)
    odd: dict[tuple[int, int], str] = {}
    for cell, kind in found:
        if reference := _REFERENCE.search(cell):
            odd[int(reference[2]), _column_number(reference[1]) - first] = kind
    return odd


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number

"""A document that is a table: delimited text or a workbook, whatever its name says."""

from __future__ import annotations

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.importers.tables.grids import Grid
from pcard.importers.tables.separated import read_separated
from pcard.importers.tables.workbooks import is_workbook, read_workbook

# How other files begin, what they are, and what to do instead.
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF", "download the statement as CSV or a spreadsheet; a PDF is kept as evidence only"),
    (b"\xff\xd8\xff", "a JPEG picture", "download the statement as CSV or a spreadsheet"),
    (b"\x89PNG", "a PNG picture", "download the statement as CSV or a spreadsheet"),
    (b"GIF8", "a GIF picture", "download the statement as CSV or a spreadsheet"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it and import what is inside"),
    (b"Rar!", "a rar archive", "unpack it and import what is inside"),
    (b"SQLite format 3\0", "a database", "export the table as CSV and import that"),
)
_WEB_PAGE = (b"<!doctype html", b"<html", b"<head", b"<table")


def foreign_kind(document: Document) -> tuple[str, str] | None:
    """Return what a file is, and the cure, where it can be no table; None where it may be one."""
    start = document.content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, what, cure in _FOREIGN:
        if start.startswith(magic):
            return what, cure
    lower = start.lower()
    if lower.startswith(_WEB_PAGE) or (lower.startswith(b"<?xml") and b"<html" in lower):
        return "a web page", "sign in to the bank's site again and download the file once more"
    if lower.startswith(b"<"):
        return "an XML file of a kind pcard does not know", "download the statement as CSV or a spreadsheet"
    return None


def grids_of(document: Document, encoding: str | None = None, delimiter: str | None = None) -> tuple[Grid, ...]:
    """Return a document's grids: one for delimited text, one a sheet for a workbook.

    Raises:
        Refused: it is neither, or it is broken as a whole.
    """
    if is_workbook(document):
        return read_workbook(document)
    if found := foreign_kind(document):
        what, cure = found
        raise Refused(Fault("file-foreign", document.place(), f"the file is {what}, not a table", cure))
    return (read_separated(document, encoding, delimiter),)


def head_of(document: Document, characters: int = 64 * 1024) -> tuple[Grid, ...]:
    """Return the first rows of a document, to recognise it by; nothing where it is no table."""
    if not is_workbook(document) and len(document.content) > characters:
        start = document.content[:characters]
        whole = start[: max(start.rfind(b"\n"), start.rfind(b"\r")) + 1] or start
        # A field over several lines may be cut through; then only the whole document will do.
        if found := _grids_or_none(Document(document.name, whole, document.sha256)):
            return found
    return _grids_or_none(document)


def _grids_or_none(document: Document) -> tuple[Grid, ...]:
    try:
        return grids_of(document)
    except Refused:
        return ()

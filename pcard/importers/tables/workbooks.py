"""Workbooks (XLSX, XLS, ODS) as grids: looked over first, then read in a child process.

A workbook of two kilobytes can make its reader ask for more memory than there
is and abort, so the archive, its sizes and the cells' references are checked
before, and what is read is read by `workbook_child` under a memory limit.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.escape import for_terminal
from pcard.importers.limited import read_limited
from pcard.importers.tables.grids import MOST_COLUMNS, Grid, clean_cells
from pcard.importers.tables.workbook_check import Inspected, inspect

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHILD = Path(__file__).with_name("workbook_child.py")
_MIDNIGHT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$"


def is_workbook(document: Document) -> bool:
    """Tell whether a document is a workbook, or an archive that can be nothing else."""
    return document.is_zip or document.content.startswith(_OLE)


def read_workbook(document: Document) -> tuple[Grid, ...]:
    """Return a grid a sheet, empty sheets among them.

    Lines are the sheet's rows; in a second sheet they go on where the first
    one ends, so that a line is one place in the document.

    Raises:
        Refused: not a workbook, locked by a password, beyond the limits, or unreadable.
    """
    outcome = _outcome(document)
    if isinstance(outcome, Refused):
        raise Refused(*outcome.faults)
    return outcome


@lru_cache(maxsize=1)
def _outcome(document: Document) -> tuple[Grid, ...] | Refused:
    """Keep what became of the last workbook, for one is recognised several times before it is read."""
    try:
        inspected = _inspected(document)
        return tuple(_grids(document, inspected))
    except Refused as refused:
        return refused


def _inspected(document: Document) -> Inspected:
    if document.is_zip:
        return inspect(document)
    if _ENCRYPTED in document.content[:1_000_000]:
        cure = "open it with its password and save a copy without one"
        raise Refused(Fault("workbook-locked", document.place(), "the workbook is locked by a password", cure))
    return Inspected()


def _grids(document: Document, inspected: Inspected) -> Iterator[Grid]:
    before = 0
    for (name, frame), odd in zip(_read(document), inspected.sheets_in_order(), strict=False):
        if frame.width > MOST_COLUMNS:
            sheet = for_terminal(name[:40])
            message = f"sheet '{sheet}' has {frame.width:,} columns; at most {MOST_COLUMNS:,} are read"
            raise Refused(Fault("columns-too-many", document.place(), message, "export only the columns you need"))
        lines = pl.int_range(before + 1, before + frame.height + 1, dtype=pl.Int32, eager=True).alias("line")
        placed = {(line + before, column): kind for (line, column), kind in odd.items()}
        yield Grid(frame, lines, name, epoch=inspected.epoch, odd=placed)
        before += frame.height


def _read(document: Document) -> tuple[tuple[str, pl.DataFrame], ...]:
    try:
        return _read_in_child(document.content)
    except ValueError as fault:
        message = f"the workbook cannot be read: {for_terminal(str(fault))}"
        cure = "open it in a spreadsheet program, save it as XLSX or CSV, and import that"
        raise Refused(Fault("workbook-unreadable", document.place(), message, cure)) from None


def _read_in_child(content: bytes) -> tuple[tuple[str, pl.DataFrame], ...]:
    """Return the sheets' names and cells."""
    head, _, body = read_limited(_CHILD, content).partition(b"\n")
    sheets: list[tuple[str, pl.DataFrame]] = []
    for sheet in json.loads(head):
        frame = pl.read_ipc(io.BytesIO(body[: sheet["size"]]))
        body = body[sheet["size"] :]
        frame.columns = [f"c{index}" for index in range(frame.width)]
        dated = pl.all().str.replace(_MIDNIGHT, "$1")
        sheets.append((sheet["name"], clean_cells(frame.with_columns(dated)) if frame.width else frame))
    return tuple(sheets)

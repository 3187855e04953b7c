"""The kept copies of documents: originals/<sha256>, with card and account numbers cut."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Collection
from pathlib import Path

import polars as pl

from pcard.card_numbers import mask
from pcard.documents import Document
from pcard.store.files import write_whole

# A number as it may stand in a file: its encoding, and what may not stand before and after it.
_FORMS = (
    ("utf-8", rb"(?<![0-9])", rb"(?![0-9])"),
    ("utf-16-le", rb"(?<![0-9]\0)", rb"(?![0-9]\0)"),
    ("utf-16-be", rb"(?<![0-9])", rb"(?!\0[0-9])"),
)


def keep(folder: Path, document: Document, cut: Collection[str]) -> tuple[str, bool]:
    """Keep a document's copy; return the copy's SHA-256 and whether it was not there before.

    The file's name is the SHA-256 of the document as received. A copy that is
    there already only ever loses more numbers.
    """
    path = folder / document.sha256
    there = path.read_bytes() if path.exists() else None
    content = blank(document.content if there is None else there, cut)
    if content != there:
        write_whole(path, content)
    return hashlib.sha256(content).hexdigest(), there is None


def blank(content: bytes, numbers: Collection[str]) -> bytes:
    """Cut account numbers in a file to their last four digits; text keeps its length.

    A number is only cut where it stands by itself, not within a longer run of
    digits. In an archive (XLSX) each part is treated so.
    """
    if not numbers:
        return content
    if content.startswith(b"PK\x03\x04"):
        return _blank_archive(content, numbers)
    if content.startswith(b"PAR1"):
        return _blank_parquet(content, numbers)
    for number in _longest_first(numbers):
        for codec, before, after in _FORMS:
            content = re.sub(before + re.escape(number.encode(codec)) + after, mask(number).encode(codec), content)
    return content


def _longest_first(numbers: Collection[str]) -> list[str]:
    return sorted(numbers, key=lambda number: (-len(number), number))


def _blank_archive(content: bytes, numbers: Collection[str]) -> bytes:
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    changed = False
    with source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            before = after = source.read(part)
            for number in numbers:  # a numeric cell stays a number
                after = after.replace(f"<v>{number}</v>".encode(), f"<v>{number[-4:]}</v>".encode())
            after = blank(after, numbers)
            target.writestr(part, after)
            changed = changed or after != before
    return out.getvalue() if changed else content


def _blank_parquet(content: bytes, numbers: Collection[str]) -> bytes:
    frame, out = pl.read_parquet(io.BytesIO(content)), io.BytesIO()
    ordered = _longest_first(numbers)
    cut = frame.with_columns(pl.col(pl.String).str.replace_many(ordered, [mask(number) for number in ordered]))
    if cut.equals(frame):
        return content
    cut.write_parquet(out)
    return out.getvalue()

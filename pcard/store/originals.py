"""The kept copies of documents: originals/<sha256>, with card and account numbers cut."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Collection
from pathlib import Path

import polars as pl

from pcard.card_numbers import PARQUET, mask
from pcard.documents import Document
from pcard.store.files import write_whole

# How digits that stand together are written, by encoding; the width of a character.
_RUNS = (
    ("utf-8", re.compile(rb"[0-9]+"), 1),
    ("utf-16-le", re.compile(rb"(?:[0-9]\0)+"), 2),
    ("utf-16-be", re.compile(rb"(?:\0[0-9])+"), 2),
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
    if content.startswith(PARQUET):
        return _blank_parquet(content, numbers)
    for codec, runs, width in _RUNS:
        if width == 1 or b"\0" in content:
            content = _blank_text(content, numbers, codec, runs, width)
    return content


def _blank_text(content: bytes, numbers: Collection[str], codec: str, runs: re.Pattern[bytes], width: int) -> bytes:
    """Cut numbers in one encoding, in one pass however many they are: each is looked up by its longest run of digits."""
    known: dict[bytes, list[tuple[int, bytes, bytes]]] = {}
    for number in numbers:
        written = number.encode(codec)
        if run := max(runs.finditer(written), key=lambda found: len(found[0]), default=None):
            known.setdefault(run[0], []).append((run.start(), written, mask(number).encode(codec)))
    found: list[tuple[int, bytes, bytes]] = []
    for run in runs.finditer(content):
        for before, written, masked in known.get(run[0], ()):
            start, end = run.start() - before, run.start() - before + len(written)
            around = content[max(start - width, 0) : max(start, 0)], content[end : end + width]
            alone = not any(beside.replace(b"\0", b"").isdigit() for beside in around)
            if start >= 0 and alone and content.startswith(written, start):
                found.append((start, written, masked))
    cut = bytearray(content)
    for start, written, masked in sorted(found, key=lambda one: (-len(one[1]), one[0])):
        if cut.startswith(written, start):  # not yet cut with a longer number around it
            cut[start : start + len(written)] = masked
    return bytes(cut) if found else content


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

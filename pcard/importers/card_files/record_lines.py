"""Big files of one record a line: read in slices, fields cut by position or by tab, whole columns at a time.

A year of a large program is a file of a hundred megabytes, most of it padding.
A slice is turned into lines, its fields are cut and trimmed, and the padding
is forgotten before the next slice is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pcard.card_numbers import decode
from pcard.documents import Document
from pcard.errors import Fault

SLICE_BYTES, SLICE_ROWS = 2 * 1024 * 1024, 20_000
MOST_TOLD = 20
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
AGAIN = "download the file again, whole and unedited; nothing was imported"


def first_line(document: Document) -> str:
    """Return the first line with anything in it, for telling formats apart."""
    head = decode(document.content[:8192].lstrip(b"\xef\xbb\xbf \t\r\n"))[0]
    return head.split("\n", 1)[0].rstrip("\r")


def slices(document: Document) -> Iterator[pl.DataFrame]:
    """Yield the document's lines with anything in them as frames of `line` (1-based) and `text`, some megabytes each."""
    content = document.content
    if content.startswith(_WIDE):
        content = document.text.encode()
    start, line = (3 if content.startswith(b"\xef\xbb\xbf") else 0), 1
    # Old systems end a file with the end-of-file mark of their day, or with zeros.
    stop = len(content.rstrip(b"\0\x1a \t\r\n")) if content[-1:] in b"\0\x1a" else len(content)
    while start < stop:
        end = content.find(b"\n", min(start + SLICE_BYTES, stop), stop) + 1 or stop
        text = decode(content[start:end])[0]
        lines = pl.Series("text", text.split("\n"), pl.String).str.strip_chars_end("\r")
        numbered = lines.to_frame().with_row_index("line", line).with_columns(pl.col("line").cast(pl.Int32))
        yield numbered.filter(pl.col("text").str.contains(r"\S"))
        start, line = end, line + len(lines) - (not lines[-1])


@dataclass(frozen=True)
class Records:
    """The fields of each record type by line, the lines of other types (`record`), and those of a wrong `length`."""

    data: dict[str, pl.DataFrame]
    others: pl.DataFrame
    misfits: pl.DataFrame


def fixed_width(document: Document, layouts: Mapping[str, Mapping[str, tuple[int, int]]], fits: pl.Expr) -> Records:
    """Read records whose type stands first, laid out by type; `fits` tells by `record` and `length` what is no misfit."""
    found: dict[str, list[pl.DataFrame]] = {name: [] for name in layouts}
    others, misfits = [], []
    for lines in slices(document):
        typed = lines.with_columns(
            pl.col("text").str.head(max(map(len, layouts))).alias("record"),
            pl.col("text").str.len_chars().alias("length"),
        )
        for name, frames in found.items():
            frames.append(by_position(typed.filter(pl.col("record") == name), layouts[name]))
        others.append(typed.filter(~pl.col("record").is_in(list(layouts))).select("line", "record"))
        misfits.append(typed.filter(~fits).select("line", "length"))
    data = {name: gathered(frames, tuple(layouts[name])) for name, frames in found.items()}
    return Records(data, gathered(others, ("record",)), pl.concat(misfits))


def by_position(lines: pl.DataFrame, layout: Mapping[str, tuple[int, int]]) -> pl.DataFrame:
    """Cut fields (name: offset from 0, width) out of `text`, trimmed, blank ones null; `line` stays."""
    text = pl.col("text")
    return lines.select("line", *(_cell(text.str.slice(at, width)).alias(name) for name, (at, width) in layout.items()))


def by_tab(lines: pl.DataFrame, layout: Mapping[str, int]) -> pl.DataFrame:
    """Take fields (name: number from 1) between the tabs of `text`, trimmed, blank or absent ones null; `line` stays."""
    parts = pl.col("text").str.split("\t")
    return lines.select("line", parts.alias("parts")).select(
        "line", *(_cell(pl.col("parts").list.get(at - 1, null_on_oob=True)).alias(name) for name, at in layout.items())
    )


def _cell(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().replace("", None)


def gathered(frames: Sequence[pl.DataFrame], names: Sequence[str]) -> pl.DataFrame:
    """Return frames of one layout as one; without any, an empty one of `line` and text columns."""
    schema = {"line": pl.Int32} | dict.fromkeys(names, pl.String)
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def in_slices(rows: pl.DataFrame, made: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Make lines of some thousands of rows at a time; what that takes in between is forgotten before the next."""
    return pl.concat(made(part) for part in [*rows.iter_slices(SLICE_ROWS)] or [rows])


def unknown_records(document: Document, lines: pl.DataFrame, expected: str) -> Iterator[Fault]:
    """Yield a fault for each line (`line`) that begins as no record of the format does, at most twenty."""
    for line in lines["line"].head(MOST_TOLD):
        message = f"the line begins with no record type of {expected}"
        yield Fault("record-type-unknown", document.place(line), message + _more(lines), AGAIN)


def wrong_lengths(document: Document, lines: pl.DataFrame, expected: str) -> Iterator[Fault]:
    """Yield a fault for each line (`line`, `length`) that is too long or too short, at most twenty."""
    for line, length in lines.select("line", "length").head(MOST_TOLD).rows():
        message = f"the record has {length} characters where the format has {expected}"
        yield Fault("record-length-wrong", document.place(line), message + _more(lines), AGAIN)


def _more(lines: pl.DataFrame) -> str:
    return f" ({lines.height} lines in all)" if lines.height > MOST_TOLD else ""


def cut_short(document: Document, line: int | None, missing: str) -> Fault:
    """Return the fault of a file without the trailer that proves it complete."""
    return Fault("file-cut-short", document.place(line), f"the file is not whole: {missing}", AGAIN)


def unknown_version(document: Document, line: int | None, found: str, read: str) -> Fault:
    """Return the fault of a version of the format that has not been proved."""
    message = f"the file is of version “{found[:20]}”; {read} can be read"
    return Fault("format-version-unknown", document.place(line), message, f"ask the bank for the file as {read}")


def test_file(document: Document, line: int | None) -> Fault:
    """Return the warning about a file that its sender marks as a test."""
    message = "the sender marks this file as a test, not as production"
    return Fault("file-is-test", document.place(line), message, "undo the import if it was one", warning=True)

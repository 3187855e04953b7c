"""Delimited text as a grid: strict quoting, a count of fields per row, an independent count of rows.

polars' own reader slides columns left where a separator is missing, so the csv
module reads the rows and polars gets them as finished columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import zip_longest

import polars as pl

from pcard.card_numbers import decode
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.importers.tables.grids import MOST_COLUMNS, Grid, clean_cells

DELIMITERS = ",;\t|"
LONGEST_FIELD = 131_072
_SAMPLE_ROWS, _SAMPLE_CHARACTERS = 500, 512 * 1024
_SEP_LINE = re.compile(r"sep=([,;\t|])[ \t,;]*(?:\r\n|\n|\r)", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Lead and continuation bytes of UTF-8 side by side; in Windows-1252 text such pairs (Ã©) are rare among the accented.
_UTF8_PAIR = re.compile(rb"[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{1,2}")


def read_separated(document: Document, encoding: str | None = None, delimiter: str | None = None) -> Grid:
    """Read a delimited text as one grid; what a profile knows of its encoding and delimiter need not be found out.

    Rows whose quoting hides other rows come back as faults of the grid;
    whether a row has too many or too few fields is for the layout to say.

    Raises:
        Refused: not text, a NUL, broken quotes, a field or a row beyond the limits.
    """
    text = _plain_text(document, encoding)
    first_line = 1
    if found := _SEP_LINE.match(text):
        delimiter, text, first_line = delimiter or found[1], text[found.end() :], 2
    delimiter = delimiter or sniff_delimiter(text)
    rows, lines = _split(document, text, delimiter, first_line)
    widest = max(map(len, rows), default=0)
    if widest > MOST_COLUMNS:
        at = next(line for row, line in zip(rows, lines, strict=True) if len(row) == widest)
        message = f"a row has {widest:,} columns; at most {MOST_COLUMNS:,} are read"
        raise Refused(Fault("columns-too-many", document.place(at), message, "export only the columns you need"))
    columns = {f"c{index}": values for index, values in enumerate(zip_longest(*rows))}
    frame = clean_cells(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String), strict=True))
    return Grid(
        frame,
        pl.Series("line", lines, pl.Int32),
        widths=pl.Series("width", [len(row) for row in rows], pl.Int32),
        stated_rows=_count_rows(text, frame),
        faults=(
            *(() if encoding else _encoding_faults(document)),
            *_swallowed(document, text, rows, lines, first_line, delimiter),
        ),
    )


def sniff_delimiter(text: str) -> str:
    """Return the delimiter that cuts most of the first 500 rows into one and the same number of fields."""
    sample = text[:_SAMPLE_CHARACTERS]

    def score(delimiter: str) -> tuple[int, int]:
        widths: Counter[int] = Counter()
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
        try:
            for row, _ in zip(reader, range(_SAMPLE_ROWS), strict=False):
                widths[len(row)] += 1
        except csv.Error:
            pass
        several = {width: count for width, count in widths.items() if width > 1}
        width = max(several, key=lambda width: (several[width], width), default=0)
        return several.get(width, 0), width

    return max(DELIMITERS, key=score)


def _plain_text(document: Document, encoding: str | None) -> str:
    """Return the text without NULs at its end, or say why it is none."""
    text = (document.content.decode(encoding, "replace") if encoding else document.text).rstrip("\0")
    if "\0" in text[:4096] and text[:4096].count("\0") > len(text[:4096]) // 3:
        message = "the file looks like UTF-16 without its byte-order mark"
        cure = "open it in the program that wrote it and save it as CSV UTF-8"
        raise Refused(Fault("encoding-unmarked", document.place(1), message, cure))
    controls = len(_CONTROLS.findall(text[:4096]))
    if controls > 1 and controls * 100 > len(text[:4096]):
        raise Refused(Fault("file-not-text", document.place(), "the file is not text", "export it as CSV again"))
    if found := re.search("\0", text):
        line = text.count("\n", 0, found.start()) + 1
        message = "this line holds a NUL, which no text has"
        raise Refused(Fault("nul-in-text", document.place(line), message, "download the file again"))
    return text


def _encoding_faults(document: Document) -> tuple[Fault, ...]:
    """Say where text that is not UTF-8 was read as Windows-1252, and refuse what is neither."""
    codec = decode(document.content)[1]
    if codec not in ("cp1252", "latin-1"):
        return ()
    raw = document.content
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        at = fault.start
    line = raw.count(b"\n", 0, at) + 1
    accented = len(raw.translate(None, bytes(range(0x80))))
    paired = sum(len(found.group()) for found in _UTF8_PAIR.finditer(raw))
    if 2 * paired > accented or codec == "latin-1":
        message = f"byte {raw[at]:#04x} on this line belongs to no encoding that the rest of the file could be in"
        cure = "save the file as CSV UTF-8 and import that"
        raise Refused(Fault("encoding-broken", document.place(line), message, cure))
    message = "the file is not UTF-8 and was read as Windows-1252"
    cure = "look at the accented letters on this line; where they are wrong, save the file as CSV UTF-8"
    return (Fault("encoding-guessed", document.place(line), message, cure, warning=True),)


def _split(document: Document, text: str, delimiter: str, first_line: int) -> tuple[list[list[str]], list[int]]:
    """Return the rows and the line each one starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    rows: list[list[str]] = []
    ends: list[int] = [first_line - 1]
    offset = first_line - 1
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num + offset)
    except csv.Error as fault:
        raise Refused(_quote_fault(document, text, delimiter, ends[-1] + 1, first_line, str(fault))) from None
    return rows, [end + 1 for end in ends[:-1]]


def _quote_fault(document: Document, text: str, delimiter: str, start: int, first_line: int, why: str) -> Fault:
    """Name the line on which the quote opens that is never closed, or closed in mid-field."""
    lines = io.StringIO(text, newline="").readlines()[start - first_line :]
    opened, quoted, fresh = start, False, True
    for number, line in enumerate(lines, start=start):
        for place, char in enumerate(line):
            if quoted:
                quoted = char != '"' or line[place + 1 : place + 2] == '"'
                if not quoted and line[place + 1 : place + 2] not in ("", delimiter, "\r", "\n"):
                    cure = 'write a quote inside a field twice (""), or remove it'
                    message = "a quote that opens here is closed in the middle of a field"
                    return Fault("quote-misplaced", document.place(opened), message, cure)
            elif char == '"' and fresh:
                opened, quoted = number, True
            fresh = char in (delimiter, "\n", "\r") or (fresh and char == " ")
        if number - start > LONGEST_FIELD:
            break
    if "field larger" in why and not quoted:
        message = f"a field is longer than {LONGEST_FIELD:,} characters"
        return Fault("field-too-long", document.place(start), message, "remove the field, or the column it is in")
    message = "a quote opens here and is never closed, so that the lines after it would vanish in one field"
    return Fault("quote-unbalanced", document.place(opened), message, "close the quote, or remove it")


def _swallowed(
    document: Document, text: str, rows: list[list[str]], lines: list[int], first_line: int, delimiter: str
) -> tuple[Fault, ...]:
    """Find rows of several lines each of which is as wide as a row: two quotes that hide rows between them."""
    spans = [
        (line, after - line, len(row))
        for row, line, after in zip(rows, lines, lines[1:], strict=False)
        if after - line > 1 and len(row) > 2
    ]
    if not spans:
        return ()
    physical = io.StringIO(text, newline="").readlines()
    cure = "look for a quote that is missing or too many"
    return tuple(
        Fault(
            "quote-swallows-lines",
            document.place(line),
            f"lines that a quote which opens here makes part of one field: {count - 1}",
            cure,
        )
        for line, count, width in spans
        if all(
            part.count(delimiter) >= width - 1
            for part in physical[line - first_line : line - first_line + count]
            if part.strip()
        )
    )


def _count_rows(text: str, frame: pl.DataFrame) -> int | None:
    """Count rows by the quotes on each line alone; None where a quote stands inside a field."""
    inside = any(frame[name].str.contains('"', literal=True).any() for name in frame.columns)
    if inside:
        return None
    lines = pl.Series(re.split(r"\r\n|\n|\r", text) if "\r" in text else text.split("\n"))
    quotes = lines.str.count_matches('"', literal=True).cum_sum()
    ends = (quotes % 2 == 0) & ((lines != "") | (quotes.shift(1, fill_value=0) % 2 == 1))
    return int(ends.sum())

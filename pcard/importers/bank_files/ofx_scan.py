"""An OFX document taken apart by one pass: transaction blocks, statements, and the skeleton around them.

OFX 1.x (SGML, leaves left open) and 2.x (XML) are cut alike: a value runs from
its tag to the next `<`. Nothing here knows what a field means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused

AGAIN = "download the file again from the bank; nothing was imported"
_OPEN, _CLOSE = "<STMTTRN>", "</STMTTRN>"
_KINDS = {"": "bank", "CC": "card", "INV": "investment"}
_STATEMENT = re.compile(r"<(/?)(|CC|INV)STMTRS>")
_TAG_NAME = re.compile(r"</?[A-Za-z][A-Za-z0-9._]*")
_WEB_PAGE = re.compile(r"<(?:!doctype\s+)?html\b", re.IGNORECASE)
_DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)
# Shapes of blocks that are read by place, and tags in one of them; a bank has fewer of both.
_SHAPES, _PLACES = 12, 60
# How much is in hand at a time.
_STRETCH, _ROWS = 4 * 1024 * 1024, 25_000


@dataclass(frozen=True, slots=True)
class Section:
    """One statement response: of a `bank`, `card` or `investment` account, and the line it starts on."""

    kind: str
    line: int


@dataclass(frozen=True)
class Scan:
    """What one pass finds.

    `blocks` has a row per STMTTRN: `line`, `section` (index into `sections`,
    null outside of one) and `body`, the text between its tags. `around` is all
    the rest in pieces, each with the line it starts on.
    """

    blocks: pl.DataFrame
    sections: tuple[Section, ...]
    around: tuple[tuple[int, str], ...]

    @property
    def skeleton(self) -> str:
        """The document without its transactions."""
        return "\n".join(text for _, text in self.around)


def readable_text(document: Document) -> str:
    """Return the text with tag names in capitals, without comments and CDATA marks.

    Raises:
        Refused: it is no OFX file, or not a whole one, or it declares entities.
    """
    text = document.text if "\n" in document.text else document.text.replace("\r", "\n")
    if "<OFX>" not in text and "<ofx>" in text.lower():
        text = _TAG_NAME.sub(lambda tag: tag[0].upper(), text)
    if "<OFX>" not in text:
        raise Refused(_not_ofx(document, text))
    if "!" in text and "<!" in text:  # one rare character first: twenty times as fast
        if declared := _DECLARED.search(text):
            message = "it declares a document type or entities, which a bank's file does not and which may hide text"
            raise Refused(Fault("ofx-doctype", document.place(line_of(text, declared.start())), message, AGAIN))
        text = _unmarked(text)
    if "\0" in text:
        message = "it holds a character that no text has (NUL), so the file is damaged"
        raise Refused(Fault("ofx-damaged", document.place(line_of(text, text.index("\0"))), message, AGAIN))
    if text.rfind("</OFX>") <= max(text.find("<OFX>"), text.rfind(_OPEN)):
        message = "the file stops before its end (</OFX> is missing), so lines may be missing too"
        raise Refused(Fault("ofx-cut-short", document.place(line_of(text, len(text.rstrip()))), message, AGAIN))
    return text


def line_of(text: str, position: int) -> int:
    """Return the line, from 1, of a position in a text."""
    return text.count("\n", 0, position) + 1


def cut(text: str, document: Document) -> Scan:
    """Cut the transaction blocks out of a readable text.

    Raises:
        Refused: they do not open and close in turn.
    """
    pieces = (
        pl.concat(_pieces(stretch) for stretch in _stretches(text))
        .with_columns((pl.col("line").cum_sum() - pl.col("line") + 1).cast(pl.Int32))
        .with_row_index("row")
    )
    head, blocks = pieces.head(1), pieces.slice(1)
    reopened = pl.col("rest").str.contains(_CLOSE, literal=True)
    broken = pl.concat((head.filter(pl.col("rest").is_not_null()), blocks.filter(reopened.fill_null(value=True))))
    if broken.height:
        message = f"a transaction is opened and not closed, or the other way round ({broken.height} of them)"
        raise Refused(Fault("ofx-transaction-unclosed", document.place(broken["line"][0]), message, AGAIN))
    around = pl.concat((head.select("row", "line", rest="body"), _rests(blocks)))
    sections, section = _sections(around, blocks["row"])
    return Scan(blocks.select("line", section, "body"), sections, tuple(around.select("line", "rest").iter_rows()))


def _stretches(text: str) -> Iterator[str]:
    """Yield what lies between the marks that open transactions, some megabytes at a time to spare memory."""
    start, stop = 0, 0
    while stop < len(text):
        stop = text.find(_OPEN, start + _STRETCH)
        stop = stop if stop >= 0 else len(text)
        yield text[start:stop]
        start = stop + len(_OPEN)


def _pieces(text: str) -> pl.DataFrame:
    """Return `body` and `rest`, before and after the mark that closes a transaction, and how many lines both have."""
    piece = pl.col("piece").str
    return (
        pl.DataFrame({"piece": [text]})
        .select(piece.split(_OPEN).explode())
        .select(
            piece.splitn(_CLOSE, 2).struct.rename_fields(["body", "rest"]), line=piece.count_matches("\n", literal=True)
        )
        .unnest("piece")
    )


def _rests(blocks: pl.DataFrame) -> pl.DataFrame:
    """Return what follows a block, where anything does, with its own line."""
    inner = pl.col("body").str.count_matches("\n", literal=True).cast(pl.Int32)
    return blocks.filter(pl.col("rest").str.strip_chars() != "").select("row", pl.col("line") + inner, "rest")


def _sections(around: pl.DataFrame, rows: pl.Series) -> tuple[tuple[Section, ...], pl.Series]:
    """Return the statement sections, and for each block the index of the one it stands in."""
    sections: list[Section] = []
    marked: list[int] = []
    inside: list[int | None] = [None]
    current: int | None = None
    for row, line, rest in around.filter(pl.col("rest").str.contains("STMTRS>", literal=True)).iter_rows():
        at, done = line, 0
        for tag in _STATEMENT.finditer(rest):
            at, done = at + rest.count("\n", done, tag.start()), tag.start()
            current = None if tag[1] else len(sections)
            if not tag[1]:
                sections.append(Section(_KINDS[tag[2]], at))
        marked.append(row)
        inside.append(current)
    before = pl.Series(marked, dtype=rows.dtype).search_sorted(rows, side="left")
    return tuple(sections), pl.Series("section", inside, pl.Int32).gather(before)


def fields(blocks: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return a trimmed text column per tag, null where a block has no such tag or an empty one.

    A bank writes its blocks in a few shapes (the same tags in the same order);
    those are read by place, which is many times as fast as looking for each tag.
    """
    return pl.concat(_fields(part, names) for part in [*blocks.iter_slices(_ROWS)] or [blocks])


def _fields(blocks: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    rest = blocks.select(pl.int_range(pl.len()).alias("row"), pl.col("body").str.split("<").alias("parts"))
    shapes: list[pl.DataFrame] = []
    while rest.height and len(shapes) < _SHAPES:
        tags = [part.partition(">")[0] for part in rest["parts"][0].head(_PLACES + 1)]
        is_alike = pl.all_horizontal(
            pl.col("parts").list.len() == len(tags),
            *(_part(place).str.starts_with(f"{tag}>") for place, tag in enumerate(tags) if place),
        )
        alike, others = rest.filter(is_alike), rest.filter(~is_alike)
        if alike.is_empty():  # it has more tags than a transaction
            break
        shapes.append(_by_place(alike, tags, names))
        rest = others
    found = pl.concat((*shapes, _by_tag(rest, names))).sort("row")
    return found.select(pl.col(names).str.strip_chars().replace("", None))


def _part(place: int) -> pl.Expr:
    return pl.col("parts").list.get(place, null_on_oob=True)


def _by_place(rows: pl.DataFrame, tags: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
    """Return `row` and a column per name of blocks that all have these tags, the first `<` parted off."""
    places = {tag: place for place, tag in reversed([*enumerate(tags)]) if place}
    absent = pl.lit(None, pl.String)
    return rows.select(
        "row",
        *(
            (_part(places[name]).str.strip_prefix(f"{name}>") if name in places else absent).alias(name)
            for name in names
        ),
    )


def _by_tag(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return `row` and a column per name of blocks of any shape: the first part that begins with its tag."""
    parts = rows.lazy().select("row", pl.col("parts").list.slice(1)).explode("parts")
    tagged = parts.filter(pl.col("parts").is_not_null()).select(
        "row", pl.col("parts").str.splitn(">", 2).struct.rename_fields(["tag", "value"])
    )
    first = tagged.unnest("parts").filter(pl.col("tag").is_in(list(names)) & pl.col("value").is_not_null())
    values = first.group_by("row").agg(
        pl.col("value").filter(pl.col("tag") == name).first().alias(name) for name in names
    )
    return rows.select("row").join(values.collect(), on="row", how="left")


def _unmarked(text: str) -> str:
    """Blank comments, keeping their line breaks, and write CDATA as escaped text."""
    parts, done = [], 0
    while (start := text.find("<!", done)) >= 0:
        parts.append(text[done:start])
        is_data = text.startswith("<![CDATA[", start)
        if not is_data and not text.startswith("<!--", start):
            parts.append("<!")
            done = start + 2
            continue
        end = text.find("]]>" if is_data else "-->", start)
        if end < 0:
            return "".join((*parts, text[start:]))
        inner = text[start + 9 : end]
        parts.append(_escaped(inner) if is_data else "\n" * text.count("\n", start, end))
        done = end + 3
    return "".join((*parts, text[done:]))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _not_ofx(document: Document, text: str) -> Fault:
    if not text.strip("\0 \t\r\n\ufeff"):
        return Fault("file-empty", document.place(1), "the file is empty", "download it again; nothing was changed")
    if _WEB_PAGE.search(text[:4096]):
        message = "this is a web page, not a statement; the bank's sign-on may have run out"
        return Fault("ofx-web-page", document.place(1), message, "sign on to the bank again and download the OFX file")
    message = "there is no <OFX> in it, so it is no OFX or QFX file"
    return Fault("ofx-missing", document.place(1), message, "ask the bank for the file as OFX, QFX or CSV")

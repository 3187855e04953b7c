"""The records of a Visa VCF 4 file: which line is in which block, and the fields that are read of each type.

Sets open with `6` and close with `7`, blocks of one record type with `8` and `9`; the lines between are data, tabs
between their fields. Layout: docs/formats/vcf4.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from pcard.documents import Document
from pcard.importers.card_files.record_lines import by_tab, gathered, slices

_FRAMES = {"code": 1, "type": 5, "count": 6, "total": 7, "version": 8}
_KEY = {"code": 1, "account": 2, "posted": 3, "reference": 4, "sequence": 5}
# Fields by record type, numbered from 1.
FIELDS: dict[str, dict[str, int]] = {
    "01": {
        "code": 1, "account": 2, "closed": 3, "period": 4, "previous": 5, "current": 6, "limit": 7, "due_amount": 8,
        "currency": 12, "due_earlier": 30, "due": 31,
    },
    "03": {
        "code": 1, "holder": 2, "account": 3, "opened": 6, "closed": 7, "expires": 8, "cycle_limit": 10,
        "single_limit": 13, "billing": 15, "cost_center": 16, "gl_account": 17, "status": 21,
    },
    "04": {"code": 1, "holder": 3, "first": 5, "last": 6, "employee": 23},
    "05": _KEY | {
        "supplier": 9, "city": 10, "state": 11, "country": 12, "source_amount": 14, "amount": 15,
        "source_currency": 16, "mcc": 17, "type": 18, "date": 19, "currency": 20, "tax": 21, "order_number": 27,
        "purchase_format": 31, "customer_code": 32, "purchase_id": 33, "billing": 43, "bank_account": 44,
        "savings_account": 45, "authorization": 49, "memo": 52,
    },
    "07": _KEY | {
        "item": 9, "quantity": 10, "unit_cost": 11, "unit": 12, "item_total": 18, "product": 19,
    },
    "11": {"code": 1, "period": 3, "opened": 5, "closed": 6, "complete": 7},
}  # fmt: skip


@dataclass(frozen=True)
class Records:
    """A file's lines by what they are.

    `structure`: the rows 6 to 9 with `line code type count total version`, and
    `block` and `set`, counted from 1. `counts`: the data rows of each block
    (`block`, `rows`). `data`: by record type the fields read, with `block`.
    `unread`: data rows of other types. `strange`: lines that are no record, or
    stand outside a block.
    """

    structure: pl.DataFrame
    counts: pl.DataFrame
    data: dict[str, pl.DataFrame]
    unread: pl.DataFrame
    strange: pl.DataFrame


@dataclass
class _Position:
    """Where the reading stands at the end of a slice."""

    code: str = ""
    type: str = ""
    block: int = 0
    set: int = 0


@dataclass
class _Found:
    structure: list[pl.DataFrame] = field(default_factory=list)
    counts: list[pl.DataFrame] = field(default_factory=list)
    data: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {name: [] for name in FIELDS})
    unread: list[pl.DataFrame] = field(default_factory=list)
    strange: list[pl.DataFrame] = field(default_factory=list)


def read_records(document: Document) -> Records:
    """Sort a document's lines into the rows that frame it and its records, slice by slice."""
    found, at = _Found(), _Position()
    for lines in slices(document):
        if lines.height:
            _sort(_placed(lines, at), found)
    counts = pl.concat([pl.DataFrame(schema={"block": pl.Int64, "rows": pl.UInt32}), *found.counts])
    return Records(
        structure=_joined(found.structure, tuple(_FRAMES), ("block", "set")),
        counts=counts.group_by("block").agg(pl.col("rows").sum()).sort("block"),
        data={name: _joined(frames, tuple(FIELDS[name]), ("block",)) for name, frames in found.data.items()},
        unread=gathered(found.unread, ("record",)),
        strange=gathered(found.strange, ()),
    )


def _joined(frames: list[pl.DataFrame], texts: tuple[str, ...], numbers: tuple[str, ...]) -> pl.DataFrame:
    empty = pl.DataFrame(schema={"line": pl.Int32} | dict.fromkeys(texts, pl.String) | dict.fromkeys(numbers, pl.Int64))
    return pl.concat([empty, *frames])


def _placed(lines: pl.DataFrame, at: _Position) -> pl.DataFrame:
    """Add to each line its `code`, and its block's `record` type and numbers, going on from where the last slice ended."""
    text = pl.col("text")
    coded = lines.with_columns(text.str.extract(r"^\s*([0-9])\t").fill_null("").alias("code"))
    opened = text.str.extract(r"^\s*8\t(?:[^\t]*\t){3}\s*([0-9]{1,2})\s*(?:\t|$)").str.zfill(2).fill_null("?")
    before = pl.col("code").shift(1, fill_value=at.code)
    placed = coded.with_columns(
        pl.when(pl.col("code") == "8")
        .then(opened)
        .when(pl.col("code").is_in(["6", "7"]) | before.is_in(["6", "7", "9"]))
        .then(pl.lit(""))
        .alias("record"),
        ((pl.col("code") == "8").cum_sum().cast(pl.Int64) + at.block).alias("block"),
        ((pl.col("code") == "6").cum_sum().cast(pl.Int64) + at.set).alias("set"),
    ).with_columns(pl.col("record").fill_null(strategy="forward").fill_null(at.type))
    at.code, at.type, at.block, at.set = placed.select("code", "record", "block", "set").row(-1)
    return placed


def _sort(lines: pl.DataFrame, found: _Found) -> None:
    frames = pl.col("code").is_in(["6", "7", "8", "9"])
    rows = lines.filter(frames)
    found.structure.append(by_tab(rows, _FRAMES).hstack(rows.select("block", "set")))
    inside = pl.col("code").is_in(["1", "2", "3", "4"]) & (pl.col("record") != "")
    found.strange.append(lines.filter(~frames & ~inside).select("line"))
    data = lines.filter(inside)
    found.counts.append(data.group_by("block").agg(pl.len().alias("rows")))
    for name, frames_of in found.data.items():
        rows = data.filter(pl.col("record") == name)
        if rows.height:
            frames_of.append(by_tab(rows, FIELDS[name]).hstack(rows.select("block")))
    found.unread.append(data.filter(~pl.col("record").is_in(list(FIELDS))).select("line", "record"))

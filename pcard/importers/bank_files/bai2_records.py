"""A BAI2 file as records: continuations joined, the order of records checked, control totals taken.

A record may run over several lines: an 88 continues what stands before it. A
text may hold commas and slashes; nothing here looks into one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Control

# Between what stood on two lines: in no text, so that a comma of the text is told from the end of a line.
JOINT = "\x1f"
_CODES = "01|02|03|16|49|88|98|99"
# Banks write `88:` too.
_RECORD = rf"^(?:88(?:[^0-9A-Za-z]|$)|(?:{_CODES})(?:[,/]|$))"
_SEVERAL_ON_A_LINE = rf"/\s+((?:{_CODES}),)"
_WHOLE = re.compile(r"^-?[0-9]{1,18}$")
_MAY_FOLLOW = {
    "01": ("", "99"),
    "02": ("01", "98"),
    "03": ("02", "49"),
    "16": ("03", "16"),
    "49": ("03", "16"),
    "98": ("02", "49"),
    "99": ("01", "98"),
}
_NAMES = {
    "01": "file header", "02": "group header", "03": "account", "16": "transaction", "49": "account total",
    "98": "group total", "99": "file total",
}  # fmt: skip
AGAIN = "download the file again from the bank; nothing was imported"


@dataclass(frozen=True)
class _Level:
    """What a total closes: the record that opens it, the one that closes it, and the records within."""

    name: str
    opens: str
    closes: str
    within: tuple[str, ...]
    adds_up: str = ""  # the totals it adds up, where not the amounts themselves
    parts: str = ""


_LEVELS = (
    _Level("account", "03", "49", ("03", "16", "49")),
    _Level("group", "02", "98", ("02", "03", "16", "49", "98"), "49", "accounts"),
    _Level("file", "01", "99", ("01", "02", "03", "16", "49", "98", "99"), "98", "groups"),
)


def records_of(document: Document) -> pl.DataFrame:
    """Return one row per record: `record` (its number), `line`, `code`, `body`, `size`, and which `file`, `group`, `account` it is in.

    `body` is what follows the code, the lines of a continued record joined by
    JOINT; `size` counts those lines.

    Raises:
        Refused: lines that are no records, records out of order, no end: every one with its line.
    """
    lines = _lines(document)
    record = (pl.col("code") != "88").cum_sum()
    numbered = lines.with_columns(record.alias("record"))
    continued = (
        numbered.filter(pl.col("code") == "88")
        .group_by("record", maintain_order=True)
        .agg(pl.col("body").str.join(JOINT).alias("more"), (pl.len() + 1).alias("size"))
    )
    records = (
        numbered.filter(pl.col("code") != "88")
        .join(continued, on="record", how="left", maintain_order="left")
        .select(
            "record",
            "line",
            "code",
            pl.concat_str("body", "more", separator=JOINT, ignore_nulls=True).alias("body"),
            pl.col("size").fill_null(1),
            *((pl.col("code") == level.opens).cum_sum().alias(level.name) for level in _LEVELS),
        )
    )
    faults = [*_misplaced(records, document), *_loose(numbered, document), *_cut_short(records, document)]
    if faults:
        raise Refused(*sorted(faults, key=lambda fault: fault.place.line or 0))
    return records


def _lines(document: Document) -> pl.DataFrame:
    """Return the lines with something on them, each record of a line that holds several apart."""
    text = document.text if "\n" in document.text else document.text.replace("\r", "\n")
    found = (
        pl.DataFrame({"text": text.split("\n")})
        .with_row_index("line", offset=1)
        .select(pl.col("line").cast(pl.Int32), pl.col("text").str.strip_chars(" \t\r\x00\x1a\ufeff"))
        .filter(pl.col("text") != "")
    )
    if found["text"].str.contains(_SEVERAL_ON_A_LINE).any():
        apart = pl.col("text").str.replace_all(_SEVERAL_ON_A_LINE, f"/{JOINT}$1").str.split(JOINT)
        found = found.with_columns(apart).explode("text")
    wrong = found.filter(~pl.col("text").str.contains(_RECORD))["line"]
    if len(wrong):
        message = "this line does not begin with a record's code (01, 02, 03, 16, 49, 88, 98, 99)"
        raise Refused(*(Fault("bai2-record", document.place(line), message, AGAIN) for line in wrong))
    return found.select(
        "line",
        pl.col("text").str.head(2).alias("code"),
        pl.col("text").str.slice(3).str.strip_suffix("/").alias("body"),
    )


def _misplaced(records: pl.DataFrame, document: Document) -> Iterator[Fault]:
    before = pl.col("code").shift(fill_value="")
    allowed = [f"{first}{then}" for then, firsts in _MAY_FOLLOW.items() for first in firsts]
    wrong = records.with_columns(before.alias("before")).filter(~(pl.col("before") + pl.col("code")).is_in(allowed))
    for line, code, previous in wrong.select("line", "code", "before").iter_rows():
        after = f"follows a {previous} ({_NAMES[previous]})" if previous else "is the first one"
        message = f"a record {code} ({_NAMES[code]}) {after}, so records are missing or out of order"
        yield Fault("bai2-order", document.place(line), message, AGAIN)


def _loose(numbered: pl.DataFrame, document: Document) -> Iterator[Fault]:
    for line in numbered.filter(pl.col("record") == 0)["line"]:
        yield Fault("bai2-continues-nothing", document.place(line), "an 88 continues no record", AGAIN)


def _cut_short(records: pl.DataFrame, document: Document) -> Iterator[Fault]:
    if records.is_empty() or records["code"][-1] != "99":
        message = "the file stops before its end (the 99 record is missing), so lines may be missing too"
        last = records["line"][-1] if records.height else None
        yield Fault("bai2-cut-short", document.place(last), message, AGAIN)


def controls_of(records: pl.DataFrame) -> tuple[Control, ...]:
    """Return each stated total beside what its records give; `records` has their `amount` as written.

    An account's total adds up amounts without regard to debit and credit; a
    group's adds up the totals of its accounts, a file's those of its groups.
    A total that the bank leaves blank states nothing and counts as its parts.
    """
    found: list[Control] = []
    for level in _LEVELS:
        totals = _totals(records, level)
        found += [control for row in totals.iter_rows(named=True) for control in _level_controls(row, level)]
        stated = totals.select(
            "line", pl.coalesce(pl.col("field_0").cast(pl.Int64, strict=False), "sum").alias("total")
        )
        summed = records.select("line").join(stated, on="line", how="left", maintain_order="left")["total"]
        records = records.with_columns(pl.coalesce(summed, "amount").alias("amount"))
    return tuple(found)


def _totals(records: pl.DataFrame, level: _Level) -> pl.DataFrame:
    """Return a row per total of a level: its `line`, its three fields, and what they should say."""
    parts = pl.col("code") == level.adds_up
    added = pl.when(parts).then("amount") if level.parts else pl.when(pl.col("code") != level.closes).then("amount")
    found = (
        records.filter(pl.col("code").is_in(level.within))
        .group_by(level.name)
        .agg(added.sum().alias("sum"), parts.sum().alias("parts"), pl.col("size").sum().alias("records"))
    )
    stated = records.filter(pl.col("code") == level.closes).select(
        level.name, "line", *(field_of(place).alias(f"field_{place}") for place in range(3))
    )
    return stated.join(found, on=level.name).sort("line")


def _level_controls(row: Mapping[str, Any], level: _Level) -> Iterator[Control]:
    names = ("sum", "parts", "records") if level.parts else ("sum", "records")
    what = {"sum": "the total", "parts": f"the number of {level.parts}", "records": "the number of records"}
    for place, name in enumerate(names):
        written = row[f"field_{place}"] or ""
        known = str(int(written)) if _WHOLE.match(written) else written or "(nothing)"
        if written or name != "sum":
            yield Control(f"{what[name]} of the {level.name} on line {row['line']}", known, str(row[name]))


def field_of(place: int) -> pl.Expr:
    """Return a field of a record without a text by its place, trimmed; null where there is none."""
    fields = pl.col("body").str.replace_all(JOINT, ",", literal=True).str.split(",")
    return fields.list.get(place, null_on_oob=True).str.strip_chars(" +")

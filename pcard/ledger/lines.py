"""The lines of one table: typed, completed, and parted into records and complaints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Reading, Skipped
from pcard.ledger.cards import CARD_COLUMNS, shorten_column
from pcard.ledger.cells import clean, typed
from pcard.ledger.complaints import Complaint, holds_nul, ignored, missing, shown, unreadable
from pcard.ledger.completion import complete
from pcard.ledger.identities import identities, raw_key, transaction_ids
from pcard.ledger.repeats import settle_repeats
from pcard.money import has_more_decimals
from pcard.schema import Column, Kind, Table

# What the ledger itself gives every record; a file's column of that name is one like any unknown one.
_OURS = frozenset({"transaction_id", "identity", "document", "line", "extra"})
# Beside what a table requires: cells that make a line worthless, or dangerous, where they cannot be read.
_DECISIVE = frozenset({"amount", "date", "posted", "total", "account"})
# Headings of social security numbers.
_SOCIAL = re.compile(r"(?i)\bSSN\b|\bsoc(?:ial|\.)?[ _-]*sec(?:urity|\.)?\b|^ssn|_ssn$")


@dataclass(frozen=True)
class Lines:
    """What became of one table's lines."""

    records: pl.DataFrame
    taken: int  # lines accepted; more than records where lines were added up
    seen: frozenset[int]
    bad_count: int
    skips_bad: bool
    complaints: tuple[Complaint, ...]
    warnings: tuple[Fault, ...]
    skipped: tuple[Skipped, ...]
    cut: tuple[str, ...]  # the full number of every cell that was shortened


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A column with something wrong in some of its rows: which, how written, and whether it costs the line."""

    field: str
    kind: Kind
    what: str  # nul, unreadable or missing: the line is lost; ignored: the cell is
    rows: pl.DataFrame  # row, line, value


def read_lines(table: Table, found: pl.DataFrame, reading: Reading, document: Document) -> Lines:
    """Read a table's lines, `found` as an importer gives them: text cells under file names, and `line`."""
    raw, cut = _without_numbers(clean(found))
    known = [column for column in table.columns if column.name in raw.columns and column.name not in _OURS]
    unknown = sorted(set(raw.columns) - {column.name for column in known} - {"line"})
    values = raw.select(
        pl.int_range(pl.len()).alias("row"), "line", *(typed(column, reading) for column in known)
    ).with_columns(_key(table, raw), _extra(raw, unknown))
    filled = complete(table, values)
    troubles = [
        *_nul_cells(found), *_unreadable(known, table.required, found, values), *_missing(table, found, filled)
    ]  # fmt: skip
    bad = {row for trouble in troubles if trouble.what != "ignored" for row in trouble.rows["row"].to_list()}
    good = filled.filter(~pl.col("row").is_in(sorted(bad)))
    settled = settle_repeats(table.name, good, document)
    complaints, warnings = _said(table.name, troubles, document)
    complaints += settled.complaints
    skips_bad = reading.on_bad_line == "skip"
    if skips_bad:
        complaints = [replace(one, fault=replace(one.fault, warning=True)) for one in complaints]
    return Lines(
        records=_finished(table, settled.records, document),
        taken=good.height - len(settled.skipped) - len(settled.complaints),
        seen=frozenset(raw["line"].to_list()),
        bad_count=len(bad) + len(settled.complaints),
        skips_bad=skips_bad,
        complaints=tuple(complaints),
        warnings=(*warnings, *settled.warnings, *_rounded(raw, known, reading, document)),
        skipped=settled.skipped,
        cut=cut,
    )


def _key(table: Table, raw: pl.DataFrame) -> pl.Expr:
    """Return each line's raw cells as one text; charges that all have an id of their own are told by that."""
    if table.name == "transactions" and "id" in raw.columns and not raw["id"].null_count():
        return pl.lit("").alias("raw_key")
    return pl.lit(raw_key(raw)).alias("raw_key")


def _without_numbers(raw: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Shorten card and account numbers, and drop social security numbers unread; return what was cut."""
    social = [name for name in raw.columns if _SOCIAL.search(name)]
    cut = [
        number
        for name in social
        for number in raw[name].drop_nulls().unique().sort()
        if sum(char.isdigit() for char in number) > 4
    ]
    raw = raw.drop(social)
    for name in sorted(CARD_COLUMNS.intersection(raw.columns)):
        kept, full = shorten_column(raw[name])
        raw = raw.with_columns(kept.alias(name))
        cut += full.drop_nulls().to_list()
    return raw, tuple(cut)


def _extra(raw: pl.DataFrame, unknown: list[str]) -> pl.Expr:
    """Return the cells of columns the table does not know as compact JSON with sorted keys, null where none."""
    if not unknown:
        return pl.lit(None, pl.String).alias("extra")
    pairs = [
        pl.when(raw[name].is_not_null()).then(pl.struct(raw[name]).struct.json_encode().str.slice(1).str.head(-1))
        for name in unknown
    ]
    joined = pl.concat_str(pairs, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).alias("extra")


def _nul_cells(found: pl.DataFrame) -> Iterator[_Trouble]:
    for name in (name for name, kind in found.schema.items() if kind == pl.String):
        yield from _where(found[name].str.contains("\0", literal=True), name, Kind.TEXT, "nul", found)


def _unreadable(
    known: list[Column], required: tuple[str, ...], found: pl.DataFrame, values: pl.DataFrame
) -> Iterator[_Trouble]:
    for column in known:
        if column.kind is Kind.TEXT and column.name not in CARD_COLUMNS:
            continue
        written = found[column.name].str.strip_chars().replace("", None)
        decisive = column.frame_name in required or column.name in _DECISIVE
        what = "unreadable" if decisive else "ignored"
        unread = written.is_not_null() & values[column.frame_name].is_null()
        yield from _where(unread, column.name, column.kind, what, found)


def _missing(table: Table, found: pl.DataFrame, filled: pl.DataFrame) -> Iterator[_Trouble]:
    for column in table.columns:
        # A line has one date or none: `posted` and `date` stand in for each other.
        if column.required and column.name not in _OURS and column.name != "posted":
            blank = filled[column.frame_name].is_null()
            if column.name in found.columns:
                blank &= found[column.name].str.strip_chars().replace("", None).is_null()
            yield from _where(blank, column.name, column.kind, "missing", found)


def _where(mask: pl.Series, field: str, kind: Kind, what: str, found: pl.DataFrame) -> Iterator[_Trouble]:
    if mask.any():
        value = pl.col(field) if field in found.columns else pl.lit(None, pl.String)
        rows = found.select(pl.int_range(pl.len()).alias("row"), "line", value.alias("value")).filter(mask)
        yield _Trouble(field, kind, what, rows)


def _said(table: str, troubles: list[_Trouble], document: Document) -> tuple[list[Complaint], list[Fault]]:
    """Return the complaints that cost their line, and the warnings, in the order of the lines."""
    complaints: list[Complaint] = []
    warnings: list[Fault] = []
    for trouble in troubles:
        for line, text in zip(trouble.rows["line"], shown(trouble.rows["value"].to_list()), strict=True):
            place = document.place(line, field=trouble.field)
            match trouble.what:
                case "ignored":
                    warnings.append(ignored(trouble.kind, place, text))
                case "nul":
                    complaints.append(Complaint(table, holds_nul(place), text))
                case "missing":
                    complaints.append(Complaint(table, missing(place, table)))
                case _:
                    complaints.append(Complaint(table, unreadable(trouble.kind, place, text), text))
    return sorted(complaints, key=lambda one: _order(one.fault)), sorted(warnings, key=_order)


def _order(fault: Fault) -> tuple[int, str]:
    return fault.place.line or 0, fault.place.field or ""


def _rounded(raw: pl.DataFrame, known: list[Column], reading: Reading, document: Document) -> list[Fault]:
    money = [column.name for column in known if column.kind is Kind.MONEY]
    if not money:
        return []
    finer = raw.select(pl.any_horizontal(has_more_decimals(pl.col(name), reading.decimal_mark) for name in money).sum())
    count = finer.item()
    if not count:
        return []
    message = f"lines with more than two decimals in an amount: {count}; each was rounded half-up to the cent"
    return [
        Fault("decimals-rounded", document.place(), message, "nothing to do; the kept original has them", warning=True)
    ]


def _finished(table: Table, records: pl.DataFrame, document: Document) -> pl.DataFrame:
    """Give the records their identities and where they come from, and check them against their border."""
    named = records.with_columns(identities(table.name, records), pl.lit(document.name).alias("document"))
    if table.name == "transactions":
        named = named.with_columns(transaction_ids(named))
    return table.of(named)

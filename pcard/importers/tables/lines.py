"""A layout's records as lines of a table: text cells under our names, the rest under their own."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.importers.tables.layouts import Layout
from pcard.importers.tables.profiles import TypeColumn
from pcard.importers.tables.rows import Rows
from pcard.money import DecimalMark, amount_pattern
from pcard.schema import Kind

_SERIAL = r"^[1-9][0-9]{4}(?:\.[0-9]+)?$"
_NEGATIVE = r"[-−–(]|(?i:CR)$"
_MINUS = r"[-−–()]|(?i:\s?(?:CR|DR))$"
_NOTHING = r"^[^1-9]*$"
_OURS = frozenset({"line", "identity", "document", "extra", "transaction_id"})


def lines_of(layout: Layout, records: pl.Series, mark: DecimalMark) -> pl.DataFrame:
    """Return the records of a layout as lines; `records` are their positions in the grid.

    Where debit and credit stand apart, or a word beside the amount says which
    it is, the amount gets its sign here: spending above zero, in a bank account
    deposits.
    """
    found = rows_at(layout, records)
    return found.select("line", *_our_columns(layout, mark), *_other_columns(layout))


def coding_of(layout: Layout, rows: Rows) -> pl.DataFrame:
    """Return a layout's allocations as lines of `coding`, numbered within their transaction."""
    positions = pl.concat([rows.records, rows.further]).sort()
    transaction = pl.col(f"c{layout.columns['id']}")
    parts = [pl.col(f"c{at}").alias(name[8:]) for name, at in layout.columns.items() if name.startswith("#coding.")]
    return (
        rows_at(layout, positions)
        .select("line", transaction.alias("transaction"), *parts)
        .filter(pl.col("amount").is_not_null() & pl.col("transaction").is_not_null())
        .with_columns((pl.int_range(pl.len()).over("transaction") + 1).cast(pl.String).alias("line_no"))
    )


def rows_at(layout: Layout, positions: pl.Series) -> pl.DataFrame:
    """Return rows of a layout's grid with their `line`."""
    frame = layout.grid.frame.with_columns(layout.grid.lines.alias("line"))
    if positions.is_empty():
        return frame.clear()
    first, last = positions.item(0), positions.item(-1)
    together = positions.is_sorted() and last - first == len(positions) - 1 and not positions.is_duplicated().any()
    return frame.slice(first, len(positions)) if together else frame[positions]


def _our_columns(layout: Layout, mark: DecimalMark) -> Iterator[pl.Expr]:
    profile, places = layout.profile, layout.columns
    days = profile.of_kind(Kind.DATE)
    signed = "amount" if "#type" in places else ""
    for name, source in profile.columns.items():
        if name == signed:
            continue
        if name in places:
            cell = pl.col(f"c{places[name]}")
            cell = _undo_serial(cell, layout) if name in days else cell
            yield (cell if source.fill is None else cell.fill_null(pl.lit(source.fill))).alias(name)
        elif source.fill is not None:
            yield pl.lit(source.fill).alias(name)
    if "#kind" in places and profile.kinds:
        word = pl.col(f"c{places['#kind']}").str.to_lowercase()
        values = {said.lower(): kind for said, kind in profile.kinds.values.items()}
        yield word.replace_strict(values, default=None, return_dtype=pl.String).alias("kind")
    if "#debit" in places:
        debit, credit = (_one_way(pl.col(f"c{places[name]}"), mark) for name in ("#debit", "#credit"))
        gain, loss = (credit, debit) if profile.table == "bank_lines" else (debit, credit)
        yield pl.coalesce(gain, _turned(loss, mark)).alias("amount")
    if signed:
        yield _signed_by_type(layout, mark).alias("amount")


def _other_columns(layout: Layout) -> Iterator[pl.Expr]:
    """Columns no rule names keep their own headings, or a longer one where ours would be taken."""
    taken = {place for name, place in layout.columns.items() if not name.startswith("#") or "." in name}
    known = {*layout.profile.record.names, *layout.profile.record.aliases, *_OURS, *layout.profile.columns}
    for place, name in enumerate(layout.names):
        if place not in taken:
            yield pl.col(f"c{place}").alias(f"{name} (source)" if name in known else name)


def _undo_serial(cell: pl.Expr, layout: Layout) -> pl.Expr:
    """In a workbook a date without a date's format is a number of days."""
    if layout.grid.epoch is None:
        return cell
    days = cell.str.extract(r"^([0-9]{5})").cast(pl.Int32, strict=False)
    day = (pl.lit(layout.grid.epoch) + pl.duration(days=days)).dt.to_string("%Y-%m-%d")
    return pl.when(cell.str.contains(_SERIAL)).then(day).otherwise(cell)


def _one_way(amount: pl.Expr, mark: DecimalMark) -> pl.Expr:
    """Return a debit or credit column: null for `0.00` and `-`, its sizes where all of it is written below zero."""
    filled = pl.when(~amount.str.contains(_NOTHING)).then(amount)
    below = filled.str.contains(_NEGATIVE) & filled.str.contains(amount_pattern(mark))
    return pl.when(below.all()).then(_bare(filled)).otherwise(filled)


def _bare(amount: pl.Expr) -> pl.Expr:
    return amount.str.replace_all(_MINUS, "").str.strip_chars()


def _turned(amount: pl.Expr, mark: DecimalMark) -> pl.Expr:
    """Return an amount's text with its sign turned; what is no amount stays as it is."""
    turned = pl.when(amount.str.contains(_NEGATIVE)).then(_bare(amount)).otherwise(pl.lit("-") + _bare(amount))
    return pl.when(amount.str.contains(amount_pattern(mark))).then(turned).otherwise(amount)


def _signed_by_type(layout: Layout, mark: DecimalMark) -> pl.Expr:
    """Return the amount's size with the sign of the word beside it; null where the word says nothing."""
    rule = layout.profile.amount.type or TypeColumn.model_construct(headings=(), debit=(), credit=())
    up, down = (rule.credit, rule.debit) if layout.profile.table == "bank_lines" else (rule.debit, rule.credit)
    amount, word = pl.col(f"c{layout.columns['amount']}"), pl.col(f"c{layout.columns['#type']}").str.to_lowercase()
    size = pl.when(amount.str.contains(amount_pattern(mark))).then(_bare(amount)).otherwise(amount)
    below = pl.when(amount.str.contains(amount_pattern(mark))).then(pl.lit("-") + size).otherwise(amount)
    return (
        pl.when(word.is_in([said.lower() for said in up]))
        .then(size)
        .when(word.is_in([said.lower() for said in down]))
        .then(below)
    )

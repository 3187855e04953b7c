"""Charges, receipts and orders whose every cell is plain already, typed in one go.

Tables in Parquet that another program wrote by the contract need none of the
care that people's files do: one look per column tells that every id is there
once, every amount has two decimals, every date is one. Then the columns are
taken as they stand. Where one cell is not so, nothing is taken here and the
long way reads the files; what it would make of plain cells is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl

from pcard.card_numbers import PARQUET
from pcard.documents import MAX_BYTES, open_document
from pcard.frames import KINDS, RECORDS, Ledger
from pcard.ledger.cards import CARD_COLUMNS
from pcard.ledger.cells import FIRST_DAY, LAST_DAY, clean
from pcard.schema import Kind

# The columns that may be there; others have meanings, or faults, that the long way knows.
_KNOWN: Mapping[str, frozenset[str]] = {
    table: frozenset(names.split())
    for table, names in {
        "transactions": "id account card cardholder site date posted amount merchant kind mcc reference po_number"
        " description sales_tax city state country fund currency large_ticket",
        "receipts": "id vendor date total tax card cardholder site transaction po_number order_number",
        "orders": "po_number vendor date amount open_amount site kind",
    }.items()
}
# What no match looks at; an empty column takes as much room as a full one.
_UNMATCHED = ("account", "mcc", "city", "state", "country", "fund", "large_ticket", "sales_tax", "sales_tax_cents")
_KEYS = {"transactions": "id", "receipts": "id", "orders": "po_number"}
_FILLED = {
    "transactions": ("id", "amount", "date", "posted", "merchant", "kind"),
    "receipts": ("id",),
    "orders": ("po_number", "vendor", "amount", "date"),
}
_ID = r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,39}$"
_LONG_NUMBER = r"(?:[0-9][._\-]?){11}[0-9]"  # may be a card's
_CARD = r"^(?:[0-9]{4}|[A-Za-z][A-Za-z0-9]{0,10})$"
_AMOUNT = r"^-?[0-9]{1,10}\.[0-9]{2}$"
_WRAPPED = r"^[='][\"=+\-@\t\r＝＋－＠]"  # by a spreadsheet
_ORDER_KIND = r"^[a-z_]+$"
_MOVED = r"(?i)TRANSFER|XFER"  # a balance that moves to another card, whatever kind its source calls it


def plain_records(table: str, path: Path) -> pl.DataFrame | None:
    """Return a file's records of a table, or None where any cell needs a closer look.

    They are what the long way gives, but for the identity: that is a source's
    own id, which is enough where nothing is stored.

    Raises:
        Refused: the file cannot be read, or holds what may never be taken in.
    """
    found = _read(table, path) if table in _KNOWN else None
    if found is None or not _is_plain(table, frame := clean(found)):
        return None
    document = open_document(path)
    if document.cut_count:
        return None
    record = RECORDS[table]
    lines = pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
    taken = _taken(table, frame).with_columns(identity=_KEYS[table], document=pl.lit(document.name), line=lines)
    return record.of(taken)


def plain_ledger(paths: Mapping[str, Path]) -> Ledger | None:
    """Return a ledger with what matching reads of these tables, or None where any cell needs a closer look."""
    with ThreadPoolExecutor(len(paths) or 1) as pool:
        read = dict(zip(paths, pool.map(_matched, paths, paths.values()), strict=True))
    frames = {table: frame for table, frame in read.items() if frame is not None}
    if len(frames) < len(paths):
        return None
    empty = Ledger()
    return replace(
        empty, transactions=frames["transactions"], receipts=frames.get("receipts", empty.receipts),
        orders=frames.get("orders", empty.orders),
    )  # fmt: skip


def _matched(table: str, path: Path) -> pl.DataFrame | None:
    """Return what matching looks at of a table, or None where any cell needs a closer look."""
    frame = _read(table, path)
    if frame is None or not _is_plain(table, frame):
        return None
    return _taken(table, frame.drop(_UNMATCHED, strict=False)).drop(_UNMATCHED, strict=False)


def _read(table: str, path: Path) -> pl.DataFrame | None:
    """Read a Parquet file that has columns of this table only."""
    try:
        found = set(pl.read_parquet_schema(path)) if _is_parquet(path) else set()
        if not set(_FILLED[table]) <= found <= _KNOWN[table]:
            return None
        return pl.read_parquet(path).with_columns(pl.col(pl.Null).cast(pl.String))
    except (pl.exceptions.PolarsError, OSError):
        return None  # the long way says what is wrong with it


def _is_parquet(path: Path) -> bool:
    """Tell a Parquet file by its first bytes; one that is too large is left to the long way, which says so."""
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET and path.stat().st_size <= MAX_BYTES
    except OSError:
        return False


def _columns(table: str, *kinds: Kind) -> list[str]:
    """Return the names of the columns of some kinds that may be there, as the border declares them."""
    return [each.name for each in RECORDS[table].columns if each.name in _KNOWN[table] and each.kind in kinds]


def _is_plain(table: str, frame: pl.DataFrame) -> bool:
    """Tell whether every cell is as the contract has it."""
    key = _KEYS[table]
    texts, money, days, flags = (
        [name for name in _columns(table, kind) if name in frame.columns]
        for kind in (Kind.TEXT, Kind.MONEY, Kind.DATE, Kind.FLAG)
    )
    if any(frame[name].null_count() for name in _FILLED[table]):
        return False
    if not (
        all(frame[name].dtype == pl.String for name in texts)
        and all(frame[name].dtype in (pl.String, pl.Decimal(38, 2)) for name in money)
        and all(frame[name].dtype == pl.Date for name in days)
        and all(_is_flag(frame[name]) for name in flags)
    ):
        return False
    cards = [name for name in texts if name in CARD_COLUMNS]
    codes = pl.concat([frame[name].unique() for name in cards]) if cards else pl.Series([""], dtype=pl.String)
    free = [pl.col(name) for name in texts if name not in (key, *cards)]
    looks = [
        pl.col(key).str.contains(_ID) & ~pl.col(key).str.contains(_LONG_NUMBER),
        *(pl.col(name).str.contains(_AMOUNT) for name in money if frame[name].dtype == pl.String),
        *(pl.col(name).is_between(FIRST_DAY, LAST_DAY) for name in days),
        *(~text.str.contains("\0", literal=True) & ~text.str.contains(_WRAPPED) for text in free),
    ]
    return (
        all(frame.select(look.all().alias(str(place)) for place, look in enumerate(looks)).row(0))
        and (not cards or bool(codes.drop_nulls().str.contains(_CARD).all()))
        and frame[key].n_unique() == frame.height
        and _is_plain_in_kind(table, frame)
    )


def _is_flag(column: pl.Series) -> bool:
    words = column.dtype == pl.String and bool(column.drop_nulls().is_in(["true", "false"]).all())
    return column.dtype == pl.Boolean or words


def _is_plain_in_kind(table: str, frame: pl.DataFrame) -> bool:
    """Tell whether what the line is can be taken as it is said."""
    if table == "orders":
        return "kind" not in frame.columns or bool(frame["kind"].drop_nulls().str.contains(_ORDER_KIND).all())
    if table == "receipts":
        return True
    uncategorised = frame.filter(pl.col("mcc").is_null()) if "mcc" in frame.columns else frame
    return (
        frame["kind"].is_in(KINDS).all()
        and bool((frame["merchant"].str.strip_chars() != "").all())
        and not uncategorised["merchant"].str.contains(_MOVED).any()
        and not ("description" in frame.columns and frame["description"].str.contains(_MOVED).any())
    )


def _taken(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns under their names in frames, those that are not there empty."""
    money = _columns(table, Kind.MONEY)
    texts = [pl.lit(None, pl.String).alias(name) for name in _columns(table, Kind.TEXT) if name not in frame.columns]
    cents = [_cents(name, frame).alias(f"{name}_cents") for name in money]
    flags = [_flag(name, frame).alias(name) for name in _columns(table, Kind.FLAG)]
    whole = frame.with_columns(*texts, *flags, *cents).drop(money, strict=False)
    if table == "orders":
        return whole.with_columns(requester=pl.lit(None, pl.String))
    if table == "transactions":
        # Without a custody log and requesters of orders the buyer is the cardholder.
        return whole.with_columns(
            transaction_id="id", buyer="cardholder", memo=pl.lit(value=False),
            original_currency=pl.lit(None, pl.String), original_amount_cents=pl.lit(None, pl.Int64),
        )  # fmt: skip
    return whole


def _flag(name: str, frame: pl.DataFrame) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit(None, pl.Boolean)
    return pl.col(name) if frame[name].dtype == pl.Boolean else pl.col(name) == "true"


def _cents(name: str, frame: pl.DataFrame) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit(None, pl.Int64)
    return pl.col(name).cast(pl.String).str.replace(".", "", literal=True).cast(pl.Int64)

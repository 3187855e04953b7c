"""Charges, receipts and orders whose every cell is plain already, typed in one go.

Tables in Parquet that another program wrote by the contract need none of the
care that people's files do: one look per column tells that every id is there
once, every amount has two decimals, every date is one. Then the columns are
taken as they stand. Where one cell is not so, nothing is taken here and the
long way reads the files; what it would make of plain cells is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from pcard.documents import open_document
from pcard.frames import KINDS, RECORDS, Ledger
from pcard.ledger.cells import FIRST_DAY, LAST_DAY, clean

_MAGIC = b"PAR1"
_MOST_BYTES = 512 * 1024 * 1024
# The columns that may be there; others have meanings, or faults, that the long way knows.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "transactions": (
        "cardholder",
        "site",
        "merchant",
        "mcc",
        "reference",
        "po_number",
        "description",
        "city",
        "state",
        "country",
        "fund",
        "currency",
    ),
    "receipts": ("vendor", "cardholder", "site", "transaction", "po_number", "order_number"),
    "orders": ("vendor", "site", "kind"),
}
_MONEY = {"transactions": ("amount", "sales_tax"), "receipts": ("total", "tax"), "orders": ("amount", "open_amount")}
_DAYS = {"transactions": ("date", "posted"), "receipts": ("date",), "orders": ("date",)}
_FLAGS = {"transactions": ("large_ticket",), "receipts": (), "orders": ()}
_CARDS = {"transactions": ("card", "account"), "receipts": ("card",), "orders": ()}
_KEYS = {"transactions": "id", "receipts": "id", "orders": "po_number"}
_FILLED = {
    "transactions": ("amount", "date", "posted", "merchant", "kind"),
    "receipts": (),
    "orders": ("vendor", "amount", "date"),
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
    found = _read(table, path) if table in _KEYS else None
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
    frames: dict[str, pl.DataFrame] = {}
    for table, path in paths.items():
        frame = _read(table, path)
        if frame is None or not _is_plain(table, frame):
            return None
        frames[table] = _taken(table, frame).drop("account", strict=False)  # no match looks at it
    empty = Ledger()
    return replace(
        empty, transactions=frames["transactions"], receipts=frames.get("receipts", empty.receipts),
        orders=frames.get("orders", empty.orders),
    )  # fmt: skip


def _read(table: str, path: Path) -> pl.DataFrame | None:
    """Read a Parquet file that has columns of this table only."""
    groups = (_TEXTS, _MONEY, _DAYS, _FLAGS, _CARDS, _FILLED)
    known = {_KEYS[table], *(name for names in groups for name in names[table])}
    try:
        found = set(pl.read_parquet_schema(path)) if _is_parquet(path) else set()
        if not {_KEYS[table], *_FILLED[table]} <= found <= known:
            return None
        return pl.read_parquet(path).with_columns(pl.col(pl.Null).cast(pl.String))
    except (pl.exceptions.PolarsError, OSError):
        return None  # the long way says what is wrong with it


def _is_parquet(path: Path) -> bool:
    """Tell a Parquet file by its first bytes; one that is too large is left to the long way, which says so."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC and path.stat().st_size <= _MOST_BYTES
    except OSError:
        return False


def _is_plain(table: str, frame: pl.DataFrame) -> bool:
    """Tell whether every cell is as the contract has it."""
    key, cards = _KEYS[table], [name for name in _CARDS[table] if name in frame.columns]
    if any(frame[name].dtype != pl.String for name in (key, *cards, *_texts(table, frame))):
        return False
    if any(frame[name].null_count() for name in (key, *_FILLED[table])):
        return False
    money = [name for name in _MONEY[table] if name in frame.columns]
    if not all(frame[name].dtype in (pl.String, pl.Decimal(38, 2)) for name in money):
        return False
    days = [name for name in _DAYS[table] if name in frame.columns]
    if not all(frame[name].dtype == pl.Date for name in days):
        return False
    if not all(_is_flag(frame[name]) for name in _FLAGS[table] if name in frame.columns):
        return False
    texts = [pl.col(name) for name in _texts(table, frame)]
    codes = pl.concat([frame[name].unique() for name in cards]) if cards else pl.Series([""], dtype=pl.String)
    looks = [
        pl.col(key).str.contains(_ID) & ~pl.col(key).str.contains(_LONG_NUMBER),
        *(pl.col(name).str.contains(_AMOUNT) for name in money if frame[name].dtype == pl.String),
        *(pl.col(name).is_between(FIRST_DAY, LAST_DAY) for name in days),
        *(~text.str.contains("\0", literal=True) & ~text.str.contains(_WRAPPED) for text in texts),
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


def _texts(table: str, frame: pl.DataFrame) -> list[str]:
    return [name for name in (*_TEXTS[table], *(["kind"] if table == "transactions" else [])) if name in frame.columns]


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
    """Return the columns matching reads, under their names in frames."""
    absent = [
        pl.lit(None, pl.String).alias(name) for name in (*_TEXTS[table], *_CARDS[table]) if name not in frame.columns
    ]
    money = [
        _cents(pl.col(name), frame[name].dtype) if name in frame.columns else pl.lit(None, pl.Int64)
        for name in _MONEY[table]
    ]
    flags = [_flag(name, frame) for name in _FLAGS[table]]
    whole = frame.with_columns(
        *absent, *flags, *(cents.alias(f"{name}_cents") for name, cents in zip(_MONEY[table], money, strict=True))
    ).drop(_MONEY[table], strict=False)
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
        return pl.lit(None, pl.Boolean).alias(name)
    return pl.col(name) if frame[name].dtype == pl.Boolean else (pl.col(name) == "true").alias(name)


def _cents(amount: pl.Expr, kind: pl.DataType) -> pl.Expr:
    text = amount if kind == pl.String else amount.cast(pl.String)
    return text.str.replace(".", "", literal=True).cast(pl.Int64)

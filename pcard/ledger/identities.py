"""What makes a record the same one when it is imported again.

An identity is taken once, at import, from the source's own fields: its id with
account, dates and amount, the natural key of a table, or else all raw cells
with the ordinal among equal lines of the document. Two real equal purchases
have ordinals 0 and 1 and stay two; the same document, or one that overlaps it,
gives the same identities again.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import polars as pl

IDENTITY_DIGITS = 32
DERIVED_ID_DIGITS = 12

# The frame columns that say which one it is, where a table has them.
NATURAL_KEYS = {
    "statements": ("account", "closed"),
    "receipts": ("id",),
    "orders": ("po_number",),
    "cards": ("card", "account", "cardholder"),
    "sites": ("site",),
    "people": ("person",),
    "vendors": ("vendor",),
    "coding": ("transaction", "line_no"),
    "approvals": ("transaction", "po_number", "step"),
    "custody": ("card", "person", "out"),
    "disputes": ("transaction",),
}
_UNIT = "\x1f"  # ASCII unit separator: in no cell, so that joined cells cannot be mistaken


def raw_key(raw: pl.DataFrame) -> pl.Series:
    """Join each row's filled cells as `name=cell`, so that an empty column more or less changes nothing."""
    names = sorted(set(raw.columns) - {"line"})
    if not names:
        return pl.repeat("", raw.height, dtype=pl.String, eager=True)
    cells = [pl.lit(f"{name}=") + pl.col(name) for name in names]
    return raw.select(pl.concat_str(cells, separator=_UNIT, ignore_nulls=True)).to_series()


def identities(table: str, records: pl.DataFrame) -> pl.Series:
    """Return the identity of each record of a document, in the order given; `raw_key` is one of the columns."""
    key = _text_of(NATURAL_KEYS[table]) if table in NATURAL_KEYS else pl.col("raw_key")
    if table == "transactions":
        own = pl.concat_str(
            pl.lit("id"), _text_of(("account", "id", "date", "posted", "amount_cents")), separator=_UNIT
        )
        key = pl.when(pl.col("id").is_not_null()).then(own).otherwise(key)
    keyed = records.select(key.alias("key"))
    ordinal = _ordinal("key") if keyed["key"].is_duplicated().any() else pl.lit(0)
    texts = keyed.select(pl.concat_str(pl.lit(table), "key", ordinal, separator=_UNIT)).to_series().to_list()
    hashed = [sha256(text.encode()).hexdigest()[:IDENTITY_DIGITS] for text in texts]
    return pl.Series("identity", hashed, pl.String)


def transaction_ids(records: pl.DataFrame) -> pl.Expr:
    """Return the source's id, the n-th repeat of one within the document as `id~n`, else one made from the identity."""
    own = pl.col("id")
    if records["id"].drop_nulls().is_duplicated().any():
        repeat = _ordinal("id") + 1
        own = pl.when(repeat == 1).then("id").otherwise(pl.concat_str("id", pl.lit("~"), repeat))
    made = pl.lit("t-") + pl.col("identity").str.slice(0, DERIVED_ID_DIGITS)
    return pl.when(pl.col("id").is_not_null()).then(own).otherwise(made).alias("transaction_id")


def _ordinal(name: str) -> pl.Expr:
    return pl.int_range(pl.len()).over(name)


def _text_of(names: Sequence[str]) -> pl.Expr:
    return pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in names], separator=_UNIT)

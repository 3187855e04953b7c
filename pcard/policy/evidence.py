"""What receipts and orders say about each transaction they were linked with.

Links count where they were accepted or confirmed; a link that still awaits
review is only counted as proposed.
"""

from __future__ import annotations

import polars as pl

from pcard.frames import ORDERS
from pcard.policy.fields import FIELDS

_COUNTED = pl.col("outcome").is_in(["accepted", "confirmed"])
_ITEMIZED = pl.col("kind").is_in(["itemized", "invoice"])
# What a receipt is worth as evidence, the best first.
_SAID = ("kind", "purpose", "order_number", "received_by", "cardholder", "description")
_KINDS = ("itemized", "invoice", "slip", "packing_slip", "quote", "affidavit")


def linked_receipts(receipts: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """Return per transaction: how many receipts, their total, whether one is itemised, the best one's words."""
    links = matches.filter(pl.col("evidence_kind") == "receipt").select("transaction_id", "evidence_id", "outcome")
    found = links.join(receipts, left_on="evidence_id", right_on="id", how="left").sort(
        "transaction_id",
        pl.col("kind").replace_strict(dict(zip(_KINDS, range(6), strict=True)), default=6),
        "evidence_id",
    )
    said = {f"receipt.{name}": name for name in _SAID}
    return (
        found.group_by("transaction_id", maintain_order=True)
        .agg(
            pl.col("evidence_id").filter(_COUNTED).len().cast(pl.Int32).alias("receipt.count"),
            pl.col("evidence_id").filter(~_COUNTED).len().cast(pl.Int32).alias("receipt.proposed"),
            _sum("total_cents").alias("receipt.total"),
            _sum("tax_cents").alias("receipt.tax"),
            # True where one is, null where none is and the kind of one is not known.
            _ITEMIZED.filter(_COUNTED).any(ignore_nulls=False).alias("receipt.itemized"),
            *(pl.col(column).filter(_COUNTED).drop_nulls().first().alias(name) for name, column in said.items()),
        )
        .with_columns(pl.when(pl.col("receipt.count") > 0).then("receipt.itemized").alias("receipt.itemized"))
    )


def _sum(column: str) -> pl.Expr:
    """Sum what is known; null where nothing is."""
    counted = pl.col(column).filter(_COUNTED).drop_nulls()
    return pl.when(counted.len() > 0).then(counted.sum())


def linked_orders(orders: pl.DataFrame, matches: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Return per transaction: how many orders, and the first one by number; a charge that names an order has it."""
    linked = matches.filter((pl.col("evidence_kind") == "order") & _COUNTED)
    named = charges.select("transaction_id", "po_number").drop_nulls()
    links = pl.concat([linked.select("transaction_id", po_number="evidence_id"), named]).unique()
    found = links.join(orders, on="po_number", how="inner").sort("transaction_id", "po_number")
    fields = {f"order.{column.name}": column.frame_name for column in ORDERS.columns}
    return found.group_by("transaction_id", maintain_order=True).agg(
        pl.len().cast(pl.Int32).alias("order.count"),
        *(pl.col(column).first().alias(name) for name, column in fields.items() if name in FIELDS),
    )

"""Records that stand in a document more than once.

Equal lines of a register (a receipt, a site, a card) are one record: the later
ones are skipped and listed. Transactions and bank lines never come here: two
equal ones are two. The lines of a purchase order are added up to the order.
Where the same key says two different things, nobody but the district can tell
which is right.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Skipped
from pcard.ledger.complaints import Complaint, shown
from pcard.ledger.identities import NATURAL_KEYS

# A card or a sign-out may stand there again with other dates or limits: its history.
_HISTORIES = frozenset({"cards", "approvals", "custody"})


@dataclass(frozen=True, slots=True)
class Settled:
    """The records kept, the lines that repeat one, the lines that contradict one, and warnings."""

    records: pl.DataFrame
    skipped: tuple[Skipped, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    warnings: tuple[Fault, ...] = ()


def settle_repeats(table: str, records: pl.DataFrame, document: Document) -> Settled:
    """Leave one record per natural key; `records` are typed, in the document's order, with `line` and `raw_key`."""
    if table not in NATURAL_KEYS:
        return Settled(records)
    key = list(NATURAL_KEYS[table])
    again = pl.int_range(pl.len()).over("raw_key") > 0
    marked = records.with_columns(pl.col("line").first().over("raw_key").alias("first"), again.alias("again"))
    skipped = tuple(
        Skipped(line, f"the same as line {first}: one record of {table}")
        for line, first in marked.filter("again").select("line", "first").rows()
    )
    once = marked.filter(~pl.col("again")).drop("first", "again")
    if table in _HISTORIES:
        return Settled(once, skipped)
    once, warnings = _add_up(once, document) if table == "orders" else (once, ())
    differing = once.filter(pl.len().over(key) > 1)
    kept = once.filter(pl.len().over(key) == 1)
    return Settled(kept, skipped, tuple(_contradictions(table, differing, document)), warnings)


def _add_up(lines: pl.DataFrame, document: Document) -> tuple[pl.DataFrame, tuple[Fault, ...]]:
    """Add the lines of an order up; orders whose lines name different vendors stay apart."""
    one_vendor = pl.col("vendor").n_unique().over("po_number") == 1
    several = one_vendor & (pl.len().over("po_number") > 1)
    added = lines.with_columns(
        # No line names an open amount: nor does the order. The sum of nulls would be zero.
        pl.when(several & pl.col(name).is_not_null().any().over("po_number"))
        .then(pl.col(name).sum().over("po_number"))
        .otherwise(name)
        .alias(name)
        for name in ("amount_cents", "open_amount_cents")
    ).filter(~several | (pl.int_range(pl.len()).over("po_number") == 0))
    gone = lines.height - added.height
    if not gone:
        return lines, ()
    orders = added.filter(pl.col("po_number").is_in(lines.filter(several)["po_number"].implode())).height
    message = f"lines of purchase orders added up to their orders: {gone + orders} lines, {orders} orders"
    cure = "nothing to do; check one order if the file lists versions rather than lines"
    return added, (Fault("order-lines-added", document.place(), message, cure, warning=True),)


def _contradictions(table: str, differing: pl.DataFrame, document: Document) -> list[Complaint]:
    key = NATURAL_KEYS[table][0]
    cure = "keep the line that is right and delete the other"
    return [
        Complaint(
            table,
            Fault(
                "record-contradicts",
                document.place(line, field=key),
                f"{key} {name} stands there twice with different contents",
                cure,
            ),
            name,
        )
        for line, name in zip(differing["line"], shown(differing[key].to_list()), strict=True)
    ]

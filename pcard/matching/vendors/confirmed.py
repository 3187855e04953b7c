"""What people's links teach of names: which vendor a printed name turned out to be."""

from __future__ import annotations

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.verdicts import FOR, in_force
from pcard.matching.vendors.resolving import ALIASES


def confirmed_aliases(ledger: Ledger, decisions: pl.DataFrame | None) -> pl.DataFrame:
    """Return `ALIASES`: each merchant key whose confirmed links name one vendor more often than all others.

    A function of the verdicts in force: an undone link teaches nothing.
    """
    evidence = {
        "receipt": ledger.receipts.select(evidence_id="id", vendor_name="vendor"),
        "order": ledger.orders.select(evidence_id="po_number", vendor_name="vendor"),
    }
    charges = ledger.transactions.select("merchant_key", subject="transaction_id")
    linked = pl.concat(
        in_force(kind, decisions)
        .filter(pl.col("act").is_in(FOR))
        .join(charges, on="subject")
        .join(pieces, on="evidence_id")
        .select("merchant_key", "vendor_name")
        .drop_nulls()
        for kind, pieces in evidence.items()
    )
    counted = linked.group_by("merchant_key", "vendor_name").len()
    most = counted.filter(2 * pl.col("len") > pl.col("len").sum().over("merchant_key"))
    return ALIASES.of(most)

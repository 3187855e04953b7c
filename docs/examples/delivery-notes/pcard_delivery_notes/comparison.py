"""Delivery notes: the warehouse writes `DN 48213` on the receipt, and the vendor on the charge."""

from __future__ import annotations

import polars as pl

_NOTE = r"(?i)\b(?:DN|delivery note)[ #:-]*0*(\d{4,})\b"


class DeliveryNote:
    """Compares the delivery note in the description of a charge with the one in the description of a receipt."""

    name = "delivery note"
    evidence = "receipt"
    levels = ("same number", "another number")
    shares = (0.97, 0.03)

    def level(self) -> pl.Expr:
        """Return 0 where both name one note, 1 where they name different ones, null where one names none."""
        ours, theirs = (pl.col(f"{side}.description").str.extract(_NOTE, 1) for side in ("charge", "evidence"))
        return (ours != theirs).cast(pl.Int64)

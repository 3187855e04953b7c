"""Mastercard's trailer beside the records it counts and the amounts it adds up."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.frames import Control
from pcard.importers.bank_files.ofx_amounts import total
from pcard.importers.card_files.brand_cells import count_control, implied_value, sum_control
from pcard.importers.card_files.cdf3_records import Records

# Where neither trailer nor transactions say otherwise: Mastercard's own files have four decimals.
_EXPONENT = "4"


def controls(records: Records) -> Iterator[Control]:
    """Yield the counts and sums that the trailer (9999) states.

    Adjustments are debits and credits too; a trailer that leaves them out agrees without them.
    """
    trailer = records.trailer or {}
    if stated := trailer.get("RecordCount"):
        yield count_control("trailer, records", stated, records.count)
    lines = records.transactions
    exponents = lines["amount_exponent"].drop_nulls().unique()
    usual = exponents[0] if len(exponents) == 1 else _EXPONENT
    for name, negative in (("Debits", False), ("Credits", True)):
        side = lines.select("amount", "record").filter(pl.col("amount").str.starts_with("-") == negative)
        ways = [side, side.filter(pl.col("record") == "5000")]
        if stated := trailer.get(f"NumOf{name}"):
            count = next((one.height for one in ways if str(one.height) == stated.lstrip("0")), side.height)
            yield count_control(f"trailer, {name.lower()}", stated, count)
        if stated := trailer.get(f"TotalAmountOf{name}"):
            value = implied_value(stated, trailer.get(f"TotalAmountOf{name}_exponent") or usual)
            yield sum_control(f"trailer, sum of {name.lower()}", value, [abs(total(one["amount"])) for one in ways])

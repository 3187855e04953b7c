"""Hotel nights that lie apart from the trip they are charged to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored

_TRIP = ("order.po_number", "trip")
# Hotels, by chain and without one.
LODGING = r"^(3[5-9][0-9]{2}|7011)$"


class NightsOutsideTrip:
    """Lodging on a travel order that lies apart from the nights of its trip, or before the order's day.

    An order states no days of travel, so the trip is where most of its lodging is: nights no further than `gap_days`
    from one another.
    """

    name = "nights_outside_trip"
    needs = frozenset({"txn.mcc", "txn.date", "order.kind"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "kinds": ["travel", "preapproval"],
        "gap_days": 3,
    }

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a charge."""
        gap = (pl.col("txn.date") - pl.col("txn.date").shift(1)).dt.total_days().over("order.po_number")
        nights = (
            settings["charges"]
            .filter(
                pl.col("txn.kind") == "purchase",
                pl.col("txn.mcc").str.contains(LODGING),
                pl.col("order.kind").is_in(settings["kinds"]),
            )
            .drop_nulls(["order.po_number", "txn.date"])
            .sort("order.po_number", "txn.date", "transaction_id")
            .with_columns(trip=(gap > settings["gap_days"]).fill_null(value=False).cum_sum().over("order.po_number"))
        )
        spent = nights.group_by(_TRIP).agg(pl.len().alias("nights"), pl.col("txn.amount").sum().alias("spent"))
        main = spent.sort(*_TRIP, descending=[False, False]).sort(
            "nights", "spent", descending=True, maintain_order=True
        )
        main = main.unique("order.po_number", keep="first", maintain_order=True).select(*_TRIP, main=pl.lit(value=True))
        judged = nights.join(main, on=_TRIP, how="left", maintain_order="left").with_columns(
            apart=pl.col("main").is_null(), early=(pl.col("txn.date") < pl.col("order.date")).fill_null(value=False)
        )
        found = judged.filter(pl.col("apart") | pl.col("early"))
        return scored(found.with_columns(transaction_ids=pl.concat_list("transaction_id")), 0.3, _REASONS)


_REASONS = (
    Reason("apart from the other nights of its trip", pl.col("apart"), 0.2),
    Reason("before the day of the order", pl.col("early"), 0.2),
)

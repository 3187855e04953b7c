"""Fuel bought with a purchasing card where the site has fuel cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored


class FuelOnPurchasingCard:
    """Fuel bought with a purchasing card by a site for which the card list names a fuel card."""

    name = "fuel_on_purchasing_card"
    needs = frozenset({"txn.mcc", "txn.site", "card.type"})
    defaults: ClassVar[Mapping[str, Any]] = {"mcc": ["5541", "5542", "5983"]}

    def flag(self, ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a purchase."""
        with_fuel = ledger.cards.filter(pl.col("type") == "fuel")["site"].drop_nulls().unique()
        found = settings["charges"].filter(
            pl.col("txn.kind") == "purchase",
            pl.col("txn.mcc").is_in(settings["mcc"]),
            pl.col("txn.site").is_in(with_fuel.implode()),
            pl.col("card.type").fill_null("individual") != "fuel",
        )
        return scored(found.with_columns(transaction_ids=pl.concat_list("transaction_id")), 0.2, _REASONS)


_REASONS = (Reason("bought on a day off", pl.col("txn.working_day").not_(), 0.3),)

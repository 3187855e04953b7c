"""Merchants that one person alone buys from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.merchants import merchant_key
from pcard.policy.suspicion import Reason, scored


class FavouredVendor:
    """Merchants used by one holder alone, often and for much, where others of the category serve several."""

    name = "favoured_vendor"
    needs = frozenset({"txn.buyer_or_card", "txn.mcc"})
    defaults: ClassVar[Mapping[str, Any]] = {"least": 6, "total": Decimal("3000.00"), "others": 3}

    def flag(self, ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a merchant, on all its charges; those of the vendor list's contracts are in order."""
        bought = (
            settings["charges"].filter(pl.col("txn.kind") == "purchase").drop_nulls(["txn.buyer_or_card", "txn.mcc"])
        )
        merchants = bought.group_by("txn.mcc", "txn.merchant_key").agg(
            pl.col("transaction_id").alias("transaction_ids"),
            count=pl.len(),
            buyers=pl.col("txn.buyer_or_card").n_unique(),
            total=pl.col("txn.amount").sum(),
            least_total=pl.col("$total").min(),
            one_amount=pl.col("txn.amount").n_unique() == 1,
        )
        shared = merchants.filter(pl.col("buyers") > 1).group_by("txn.mcc").agg(others=pl.len())
        contracts = ledger.vendors.filter(pl.col("contract").fill_null(value=False))
        found = (
            merchants.join(shared, on="txn.mcc")
            .join(
                contracts.select(**{"txn.merchant_key": merchant_key(pl.col("name"))}),
                on="txn.merchant_key",
                how="anti",
            )
            .filter(
                pl.col("buyers") == 1,
                pl.col("count") >= settings["least"],
                pl.col("total") >= pl.col("least_total"),
                pl.col("others") >= settings["others"],
            )
            .sort("txn.merchant_key", "txn.mcc")
        )
        return scored(found, 0.25, _REASONS)


_REASONS = (Reason("always one amount, as a fee or subscription is", pl.col("one_amount"), -0.4),)

"""What a condition cannot say: pcard's own named checks, behind the door `pcard.checks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from pcard.frames import Ledger
from pcard.ledger.merchants import merchant_key


class PaidByAccountsPayable:
    """Charges that a check, warrant or ACH payment to the same vendor paid too.

    The amount must agree to the cent, the dates lie within `days`, and the
    names be alike by `name_percent`, or the purchase order be the same.
    """

    name = "paid_by_ap"
    needs = frozenset({"ap_payments"})
    defaults: ClassVar[Mapping[str, Any]] = {"days": 30, "name_percent": 85}

    def flag(self, ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a charge, with the payment it seems to repeat."""
        paid = ledger.ap_payments.filter(
            pl.col("status").fill_null("paid") != "void", pl.col("method").fill_null("") != "card"
        ).select("vendor", "payment_no", "amount_cents", paid_on="date", paid_order="po_number")
        charges = ledger.transactions.filter(pl.col("kind") == "purchase", ~pl.col("memo"))
        pairs = charges.join(paid, on="amount_cents").filter(
            (pl.col("paid_on") - pl.col("date")).dt.total_days().abs() <= settings["days"]
        )
        named = pairs.with_columns(vendor_key=merchant_key(pl.col("vendor")))
        alike = cpdist(named["merchant_key"].to_list(), named["vendor_key"].to_list(), scorer=fuzz.token_set_ratio)
        same_order = (pl.col("po_number") == pl.col("paid_order")).fill_null(value=False)
        found = named.with_columns(alike=pl.Series(alike, dtype=pl.Float64)).filter(
            same_order | (pl.col("alike") >= settings["name_percent"])
        )
        gap = (pl.col("paid_on") - pl.col("date")).dt.total_days().abs()
        nearest = found.sort("transaction_id", gap, "payment_no").unique("transaction_id", keep="first")
        number = pl.concat_str(pl.lit(" "), "payment_no").fill_null("")
        return nearest.select(
            pl.concat_list("transaction_id").alias("transaction_ids"),
            pl.concat_str(pl.lit("payment"), number, pl.lit(" of "), "paid_on", pl.lit(" to "), "vendor").alias(
                "reasons"
            ),
            pl.when(same_order).then(0.9).otherwise(0.6).alias("suspicion"),
        )


class RefundWithoutPurchase:
    """Credits that no earlier purchase at the merchant on the same card accounts for.

    A purchase on another card that does is named: the money went to a card
    that did not pay. Without any, the credit is flagged only where the ledger
    reaches back `history_days`.
    """

    name = "refund_without_purchase"
    needs = frozenset({"txn.date", "card.id"})
    defaults: ClassVar[Mapping[str, Any]] = {"history_days": 60}

    def flag(self, ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a credit."""
        lines = (
            ledger.transactions.filter(~pl.col("memo")).drop_nulls(["date", "card_key"]).sort("date", "transaction_id")
        )
        first = lines["date"].min()
        credits_given = lines.filter(pl.col("kind") == "credit")
        bought = lines.filter(pl.col("kind") == "purchase")
        own = _largest_before(credits_given, bought, ["merchant_key", "card_key"], "own")
        either = _largest_before(own, bought, ["merchant_key"], "other")
        refund = -pl.col("amount_cents")
        elsewhere = (pl.col("other") >= refund).fill_null(value=False)
        reaches_back = (pl.col("date") - pl.lit(first, pl.Date)).dt.total_days() >= settings["history_days"]
        return either.filter(~(pl.col("own") >= refund).fill_null(value=False) & (elsewhere | reaches_back)).select(
            pl.concat_list("transaction_id").alias("transaction_ids"),
            pl.when(elsewhere)
            .then(pl.lit("a purchase of this size at the merchant was made on another card"))
            .otherwise(pl.lit("no purchase of this size at the merchant came before it"))
            .alias("reasons"),
            pl.when(elsewhere).then(0.6).otherwise(0.4).alias("suspicion"),
        )


def _largest_before(lines: pl.DataFrame, bought: pl.DataFrame, by: list[str], name: str) -> pl.DataFrame:
    """Add the largest purchase that agrees in `by`, made on or before each line's day."""
    largest = bought.select(*by, "date", pl.col("amount_cents").cum_max().over(by).alias(name))
    return lines.join_asof(largest.sort("date"), on="date", by=by, strategy="backward", check_sortedness=False)

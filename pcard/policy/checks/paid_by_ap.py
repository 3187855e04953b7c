"""Charges that accounts payable paid too: to the vendor, or to the employee who bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from pcard.frames import Ledger
from pcard.ledger.holders import folded_name
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
        pairs = _pairs(ledger, settings["days"])
        named = pairs.with_columns(vendor_key=merchant_key(pl.col("vendor")))
        alike = cpdist(named["merchant_key"].to_list(), named["vendor_key"].to_list(), scorer=fuzz.token_set_ratio)
        same_order = (pl.col("po_number") == pl.col("paid_order")).fill_null(value=False)
        found = named.with_columns(alike=pl.Series(alike, dtype=pl.Float64)).filter(
            same_order | (pl.col("alike") >= settings["name_percent"])
        )
        same_order = (pl.col("po_number") == pl.col("paid_order")).fill_null(value=False)
        return _nearest(found, pl.when(same_order).then(0.9).otherwise(0.6))


class ReimbursedToo:
    """Charges of an amount that accounts payable also paid to an employee: a card purchase claimed as an expense."""

    name = "reimbursed_too"
    needs = frozenset({"ap_payments"})
    defaults: ClassVar[Mapping[str, Any]] = {"days": 60}

    def flag(self, ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a charge that its own buyer was paid; another employee's equal claim is chance."""
        pairs = _pairs(ledger, settings["days"]).filter(pl.col("payee_type") == "employee")
        payee = _name_of(folded_name(pl.col("vendor")), ledger.people)
        buyer = _name_of(folded_name(pl.col("buyer")), ledger.people)
        return _nearest(pairs.filter(payee == buyer), pl.lit(0.8))


def _pairs(ledger: Ledger, days: int) -> pl.DataFrame:
    """Pair purchases with payments of the same amount close in time; card payments and voids paid nobody twice."""
    paid = ledger.ap_payments.filter(
        pl.col("status").fill_null("paid") != "void", pl.col("method").fill_null("") != "card"
    ).select("vendor", "payment_no", "amount_cents", "payee_type", paid_on="date", paid_order="po_number")
    charges = ledger.transactions.filter(pl.col("kind") == "purchase", ~pl.col("memo"))
    return charges.join(paid, on="amount_cents").filter(
        (pl.col("paid_on") - pl.col("date")).dt.total_days().abs() <= days
    )


def _nearest(found: pl.DataFrame, suspicion: pl.Expr) -> pl.DataFrame:
    """Return a flag a charge, with the payment nearest to it."""
    gap = (pl.col("paid_on") - pl.col("date")).dt.total_days().abs()
    nearest = found.sort("transaction_id", gap, "payment_no").unique("transaction_id", keep="first")
    number = pl.concat_str(pl.lit(" "), "payment_no").fill_null("")
    return nearest.select(
        pl.concat_list("transaction_id").alias("transaction_ids"),
        pl.concat_str(pl.lit("payment"), number, pl.lit(" of "), "paid_on", pl.lit(" to "), "vendor").alias("reasons"),
        suspicion.alias("suspicion"),
    )


def _name_of(name: pl.Expr, people: pl.DataFrame) -> pl.Expr:
    """Return a person's name where the id is given; else what is given."""
    known = people.select(person=folded_name(pl.col("person")), name=folded_name(pl.col("name"))).drop_nulls()
    known = known.unique("person", keep="first", maintain_order=True)
    return pl.coalesce(name.replace_strict(known["person"], known["name"], default=None, return_dtype=pl.String), name)

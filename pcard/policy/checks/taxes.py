"""Sales tax that was paid and need not have been, and use tax that is owed because none was paid."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.money import cents_text
from pcard.policy.suspicion import Reason, scored

# Lodging, fares and rentals are taxed apart; a school's exemption rarely reaches them.
_APART = r"^(3[0-9]{3}|4511|7011|7512)$"
_MEALS = r"^581[1-4]$"


class SalesTaxPaid:
    """Purchases with sales tax in a district that pays none (`district: exempt`); lodging and fares apart."""

    name = "sales_tax_paid"
    needs = (frozenset({"txn.sales_tax"}), frozenset({"receipt.tax"}))
    defaults: ClassVar[Mapping[str, Any]] = {"district": "exempt", "apart": _APART}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a purchase; the tax is certain only where a receipt shows it."""
        found = _domestic_goods(settings).filter(
            pl.lit(settings["district"] == "exempt"),
            pl.any_horizontal((pl.col(name) > 0).fill_null(value=False) for name in ("txn.sales_tax", "receipt.tax")),
        )
        return scored(found.with_columns(transaction_ids=pl.concat_list("transaction_id")), 0.25, _PAID)


class UseTaxOwed:
    """Purchases from another state without sales tax in a district that owes use tax (`district: taxable`).

    `rate` is what the tax on 1,000.00 comes to where the goods went.
    """

    name = "use_tax_owed"
    needs = frozenset({"txn.state", "txn.sales_tax"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "district": "exempt",
        "home": "",
        "apart": _APART,
        "rate": Decimal("0.00"),
    }

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a purchase of goods whose seller charged no tax by the bank and by the receipt."""
        untaxed = [(pl.col(name).fill_null(0) == 0) for name in ("txn.sales_tax", "receipt.tax")]
        away = (pl.col("txn.state").str.to_uppercase() != settings["home"].upper()).fill_null(value=False)
        found = _domestic_goods(settings).filter(
            pl.lit(settings["district"] == "taxable" and settings["home"] != ""), away, *untaxed
        )
        flags = scored(found.with_columns(transaction_ids=pl.concat_list("transaction_id")), 0.25, _OWED)
        figures = found.select(_figures()).to_series()
        return flags.with_columns(reasons=pl.concat_str(figures, "reasons", separator="; ", ignore_nulls=True))


def _figures() -> pl.Expr:
    """Say base, rate and tax of each charge, half-up to the cent; where no rate is stated, that it is not."""
    base, rate = pl.col("txn.amount"), pl.col("$rate")
    owed = (base * rate * 2 + 100_000) // 200_000
    where = pl.coalesce(pl.concat_str(pl.lit(" at "), "txn.ship_to"), pl.lit(""))
    figures = (pl.lit("base "), cents_text(base), where, pl.lit(", "), cents_text(rate), pl.lit(" on 1000.00: "))
    said = pl.concat_str(*figures, cents_text(owed), pl.lit(" owed"))
    unknown = pl.concat_str(pl.lit("base "), cents_text(base), where, pl.lit(", no rate is stated"))
    return pl.when(rate > 0).then(said).otherwise(unknown)


def _domestic_goods(settings: Mapping[str, Any]) -> pl.DataFrame:
    apart = pl.col("txn.mcc").str.contains(settings["apart"]).fill_null(value=False)
    charges: pl.DataFrame = settings["charges"].filter(pl.col("txn.kind") == "purchase", ~apart)
    return charges


_PAID = (
    Reason("a meal, whose tax an exemption may not reach", pl.col("txn.mcc").str.contains(_MEALS), -0.5),
    Reason("the receipt shows the tax: certain", pl.col("receipt.tax") > 0, 0.7),
    Reason("only the bank's figure shows it, which is often filler", pl.col("receipt.tax").fill_null(0) == 0, 0.0),
    Reason("more than 10.00 to recover", pl.max_horizontal("txn.sales_tax", "receipt.tax") > 1_000, 0.2),
)
_OWED = (
    Reason("the receipt shows that no tax was charged", pl.col("receipt.tax") == 0, 0.5),
    Reason("only the bank's figure says so, which is often empty", pl.col("receipt.tax").is_null(), 0.0),
)

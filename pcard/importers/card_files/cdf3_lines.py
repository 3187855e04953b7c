"""Mastercard's financial records as lines: amounts by their own exponent, signs by debit or credit."""

from __future__ import annotations

import polars as pl

from pcard.frames import Skipped
from pcard.importers.card_files.brand_cells import (
    bank_entry_kind,
    cash_or,
    currency,
    implied,
    last_four,
    mcc,
)

# ISO 8583 processing codes.
_KINDS = {"00": "purchase", "01": "cash_advance", "20": "credit"}
# What the checks of a file need of its records beside the table.
BESIDE = ("record", "maintenance", "indicator", "amount_sign", "amount_exponent", "account_number", "card_number")


def transactions(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the table `transactions` of records 5000 and 5900, with `BESIDE` beside it."""
    negative = pl.col("indicator") == "C"
    known = pl.col("indicator").is_in(["D", "C"]).fill_null(value=False)
    settled = currency(pl.coalesce("amount_currency", "posted_code", "billed_currency", "billed_code"))
    original = currency(pl.coalesce("original_currency", "original_code"))
    foreign = (original != settled).fill_null(value=False)
    category = mcc(pl.col("mcc"))
    on_card = pl.when(pl.col("card_type") == "C").then(last_four(pl.col("card")))
    amount = pl.when(known).then(pl.coalesce("amount", "billed")).otherwise(pl.lit("neither debit nor credit"))
    exponent = pl.when(pl.col("amount").is_not_null()).then("amount_exponent").otherwise("billed_exponent")
    taxed, abroad = (
        pl.col("tax").str.contains("[1-9]"),
        implied(pl.col("original"), pl.col("original_exponent"), negative),
    )
    return rows.select(
        "line",
        pl.concat_str("processor_id", "brand_id", separator="-", ignore_nulls=True).replace("", None).alias("id"),
        pl.coalesce("date", "posted", "handled").alias("date"),
        pl.coalesce("posted", "handled").alias("posted"),
        implied(amount, exponent, negative).alias("amount"),
        pl.coalesce("merchant", "corporation", "adjustment").alias("merchant"),
        last_four(pl.col("account")).alias("account"),
        pl.coalesce(on_card, last_four(pl.col("account"))).alias("card"),
        "cardholder",
        _kind(negative, category).alias("kind"),
        settled.alias("currency"),
        pl.when(foreign).then(abroad).alias("original_amount"),
        pl.when(foreign).then(original).alias("original_currency"),
        category.alias("mcc"),
        "reference",
        pl.col("customer_code").alias("po_number"),
        pl.when(taxed).then(implied(pl.col("tax"), pl.col("tax_exponent"))).alias("sales_tax"),
        "city",
        "state",
        "country",
        pl.coalesce("first_item", "adjustment").alias("description"),
        "corporation",
        "customer_reference",
        "employee",
        "merchant_reference",
        "issuer_code",
        "line_items",
        *BESIDE[:5],
        pl.col("account").alias("account_number"),
        pl.col("card").alias("card_number"),
    )


def _kind(negative: pl.Expr, category: pl.Expr) -> pl.Expr:
    """Return the kind: the cardholder's transactions by their type, the issuer's own by their words."""
    by_type = pl.col("type").replace_strict(list(_KINDS), list(_KINDS.values()), default=None, return_dtype=pl.String)
    words = pl.concat_str("adjustment", "merchant", separator=" ", ignore_nulls=True)
    sold = pl.when(negative).then(pl.lit("credit")).otherwise(by_type)
    made_by_bank = category.is_null() & (by_type.is_null() | (by_type == "purchase"))
    return (
        pl.when(pl.col("record") == "5900")
        .then(bank_entry_kind(words, negative, "adjustment"))
        .when(made_by_bank)
        .then(pl.coalesce(bank_entry_kind(words, negative, None), sold))
        .otherwise(cash_or(sold, category))
    )


def cards(holders: pl.DataFrame) -> tuple[pl.DataFrame, list[Skipped]]:
    """Return the table `cards` of account records (4300), and those that name no holder."""
    card, limited = last_four(pl.col("account")), pl.col("limit").str.contains("[1-9]")
    named = holders.filter(pl.col("cardholder").is_not_null() & card.is_not_null())
    table = named.select(
        "line",
        card.alias("card"),
        "cardholder",
        pl.when(limited).then(implied(pl.col("limit"), pl.col("limit_exponent"))).alias("cycle_limit"),
        "opened",
        "expires",
        "employee",
    )
    rest = holders.filter(~pl.col("line").is_in(named["line"].implode()))["line"]
    return table, [Skipped(line, "an account whose holder the file does not name") for line in rest]

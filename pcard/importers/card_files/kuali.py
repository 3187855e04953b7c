"""Kuali's procurement-card XML, which universities and their tools hand on instead of the bank's own file."""

from __future__ import annotations

import re

import polars as pl

from pcard.documents import Document
from pcard.frames import Control, Extract
from pcard.importers.card_files.brand_cells import cash_or, full_numbers, last_four, mcc
from pcard.importers.refusing import faults_as_values
from pcard.importers.xml_documents import elements, local

_ROOT = re.compile(rb"http://www\.kuali\.org/kfs/fp/procurementCard[\"'/]")
_COUNTED = re.compile(rb"</(?:[\w.-]+:)?transaction\s*>")
_NAMES = {
    "transactionCreditCardNumber": "card", "financialDocumentTotalAmount": "amount",
    "transactionDebitCreditCode": "side", "chartOfAccountsCode": "chart", "accountNumber": "fund_account",
    "subAccountNumber": "sub_account", "financialObjectCode": "object", "financialSubObjectCode": "sub_object",
    "projectCode": "project", "cardHolderName": "cardholder", "transactionDate": "date",
    "transactionPostingDate": "posted", "transactionReferenceNumber": "reference",
    "transactionMerchantCategoryCode": "mcc", "vendorName": "merchant", "vendorCityName": "city",
    "vendorStateCode": "state", "transactionTravelAuthorizationCode": "authorization",
    "transactionPurchaseIdentifierDescription": "purchase_id", "transactionSalesTaxAmount": "sales_tax",
    "transactionOriginalCurrencyAmount": "original_amount", "transactionOriginalCurrencyCode": "original_currency",
    "transactionBillingCurrencyCode": "currency",
}  # fmt: skip
_ACCOUNTING = ("chart", "fund_account", "sub_account", "object", "sub_object", "project")


class Kuali:
    """Reads the card transactions that the Kuali Financial System loads (procurementCard 1.0)."""

    name = "kuali_pcdo"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by Kuali's namespace."""
        return bool(_ROOT.search(document.content[:8192]))

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return transactions, and their count and number of closing tags as control, or the faults that refuse."""
        rows: list[dict[str, object]] = []
        for element in elements(document, ("transaction",), "transaction"):
            cells: dict[str, object] = {_NAMES.get(local(one), ""): (one.text or "").strip() or None for one in element}
            rows.append(cells | {"line": element.sourceline})
        schema = {"line": pl.Int32} | dict.fromkeys(_NAMES.values(), pl.String)
        found = pl.DataFrame([[row.get(name) for name in schema] for row in rows], schema, orient="row")
        return Extract(
            self.name,
            self.version,
            {"transactions": _transactions(found)},
            controls=(Control("transactions", str(len(_COUNTED.findall(document.content))), str(found.height)),),
            cut=full_numbers(found["card"]),
        )


def _transactions(found: pl.DataFrame) -> pl.DataFrame:
    """Return the table; the amount has no sign, its code says debit or credit."""
    credit = pl.col("side") == "C"
    bare = pl.col("amount").str.contains(r"^[0-9]+(?:\.[0-9]+)?$") & pl.col("side").is_in(["D", "C"])
    signed = pl.when(credit).then(pl.lit("-") + pl.col("amount")).otherwise("amount")
    kind = pl.when(credit).then(pl.lit("credit")).otherwise(pl.lit("purchase"))
    foreign = (pl.col("original_currency") != pl.col("currency")).fill_null(value=False)
    category = mcc(pl.col("mcc"))
    return found.select(
        "line",
        pl.col("reference").alias("id"),
        "date",
        "posted",
        pl.when(bare).then(signed).otherwise(pl.format("not debit or credit: {}", "amount")).alias("amount"),
        "merchant",
        last_four(pl.col("card")).alias("card"),
        "cardholder",
        pl.when(category.is_not_null()).then(cash_or(kind, category)).alias("kind"),
        "currency",
        pl.when(foreign).then("original_amount").alias("original_amount"),
        pl.when(foreign).then("original_currency").alias("original_currency"),
        category.alias("mcc"),
        "reference",
        pl.col("purchase_id").alias("po_number"),
        "sales_tax",
        "city",
        "state",
        pl.concat_str(_ACCOUNTING, separator="-", ignore_nulls=True).replace("", None).alias("accounting"),
    )

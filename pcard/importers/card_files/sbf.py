"""U.S. Bank's fixed-width statement billing file (SBF): cardholders, their transactions and line items.

Every record has 400 characters. Positions in the layouts below count from 0; docs/formats/usbank_sbf.md tells where
they are known from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, errors_of
from pcard.frames import Extract, Reading, Skipped
from pcard.importers.card_files.brand_cells import (
    bank_entry_kind,
    cash_or,
    currency,
    full_numbers,
    implied,
    last_four,
    mcc,
)
from pcard.importers.card_files.record_lines import (
    Records,
    cut_short,
    first_line,
    fixed_width,
    unknown_records,
    wrong_lengths,
)
from pcard.importers.card_files.sbf_controls import controls

LENGTH = 400
_READING = Reading(date_formats=("%Y%m%d",), thousands=False)
_HEADER = re.compile(r"^01[^,]{57}[0-9]{8}[0-9]{8}(?: |$)")
# Offset and width of the fields that are read, by record type.
_LAYOUTS: dict[str, dict[str, tuple[int, int]]] = {
    "01": {"client": (2, 25), "created": (59, 8), "count": (67, 8)},
    "02": {
        "account": (2, 16), "cardholder": (43, 25), "employee": (191, 15), "company": (252, 5), "status": (267, 1),
        "limit": (352, 12),
    },
    "05": {
        "account": (2, 16), "reference": (18, 23), "code": (41, 4), "date": (45, 8), "posted": (53, 8),
        "source_currency": (61, 3), "sign": (64, 1), "source_amount": (65, 11), "currency": (76, 3),
        "billed": (79, 12), "mcc": (91, 4), "merchant": (95, 25), "city": (120, 26), "state": (146, 2),
        "country": (148, 4), "purchase_format": (272, 1), "purchase_id": (273, 25),
        "accounting": (317, 29), "type": (346, 2),
    },
    "50": {
        "merchant_order": (37, 12), "item": (129, 26), "quantity": (155, 10), "unit": (165, 10), "unit_cost": (175, 12),
    },
    "95": {"account": (2, 16), "count": (18, 6), "debits": (24, 12), "credits": (36, 12)},
    "98": {"count": (21, 8), "debits": (29, 15), "credits": (44, 15), "net": (59, 15)},
}  # fmt: skip
# U.S. Bank's mark of a second set of the same transactions.
_DUPLICATE_SET = "99998"
_MERCHANTS_OWN = ("3", "4")  # purchase identifications of rentals and hotels


class Sbf:
    """Reads U.S. Bank's SBF, fixed width, as Access Online sends it by day or by cycle."""

    name = "usbank_sbf"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the header: dates and counts where SBF has them."""
        return bool(_HEADER.match(first_line(document)))

    def extract(self, document: Document) -> Extract:
        """Return transactions, cards and control totals, or the faults that refuse the file."""
        records = fixed_width(document, _LAYOUTS, pl.col("length") == LENGTH)
        faults = tuple(_faults(records, document))
        if errors_of(faults):
            return Extract(self.name, self.version, {}, faults=faults)
        data = records.data
        charged = _charged(data["05"], data["02"])
        doubled = charged.filter(pl.col("company") == _DUPLICATE_SET)
        kept = charged.filter(~pl.col("line").is_in(doubled["line"].implode())) if doubled.height else charged
        registered = data["02"].filter(pl.col("company").ne_missing(_DUPLICATE_SET))
        tables = {"transactions": _transactions(kept, _items(data["50"], data["05"])), "cards": _cards(registered)}
        skipped = [
            Skipped(line, "one of a second set of the same transactions (company 99998)", merchant or "", amount)
            for line, merchant, amount in doubled.select("line", "merchant", "amount").iter_rows()
        ]
        skipped += [
            Skipped(line, f"an addendum of type {record}, which is not read")
            for line, record in records.others.iter_rows()
        ]
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in tables.items() if table.height or name == "transactions"},
            reading=_READING,
            skipped=tuple(skipped),
            controls=tuple(controls(data["01"], charged, data["95"], data["98"])),
            faults=faults,
            cut=full_numbers(*(data[name]["account"] for name in ("02", "05", "95"))),
        )


def _faults(records: Records, document: Document) -> Iterator[Fault]:
    yield from wrong_lengths(document, records.misfits, f"{LENGTH}")
    yield from unknown_records(document, records.others.filter(~pl.col("record").str.contains("^[0-9]{2}$")), "SBF")
    trailers = records.data["98"]
    if trailers.is_empty():
        yield cut_short(document, None, "its trailer (98) is missing")


def _charged(lines: pl.DataFrame, holders: pl.DataFrame) -> pl.DataFrame:
    """Give each transaction its amount and the cardholder whose record (02) stands before it."""
    negative = (pl.col("sign") == "-").fill_null(value=False) | pl.col("billed").str.starts_with("-").fill_null(
        value=False
    )
    readable = pl.col("billed").str.contains(r"^[+-][0-9]{8}\.[0-9]{2}$")
    size = pl.col("billed").str.slice(1).str.replace(".", "", literal=True)
    amount = pl.when(readable).then(implied(size, 2, negative)).otherwise(pl.format("no amount: {}", pl.col("billed")))
    before = holders.select("line", "cardholder", "company").sort("line")
    held = lines.select("line").join_asof(before, on="line").drop("line")
    return lines.with_columns(amount.alias("amount"), negative.alias("negative")).hstack(held)


def _transactions(lines: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    settled = _letters("currency")
    foreign = (_letters("source_currency") != settled).fill_null(value=False)
    category = mcc(pl.col("mcc"))
    by_words = bank_entry_kind(pl.col("merchant").fill_null(""), pl.col("negative"), None)
    sold = cash_or(pl.when(~pl.col("negative")).then(pl.lit("purchase")).otherwise(pl.lit("credit")), category)
    own = pl.col("purchase_format").is_in(_MERCHANTS_OWN).fill_null(value=False)
    itemised = lines.select("line").join(items, on="line", how="left", maintain_order="left").drop("line")
    return lines.hstack(itemised).select(
        "line",
        _filled("reference").alias("id"),
        pl.coalesce(_filled("date"), _filled("posted")).alias("date"),
        _filled("posted").alias("posted"),
        "amount",
        "merchant",
        last_four(pl.col("account")).alias("card"),
        "cardholder",
        pl.when(category.is_null()).then(by_words).otherwise(sold).alias("kind"),
        settled.alias("currency"),
        pl.when(foreign).then(implied(pl.col("source_amount"), 2, pl.col("negative"))).alias("original_amount"),
        pl.when(foreign).then(_letters("source_currency")).alias("original_currency"),
        category.alias("mcc"),
        _filled("reference").alias("reference"),
        pl.when(~own).then(_filled("purchase_id")).alias("po_number"),
        "city",
        "state",
        "country",
        pl.col("first_item").alias("description"),
        pl.col("code").alias("transaction_code"),
        pl.col("accounting").str.replace_all(r"\s+", " ").alias("accounting"),
        _filled("purchase_id").alias("purchase_id"),
        "merchant_order",
        "line_items",
    )


def _items(items: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return, by the line of its transaction, the line items (50) as one text, and the first of them."""
    told = pl.concat_str(
        pl.concat_str(_plain("quantity"), pl.lit(" "), pl.col("unit").fill_null("x"), pl.lit(" ")).fill_null(""),
        pl.col("item").fill_null("item"),
        pl.concat_str(pl.lit(" @ "), _plain("unit_cost")).fill_null(""),
    )
    owners = lines.select("line", pl.col("line").alias("owner")).sort("line")
    return (
        items.select("line", "item", "merchant_order", told.alias("told"))
        .sort("line")
        .join_asof(owners, on="line")
        .group_by(pl.col("owner").alias("line"), maintain_order=True)
        .agg(
            pl.col("item").drop_nulls().first().alias("first_item"),
            pl.col("merchant_order").drop_nulls().first(),
            pl.col("told").str.join("; ").alias("line_items"),
        )
    )


def _cards(holders: pl.DataFrame) -> pl.DataFrame:
    limit = pl.col("limit").str.strip_chars_start("+").str.strip_chars_start("0")
    return holders.filter(pl.col("cardholder").is_not_null()).select(
        "line",
        last_four(pl.col("account")).alias("card"),
        "cardholder",
        pl.when(limit.str.contains(r"^[0-9]+\.[0-9]{2}$")).then(limit).alias("cycle_limit"),
        "employee",
        "status",
    )


def _letters(name: str) -> pl.Expr:
    """Return a currency's letters; U.S. Bank writes the billing currency as a country of two letters."""
    return currency(pl.col(name).replace({"US": "USD", "CA": "CAD"}))


def _plain(name: str) -> pl.Expr:
    """Return a number as written without its padding, null for none."""
    text = pl.col(name).str.strip_chars_start("+").str.strip_chars_start("0").str.replace(r"^\.", "0.")
    return pl.when(text.str.contains("[1-9]")).then(text)


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains("[^0 ]")).then(name)

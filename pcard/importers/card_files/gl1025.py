"""American Express GL1025: the daily file of card transactions, fixed width.

Positions in the layouts below count from 0, as in Python; the published ones, and docs/formats/gl1025.md, from 1.
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
    country,
    currency,
    full_numbers,
    implied,
    last_four,
    mcc,
)
from pcard.importers.card_files.gl1025_controls import controls
from pcard.importers.card_files.record_lines import (
    cut_short,
    first_line,
    fixed_width,
    in_slices,
    test_file,
    unknown_records,
    unknown_version,
    wrong_lengths,
)

LENGTH = 3000
# Trailing blanks are often cut; what decides about a row ends here.
_LEAST = {"0": 153, "1": 772, "2": 304, "8": 68, "9": 153}
_READING = Reading(date_formats=("%Y-%m-%d", "%Y%m%d"), thousands=False)
_HEADER = re.compile(r"^0.{26}(GL|KR)[0-9A-Z ]{5}")
_FRAME = {
    "report": (27, 7), "layout": (60, 2), "file_type": (74, 2), "records": (77, 15), "decimals": (96, 1),
    "sign": (98, 1), "total": (99, 15), "count": (138, 15),
}  # fmt: skip
# Offset and width of the fields that are read, by record type.
LAYOUTS: dict[str, dict[str, tuple[int, int]]] = {
    "0": _FRAME,
    "9": _FRAME,
    "8": {"market": (36, 3), "records": (26, 10), "decimals": (42, 1), "sign": (52, 1), "total": (53, 15)},
    "1": {
        "market": (1, 3), "requesting": (24, 19), "control": (93, 19), "originating": (158, 19),
        "member": (182, 20), "account": (207, 20), "last": (227, 30), "first": (257, 20), "middle": (277, 20),
        "embossed": (297, 30), "employee": (327, 15), "cost_center": (522, 13), "posted": (573, 8), "date": (588, 10),
        "id": (631, 50), "reference": (701, 20), "sign": (736, 1), "billed": (737, 15), "tax": (753, 15),
        "decimals": (768, 1), "currency": (769, 3), "local": (811, 15), "local_decimals": (842, 1),
        "local_currency": (858, 3), "neutral": (864, 15), "neutral_decimals": (879, 1), "type": (898, 2),
        "category": (902, 2), "industry": (904, 3), "line_1": (946, 45), "line_2": (991, 45), "line_3": (1036, 45),
        "line_4": (1081, 45), "line_5": (1126, 45), "mcc": (1677, 4), "supplier_reference": (1812, 15),
        "chain": (1837, 30), "brand": (1867, 30), "seller": (1913, 40), "city": (2149, 38), "state": (2190, 6),
        "country": (2251, 3),
    },
    "2": {
        "control": (1, 19), "account": (60, 20), "decimals": (223, 1), "debit_sign": (233, 1), "debits": (234, 15),
        "credit_sign": (288, 1), "credits": (289, 15),
    },
}  # fmt: skip
_CARD_NUMBERS = {"1": ("requesting", "control", "originating", "member", "account"), "2": ("control", "account")}


class Gl1025:
    """Reads American Express GL1025, layout 03."""

    name = "gl1025"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the report's name in the header; the US KR1025 too, so that it is refused by name."""
        return bool(_HEADER.match(first_line(document)))

    def extract(self, document: Document) -> Extract:
        """Return transactions and control totals, or the faults that refuse the file."""
        report = first_line(document)[27:34].strip()
        if report.replace(" ", "") != "GL1025":
            return Extract(self.name, self.version, {}, faults=(_other_report(document, report),))
        least = pl.col("record").replace_strict(_LEAST, default=1, return_dtype=pl.UInt32)
        records = fixed_width(document, LAYOUTS, pl.col("length").is_between(least, LENGTH))
        data, others = records.data, records.others
        faults = (
            *wrong_lengths(document, records.misfits, f"at most {LENGTH}, and enough for its amounts"),
            *_faults(data, others, document),
        )
        if errors_of(faults):
            return Extract(self.name, self.version, {}, faults=faults)
        skipped = [
            Skipped(line, "a virtual payment's record, which is not read")
            for line in others.filter(pl.col("record") == "3")["line"]
        ]
        return Extract(
            self.name,
            self.version,
            {"transactions": in_slices(data["1"], _transactions)},
            reading=_READING,
            skipped=tuple(skipped),
            controls=tuple(controls(data, others.height)),
            faults=faults,
            cut=full_numbers(*(data[record][name] for record, names in _CARD_NUMBERS.items() for name in names)),
        )


def _faults(data: dict[str, pl.DataFrame], others: pl.DataFrame, document: Document) -> Iterator[Fault]:
    yield from unknown_records(document, others.filter(pl.col("record") != "3"), "GL1025")
    for line, layout, file_type in data["0"].select("line", "layout", "file_type").iter_rows():
        if layout != "03":
            yield unknown_version(document, line, f"layout {layout}", "GL1025 of layout 03")
        if (file_type or "").startswith("T"):
            yield test_file(document, line)
    if data["9"].height != data["0"].height:
        yield cut_short(document, None, "its trailer (9) is missing")


def _other_report(document: Document, report: str) -> Fault:
    message = f"this is American Express report {report}, not GL1025; nothing of it was read"
    return Fault(
        "gl1025-other-report", document.place(1), message, "order the GL1025 file of layout 03 from American Express"
    )


def _transactions(lines: pl.DataFrame) -> pl.DataFrame:
    # A sign that is neither + nor - is no sign to guess at: the amount stays unreadable.
    signed = pl.when(pl.col("sign").is_in(["+", "-"])).then(pl.col("billed")).otherwise(pl.lit("without a sign"))
    negative = pl.col("sign") == "-"
    foreign = (pl.col("local_currency") != pl.col("currency")).fill_null(value=False)
    words = pl.concat_str([f"line_{number}" for number in range(1, 6)], separator=" ", ignore_nulls=True)
    described = words.str.replace_all(r"\s+", " ").replace("", None)
    person = pl.concat_str("first", "middle", "last", separator=" ", ignore_nulls=True).replace("", None)
    category = mcc(pl.col("mcc"))
    return lines.select(
        "line",
        "id",
        pl.coalesce("date", "posted").alias("date"),
        "posted",
        implied(signed, pl.col("decimals"), negative).alias("amount"),
        pl.coalesce("brand", "chain", "seller", pl.col("line_1").str.replace_all(r"\s+", " ")).alias("merchant"),
        last_four(pl.coalesce("control", "requesting", "account")).alias("account"),
        last_four(pl.coalesce("account", "member")).alias("card"),
        pl.coalesce(person, "embossed").alias("cardholder"),
        _kind(described, negative, category).alias("kind"),
        currency(pl.col("currency")).alias("currency"),
        pl.when(foreign).then(implied(pl.col("local"), pl.col("local_decimals"), negative)).alias("original_amount"),
        pl.when(foreign).then(currency(pl.col("local_currency"))).alias("original_currency"),
        category.alias("mcc"),
        pl.col("supplier_reference").alias("reference"),
        pl.col("reference").alias("po_number"),
        pl.when(pl.col("tax").str.contains("[1-9]"))
        .then(implied(pl.col("tax"), pl.col("decimals")))
        .alias("sales_tax"),
        "city",
        "state",
        country(pl.col("country")).alias("country"),
        described.alias("description"),
        "employee",
        "cost_center",
        pl.col("type").alias("transaction_type"),
        pl.concat_str("category", "industry", separator=" ", ignore_nulls=True).alias("category"),
    )


def _kind(words: pl.Expr, negative: pl.Expr, category: pl.Expr) -> pl.Expr:
    """Return the kind: `FE` marks fees; what has no merchant category the company itself entered."""
    sold = pl.when(negative).then(pl.lit("credit")).otherwise(pl.lit("purchase"))
    return (
        pl.when(pl.col("industry") == "FE")
        .then(pl.lit("fee"))
        .when(category.is_null())
        .then(bank_entry_kind(words.fill_null(""), negative, None))
        .otherwise(cash_or(sold, category))
    )

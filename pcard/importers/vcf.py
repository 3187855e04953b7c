"""Visa VCF 4 files: card transactions with their line items, cards with their holders, account balances."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, errors_of
from pcard.frames import Extract, Reading, Skipped
from pcard.importers import vcf_checks
from pcard.importers.brand_cells import full_numbers
from pcard.importers.record_lines import first_line
from pcard.importers.vcf_accounts import cards, statements
from pcard.importers.vcf_lines import TYPES, items, transactions
from pcard.importers.vcf_records import Records, read_records

_READING = Reading(date_formats=("%m%d%Y",), thousands=False)
_HEADER = r"^\s*[68]\t[^\t]{1,20}\t\s*[0-9]{1,5}\s*\t\s*[0-9]{8}\s*\t\s*[0-9]{1,2}\s*\t\s*[0-9]*\s*\t"
_UNREAD = {
    "02": "a car rental behind a transaction", "06": "the company's own record", "08": "a summary of line items",
    "09": "a hotel stay behind a transaction", "10": "a unit of the organisation", "14": "an air ticket behind a transaction",
    "15": "a leg of a flight", "17": "a fuel purchase's service", "18": "a fuel purchase's product",
}  # fmt: skip


class Vcf:
    """Reads Visa's commercial format, VCF 4.0 to 4.4, as U.S. Bank, Citi and others send it."""

    name = "vcf4"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the fields of the first header."""
        return bool(pl.Series([first_line(document)]).str.contains(_HEADER)[0])

    def extract(self, document: Document) -> Extract:
        """Return transactions, cards, statements and control totals, or the faults that refuse the file."""
        records = read_records(document)
        faults = tuple(vcf_checks.faults(records, document))
        if errors_of(faults):
            return Extract(self.name, self.version, {}, faults=faults)
        found = records.data
        known = found["05"].filter(pl.col("type").is_in(list(TYPES)))
        kept, again = _held(known)
        registered, unnamed = cards(found["03"], found["04"])
        proved, unproved = statements(found["01"], found["11"], found["03"], found["05"])
        tables = {
            "transactions": transactions(kept, items(found["07"]), registered),
            "cards": registered.drop("number", "billing"),
            "statements": proved,
        }
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in tables.items() if table.height or name == "transactions"},
            reading=_READING,
            skipped=(*again, *unnamed, *unproved, *_unread(records)),
            controls=tuple(vcf_checks.controls(records)),
            faults=(*faults, *_changes(records, document)),
            cut=_cut(found),
        )


def _held(lines: pl.DataFrame) -> tuple[pl.DataFrame, list[Skipped]]:
    """Part the transactions that hold from those that a later row of the file sends again or deletes."""
    key = ("account", "posted", "reference", "sequence")
    numbered = pl.col("sequence").str.contains("[1-9]").fill_null(value=False)
    marked = lines.with_columns(
        pl.when(numbered & (pl.int_range(pl.len()).over(key) < pl.len().over(key) - 1))
        .then(pl.format("sent again on line {}", pl.col("line").last().over(key)))
        .when(pl.col("code") == "3")
        .then(pl.lit("the bank deletes a transaction"))
        .alias("reason")
    )
    gone = marked.filter(pl.col("reason").is_not_null()).select("line", "reason", pl.col("supplier").fill_null(""))
    return marked.filter(pl.col("reason").is_null()), [Skipped(*row) for row in gone.iter_rows()]


def _changes(records: Records, document: Document) -> Iterator[Fault]:
    """Yield a warning for each transaction that an earlier file brought in another form."""
    for line, code in records.data["05"].filter(pl.col("code").is_in(["2", "3"])).select("line", "code").iter_rows():
        message = f"the bank {'changes' if code == '2' else 'deletes'} a transaction that an earlier file brought"
        cure = "undo that line if it was imported"
        yield Fault("vcf-earlier-line", document.place(line), message, cure, warning=True)


def _unread(records: Records) -> Iterator[Skipped]:
    for line, record in records.unread.iter_rows():
        yield Skipped(line, _UNREAD.get(record, f"a record of type {record}, which is not read"))
    for line in records.data["11"]["line"]:
        yield Skipped(line, "the dates of a billing period")


def _cut(found: dict[str, pl.DataFrame]) -> frozenset[str]:
    wanted = {"account", "billing", "bank_account", "savings_account"}
    return full_numbers(*(frame[name] for frame in found.values() for name in frame.columns if name in wanted))

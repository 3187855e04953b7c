"""Visa VCF 4 files: card transactions with their line items, cards with their holders, account balances."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.documents import Document
from pcard.errors import errors_of
from pcard.frames import Extract, Reading, Skipped
from pcard.importers.card_files import vcf_checks
from pcard.importers.card_files.brand_cells import full_numbers, implied
from pcard.importers.card_files.record_lines import first_line, in_slices
from pcard.importers.card_files.vcf_accounts import cards, statements
from pcard.importers.card_files.vcf_lines import CREDITS, items, transactions
from pcard.importers.card_files.vcf_records import Records, read_records
from pcard.importers.resent import earlier_lines, part_held

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
        kept, again = part_held(
            found["05"],
            ("account", "posted", "reference", "sequence"),
            replaces=pl.col("sequence").str.contains("[1-9]").fill_null(value=False),
            deletes=pl.col("code") == "3",
            told=(pl.col("supplier"), implied(pl.col("amount"), 2, pl.col("type").is_in(CREDITS))),
        )
        registered, unnamed = cards(found["03"], found["04"])
        proved, unproved = statements(found["01"], found["11"], found["03"], found["05"])
        itemised = items(found["07"])
        tables = {
            "transactions": in_slices(kept, lambda rows: transactions(rows, itemised, registered)),
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
            faults=(*faults, *earlier_lines(document, *(found["05"].filter(code=one)["line"] for one in ("2", "3")))),
            cut=_cut(found),
        )


def _unread(records: Records) -> Iterator[Skipped]:
    for line, record in records.unread.iter_rows():
        yield Skipped(line, _UNREAD.get(record, f"a record of type {record}, which is not read"))
    for line in records.data["11"]["line"]:
        yield Skipped(line, "the dates of a billing period")


def _cut(found: dict[str, pl.DataFrame]) -> frozenset[str]:
    wanted = {"account", "billing", "bank_account", "savings_account"}
    return full_numbers(*(frame[name] for frame in found.values() for name in frame.columns if name in wanted))

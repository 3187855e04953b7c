"""Mastercard CDF3 files, and S3DF of Diners Club and Discover: XML with an exponent at every amount."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused, errors_of
from pcard.frames import Extract, Reading, Skipped
from pcard.importers.brand_cells import full_numbers
from pcard.importers.cdf3_controls import controls
from pcard.importers.cdf3_lines import cards, transactions
from pcard.importers.cdf3_records import Records, read_records
from pcard.importers.record_lines import cut_short, test_file, unknown_version

_READING = Reading(thousands=False)
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:CDF|DinersS3DF|S3DF)TransmissionFile[\s>/]")
_CHANGED = {"C": "changes", "D": "deletes"}


class Cdf3:
    """Reads Mastercard's Common Data Format 3, and S3DF, which has the same records."""

    name = "cdf3"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the name of the root element."""
        return bool(_ROOT.search(document.content[:8192].replace(b"\0", b"")))

    def extract(self, document: Document) -> Extract:
        """Return transactions, cards and control totals, or the faults that refuse the file."""
        try:
            records = read_records(document)
        except Refused as refused:
            return Extract(self.name, self.version, {}, faults=refused.faults)
        faults = tuple(_faults(records, document))
        if errors_of(faults):
            return Extract(self.name, self.version, {}, faults=faults)
        lines = transactions(records.transactions)
        deleted = pl.col("maintenance") == "D"
        held = lines.filter(~deleted.fill_null(value=False))
        skipped = [
            Skipped(line, "the bank deletes a transaction", merchant or "", amount)
            for line, merchant, amount in lines.filter(deleted).select("line", "merchant", "amount").iter_rows()
        ]
        named, unnamed = cards(records.accounts)
        tables = {"transactions": held.drop("maintenance", "record"), "cards": named}
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in tables.items() if table.height or name == "transactions"},
            reading=_READING,
            skipped=(*skipped, *unnamed),
            controls=tuple(controls(records, lines)),
            faults=faults,
            cut=full_numbers(
                records.accounts["account"],
                *(records.transactions[name] for name in ("account", "card")),
            ),
        )


def _faults(records: Records, document: Document) -> Iterator[Fault]:
    version = records.header.get("CDFVersionNum")
    if version and not version.startswith("3"):
        yield unknown_version(document, records.header_line, version, "CDF 3")
    if records.header.get("RunModeIndicator") == "T":
        yield test_file(document, records.header_line)
    if records.trailer is None:
        yield cut_short(document, None, "its trailer (9999) is missing")
    lines = records.transactions
    for line, code in (
        lines.filter(pl.col("maintenance").is_in(list(_CHANGED))).select("line", "maintenance").iter_rows()
    ):
        message = f"the bank {_CHANGED[code]} a transaction that an earlier file brought"
        cure = "undo that line if it was imported"
        yield Fault("cdf3-earlier-line", document.place(line), message, cure, warning=True)
    odd = lines.filter((pl.col("indicator") != pl.col("amount_sign")).fill_null(value=False))["line"]
    if len(odd):
        message = f"the sign at the amount is against debit or credit on {len(odd)} records"
        cure = "check one of them with the statement; debit or credit was followed"
        yield Fault("cdf3-sign-against-indicator", document.place(odd[0]), message, cure, warning=True)

"""Mastercard CDF3 files, and S3DF of Diners Club and Discover: XML with an exponent at every amount."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, errors_of
from pcard.frames import Extract, Reading
from pcard.importers.card_files.brand_cells import full_numbers
from pcard.importers.card_files.cdf3_controls import controls
from pcard.importers.card_files.cdf3_lines import BESIDE, cards
from pcard.importers.card_files.cdf3_records import Records, read_records
from pcard.importers.card_files.record_lines import cut_short, test_file, unknown_version
from pcard.importers.refusing import faults_as_values
from pcard.importers.resent import earlier_lines, part_held

_READING = Reading(thousands=False)
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:CDF|DinersS3DF|S3DF)TransmissionFile[\s>/]")


class Cdf3:
    """Reads Mastercard's Common Data Format 3, and S3DF, which has the same records."""

    name = "cdf3"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the name of the root element."""
        return bool(_ROOT.search(document.content[:8192].replace(b"\0", b"")))

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return transactions, cards and control totals, or the faults that refuse the file."""
        records = read_records(document)
        faults = tuple(_faults(records, document))
        if errors_of(faults):
            return Extract(self.name, self.version, {}, faults=faults)
        held, skipped = part_held(
            records.transactions,
            ("id",),
            replaces=pl.col("id").is_not_null() & pl.col("maintenance").is_in(["C", "U"]).fill_null(value=False),
            deletes=pl.col("maintenance") == "D",
            told=(pl.col("merchant"), pl.col("amount")),
        )
        named, unnamed = cards(records.accounts)
        tables = {"transactions": held.drop(BESIDE), "cards": named}
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in tables.items() if table.height or name == "transactions"},
            reading=_READING,
            skipped=(*skipped, *unnamed),
            controls=tuple(controls(records)),
            faults=faults,
            cut=full_numbers(
                records.accounts["account"],
                *(records.transactions[name] for name in ("account_number", "card_number")),
            ),
        )


def _faults(records: Records, document: Document) -> Iterator[Fault]:
    version = records.header.get("CDFVersionNum")
    # Diners and Discover number the versions of theirs otherwise.
    if records.root.startswith("CDF") and version and not version.startswith("3"):
        yield unknown_version(document, records.header_line, version, "CDF 3")
    if records.header.get("RunModeIndicator") == "T":
        yield test_file(document, records.header_line)
    if records.trailer is None:
        yield cut_short(document, None, "its trailer (9999) is missing")
    lines = records.transactions
    yield from earlier_lines(document, *(lines.filter(maintenance=one)["line"] for one in ("C", "D")))
    odd = lines.filter((pl.col("indicator") != pl.col("amount_sign")).fill_null(value=False))["line"]
    if len(odd):
        message = f"the sign at the amount is against debit or credit on {len(odd)} records"
        cure = "check one of them with the statement; debit or credit was followed"
        yield Fault("cdf3-sign-against-indicator", document.place(odd[0]), message, cure, warning=True)

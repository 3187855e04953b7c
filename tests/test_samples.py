"""Every public sample through the door, with every importer and shipped profile, against what others read in it.

The oracle of the samples is a plain scan of each file, where possible confirmed by another program. What is read
here otherwise stands below with its reason, so that a changed reading is noticed. Skipped where the samples are absent.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from pcard.documents import open_document
from pcard.errors import Refused, errors_of
from pcard.extensions import load_all
from pcard.importers.tables.profiles import load_profiles
from pcard.ledger.normalise import Normalised
from pcard.pipeline.ingest import Readers, ingest

# Refused although the oracle counts lines in them: the code, and why.
REFUSED = {
    "ofx/OCA__bank-statement-import/test_ofx_file/test_ofx_wrong.ofx": (
        "value-missing",
        "a transaction's date and amount stand in a comment",
    ),
    "ofx/libofx__libofx/null-ptr-deref-2.ofx": ("ofx-cut-short", "a fuzzer's file without </OFX>"),
    "qif/isaacharrisholt__quiffen/empty.qif": ("file-empty", "nothing is in it"),
    "qif/isaacharrisholt__quiffen/invalid.txt": ("table-foreign", "a line of words, which the oracle lets be refused"),
    "csv/sebastienrousseau__bankstatementparser/camt_file.csv": ("layout-unknown", "a summary of statements, no lines"),
    "csv/sebastienrousseau__bankstatementparser/pain_file.csv": ("table-foreign", "one column, of payment ids"),
    "csv/sebastienrousseau__bankstatementparser/csv_garbled_amount.csv": (
        "amount-unreadable",
        "an amount has two decimal points",
    ),
}
# Other lines, or another total, than the oracle has.
OTHERWISE = {
    "ofx/aclindsa__ofxgo/valid_responses/inv_v202.ofx": (4, "1266.57", "rounded to the cent line by line"),
    "ofx/aclindsa__ofxgo/valid_responses/ira_v202.ofx": (1, "3730.76", "rounded to the cent"),
    "ofx/aclindsa__ofxgo/valid_responses/moneymrkt1_v203.ofx": (3, "4774.87", "rounded to the cent line by line"),
    "ofx/jbms__beancount-import/fidelity-savings.ofx": (4, "-1778.40", "rounded to the cent line by line"),
    "ofx/jseutter__ofxparse/fidelity-savings.ofx": (4, "-1778.40", "rounded to the cent line by line"),
    "ofx/libofx__libofx/ofx-2.1.1-sect-16.5.3.2.ofx": (3, "-407.00", "a bank and a card account, each in its own sign"),
    "csv/OCA__bank-statement-import/debit_credit.csv": (
        2,
        "1500.00",
        "its D/C column has the sign, as its balances say",
    ),
    "csv/egh__ledger-autosync/venmo.csv": (4, "76.01", "five rows are balances and notes"),
    "csv/reubano__csv2ofx/amazon.csv": (3, "45.76", "three orders without an amount and a repeated header"),
    "csv/reubano__csv2ofx/mint.csv": (4, "3000.00", "its Transaction Type has the sign"),
    "csv/reubano__csv2ofx/mint_extra.csv": (4, "3000.00", "a repeated header; its Transaction Type has the sign"),
}
# The oracle counts rows but adds nothing up: no one column of them is the amount.
TOTALS = {
    "csv/egh__ledger-autosync/amazon.csv": "21.90",
    "csv/reubano__csv2ofx/capitalone.csv": "0.00",
    "csv/reubano__csv2ofx/n26-fr.csv": "0.00",
    "csv/reubano__csv2ofx/payoneer.csv": "20.00",
    **{f"csv/reubano__csv2ofx/schwab-checking-baltest-case{case}.csv": "-215.27" for case in (1, 2, 3, 4, 6)},
    "csv/reubano__csv2ofx/schwab-checking-baltest-case7.csv": "0.00",
    "csv/reubano__csv2ofx/ubs-ch-fr_trimmed.csv": "30.00",
    "csv/reubano__csv2ofx/xero.csv": "0.00",
    "csv/sebastienrousseau__bankstatementparser/csv_french_headers.csv": "2260.94",
    "csv/sebastienrousseau__bankstatementparser/golden/csv_french_headers.csv": "2260.94",
}
# Read as the oracle reads them, but taken only with --accept-unbalanced: they do not meet the figures they state.
UNBALANCED = {
    "mt940/wolph__mt940/betterplace/sepa_snippet.sta": "the closing balance is off by 300.08",
    "mt940/wolph__mt940/jejik/knab.sta": "the closing balance is off by 4500.00",
    "mt940/wolph__mt940/jejik/postfinance.sta": "the closing balance is off by 0.20",
    "mt940/wolph__mt940/jejik/rabobank.sta": "both closing balances are off",
    "mt940/wolph__mt940/jejik/triodos.sta": "the closing balance is off by 111.40",
    "mt940/wolph__mt940/mBank/with_newline_in_tnr.sta": "the closing balance is off by 770.71",
    "mt940/wolph__mt940/self-provided/details_60-63.sta": "the closing balance is off by 234.01",
    "mt940/wolph__mt940/self-provided/gv_codes.sta": "there is no closing balance",
    "mt940/wolph__mt940/self-provided/overly_long_details.sta": "the closing balance is off by 234.01",
    "camt/genkgo__camt/camt053.v2.all-balance-types.xml": "one balance of each type, to which no lines lead",
    "bai2/moov-io__bai2/sample4-continuations-newline-delimited.txt": "account, group and file miss their totals",
    "bai2/moov-io__bai2/sample5-issue113.txt": "account, group and file miss their totals",
    "vcf4/fylein__fyle-bank-feed-parser-sdk-py/p1/data": "the trailers count one record more",
    "gl1025/fylein__fyle-bank-feed-parser-sdk-py/p1/data": "header and trailer count seven transactions, one is there",
}
INVOICES = {"ubl", "cii"}


class Outcome(NamedTuple):
    """What became of a file: its importer, lines and total, or the codes that refuse it whatever is accepted."""

    importer: str = ""
    lines: int = 0
    total: Decimal = Decimal(0)
    balanced: bool = True
    refused: tuple[str, ...] = ()


def expected(row: Mapping[str, str], found: Outcome) -> Outcome:
    """Return what is to become of a sample; one that must be refused may be for any reason."""
    path = row["path"]
    if not row["n_transactions"]:
        return Outcome(refused=found.refused or ("any",))
    if path in REFUSED:
        return Outcome(refused=(REFUSED[path][0],))
    lines, total = int(row["n_transactions"]), row["sum_amount"].strip("¤") or TOTALS.get(path, "NaN")
    if path in OTHERWISE:
        lines, total, _ = OTHERWISE[path]
    if row["format"] in INVOICES:  # the oracle counts an invoice's lines; here an invoice is one receipt
        return Outcome("einvoice", 1, Decimal(total))
    return Outcome(row["format"], lines, Decimal(total), path not in UNBALANCED)


def outcome(path: Path, readers: Readers) -> Outcome:
    try:
        read = ingest(open_document(path), readers)
    except Refused as refused:
        return Outcome(refused=tuple(sorted({fault.code for fault in refused.faults})))
    codes = {fault.code for fault in errors_of(read.faults)}
    if refusing := tuple(sorted(codes - {"control-mismatch"})):
        return Outcome(refused=refusing)
    importer = "csv" if read.importer.startswith(("delimited", "canonical")) else read.importer
    total = Decimal(sum(read.amount_cents.values())) / 100
    return Outcome(importer, read.accepted, -total if _spends_below_zero(read) else total, not codes)


def _spends_below_zero(read: Normalised) -> bool:
    """Tell whether the file writes card spending below zero, as OFX does; here it is above."""
    return read.importer == "ofx" and "transactions" in read.records and "bank_lines" not in read.records


@pytest.fixture
def oracle(shared: Path) -> list[dict[str, str]]:
    with (shared / "samples" / "oracle.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_sample_is_read_as_the_oracle_has_it(shared: Path, oracle: list[dict[str, str]]) -> None:
    readers = Readers(load_all("pcard.importers")[0], load_profiles())
    found = {row["path"]: outcome(shared / "samples" / row["path"], readers) for row in oracle}
    assert found == {row["path"]: expected(row, found[row["path"]]) for row in oracle}


def test_the_reasons_are_of_samples_that_differ(oracle: list[dict[str, str]]) -> None:
    rows = {row["path"]: row for row in oracle}
    assert {*REFUSED, *OTHERWISE, *TOTALS, *UNBALANCED} <= rows.keys()
    for path, (lines, total, _) in OTHERWISE.items():
        assert (str(lines), total) != (rows[path]["n_transactions"], rows[path]["sum_amount"])
    assert not any(rows[path]["sum_amount"] for path in TOTALS)
    assert all(rows[path]["n_transactions"] for path in REFUSED)

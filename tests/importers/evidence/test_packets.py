"""Packets: a log on top, the receipts behind it, each page given to its row or left open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.make_evidence import texts
from fixtures.make_evidence.__main__ import HERE
from fixtures.make_evidence.pdfs import SCAN, pdf_of
from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.frames import Extract
from pcard.importers.evidence.invoice_pdf import InvoicePdf
from pcard.ledger.normalise import normalise

FILES = sorted((HERE / "packet").glob("*.pdf"))
SLIP = texts.SLIP.replace("4471", "2422")
NUMBERED = """
Transaction log
Cardholder: Maria Gallegos
Transaction #   Date        Vendor            Amount
T-1001          05/06/2026  Cedar Hardware     26.44
T-1002          05/19/2026  City Parking        8.00
"""


def read(*pages: str, name: str = "packet.pdf") -> Extract:
    return InvoicePdf().extract(document_of(name, pdf_of(pages)))


def codes(extract: Extract) -> list[str]:
    return [fault.code for fault in extract.faults]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files(path: Path, read_with: Any, shown: Any, golden: Any) -> None:
    extract = read_with(InvoicePdf(), path)
    assert extract.importer == "packet"
    assert not errors_of(extract.faults)
    golden(path.with_name(path.name + ".txt"), shown(extract))


def test_every_page_is_accounted_for() -> None:
    path = HERE / "packet" / "gallegos-2026-05.pdf"
    document = document_of(path.name, path.read_bytes())
    result = normalise(InvoicePdf().extract(document), document)
    assert (result.accepted, result.skipped, result.refused) == (4, 2, 0)
    lines = sorted([*result.records["receipts"]["line"], *result.refusals["line"]])
    assert lines == [1, 2, 3, 4, 5, 6]


def test_a_transaction_in_the_log_is_the_receipts() -> None:
    rows = read(NUMBERED, SLIP, SCAN).lines["receipts"]
    assert rows["transaction"].to_list() == ["T-1001", None]
    assert rows["cardholder"].to_list() == ["Maria Gallegos"] * 2


def test_rows_without_a_page_are_said() -> None:
    assert codes(read(texts.LOG, SLIP)) == ["packet-row-open"]


def test_a_receipt_of_another_card_is_said() -> None:
    assert "packet-other-card" in codes(read(texts.LOG, texts.SLIP))


def test_a_log_that_does_not_add_up_is_said() -> None:
    (fault,) = [
        one for one in read(texts.LOG.replace("1,601.94", "1,600.94"), SLIP).faults if one.code == "packet-log-total"
    ]
    assert "1600.94" in fault.message
    assert "1601.94" in fault.message


def test_equal_amounts_are_told_apart_by_their_dates_or_not_at_all() -> None:
    log = texts.LOG.replace(
        "05/20/2026  Corner Market                12.50", "05/20/2026  Corner Market                26.44"
    )
    assert "row 1 of the log" in read(log, SLIP).lines["receipts"]["description"][0]
    undated = SLIP.replace("05/06/2026 10:32 AM", "")
    assert "of the log" not in read(log, undated).lines["receipts"]["description"][0]


def test_pages_that_name_no_card_are_refused() -> None:
    log = texts.LOG.replace("Cardholder: Maria Gallegos          Card ending in 2422", "")
    assert codes(read(log, SCAN))[0] == "receipt-unread"
    read_beside = read(log, SLIP, SCAN)
    assert "evidence-not-taken" in codes(read_beside)
    assert [one.line for one in read_beside.skipped] == [1, 3]


def test_an_invoice_with_dated_lines_is_no_packet() -> None:
    assert read(texts.INVOICE_TOP, texts.INVOICE_END).importer == "invoice_pdf"

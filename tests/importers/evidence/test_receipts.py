"""Evidence as receipts: read, present unread, or not taken; each said once."""

from __future__ import annotations

import polars as pl

from pcard.documents import document_of
from pcard.frames import Extract
from pcard.importers.evidence.fields import find_fields
from pcard.importers.evidence.receipts import NOTHING, VERSION, extract_of, merged, once, piece, placed, receipt_id
from pcard.importers.evidence.told import NOTHING_TOLD, Told

DOCUMENT = document_of("packet.pdf", b"bytes of a packet")


def test_unread_ones_are_said_once_with_their_pages() -> None:
    pieces = [piece(DOCUMENT, NOTHING, Told(card="4471"), line=page, page=str(page)) for page in (3, 5)]
    (fault,) = extract_of("packet", DOCUMENT, pieces).faults
    assert fault.code == "receipts-present-unread"
    assert "2 (packet.pdf#page=3, packet.pdf#page=5); no text on it" in fault.message


def test_fields_left_empty_are_said() -> None:
    one = piece(DOCUMENT, find_fields("Shop\nDate: 05/06/2026\nTotal 12.00"), NOTHING_TOLD)
    (fault,) = extract_of("invoice_pdf", DOCUMENT, [one]).faults
    assert fault.code == "receipt-field-unread"
    assert "date: its date has two readings" in fault.message


def test_what_its_own_text_says_of_the_card_holds() -> None:
    one = piece(DOCUMENT, find_fields("Shop\nVISA ****1234\nTotal 12.00"), Told(card="4471"))
    assert one.cells["card"] == "1234"


def test_ids_are_of_bytes_page_and_transaction() -> None:
    ids = {receipt_id(b"a"), receipt_id(b"b"), receipt_id(b"a", "2"), receipt_id(b"a", None, "T1")}
    assert len(ids) == 4
    assert receipt_id(b"a", "2", "T1").endswith("-p2-T1")


def test_parts_of_a_container_are_placed_in_it_and_each_is_once() -> None:
    slip = document_of("slip.pdf", b"bytes of a slip")
    inner = extract_of("invoice_pdf", slip, [piece(slip, NOTHING, Told(card="4471"))])
    whole = document_of("mail.eml", b"mail")
    parts = [placed(whole, number, "slip.pdf", inner) for number in (2, 3)]
    extract = once(whole, merged("email", whole, parts))
    assert extract.lines["receipts"].select("file", "line").rows() == [("mail.eml/slip.pdf", 2)]
    assert [(one.line, one.reason) for one in extract.skipped] == [(3, "the same file as mail.eml/slip.pdf")]
    assert [fault.code for fault in extract.faults] == ["receipts-present-unread"]


def test_a_part_without_a_file_of_its_own_gets_its_name() -> None:
    invoice = Extract("einvoice", VERSION, {"receipts": pl.DataFrame({"id": ["JO-1"], "line": [4]})})
    frame = placed(DOCUMENT, 7, "JO-1.xml", invoice).lines["receipts"]
    assert frame.select("file", "line").rows() == [("packet.pdf/JO-1.xml", 7)]

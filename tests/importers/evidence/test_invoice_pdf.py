"""PDF receipts and invoices: our own files with golden outputs, every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.make_evidence import texts
from fixtures.make_evidence.__main__ import HERE, files
from fixtures.make_evidence.pdfs import SCAN, pdf_of
from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.importers.evidence.invoice_pdf import InvoicePdf
from pcard.importers.evidence.told import NOTHING_TOLD, Told
from pcard.ledger.normalise import Normalised, normalise

FILES = sorted((HERE / "invoice_pdf").rglob("*.pdf"))


def read(content: bytes, name: str = "receipt.pdf", told: Told = NOTHING_TOLD) -> Normalised:
    document = document_of(name, content)
    return normalise(InvoicePdf(told).extract(document), document)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_files(path: Path, read_with: Any, shown: Any, golden: Any) -> None:
    extract = read_with(InvoicePdf(), path)
    codes = {fault.code for fault in errors_of(extract.faults)}
    assert codes == ({path.stem} if path.parent.name == "faults" else set())
    golden(path.with_name(path.name + ".txt"), shown(extract))


def test_the_files_are_those_of_the_generator() -> None:
    assert {name: (HERE / name).read_bytes() == content for name, content in files().items()} == dict.fromkeys(
        files(), True
    )


def test_a_read_receipt_keeps_its_page_its_fields_and_their_confidence() -> None:
    result = read(pdf_of([texts.INVOICE]))
    (receipt,) = result.records["receipts"].to_dicts()
    assert not errors_of(result.faults)
    assert (receipt["total_cents"], receipt["file"], receipt["document"]) == (155500, "receipt.pdf", "receipt.pdf")
    assert receipt["order_number"] == "JL-20417"
    assert receipt["description"].startswith(
        "invoice JL-20417; amounts in USD; read with confidence in percent: card 90, date 85"
    )


def test_a_scan_belongs_to_what_its_name_or_its_message_tells() -> None:
    for name, told, expected in [
        ("TXN20417.pdf", Told(), ("TXN20417", None)),
        ("card 4471.pdf", Told(), (None, "4471")),
        ("scan.pdf", Told(transaction="T9"), ("T9", None)),
    ]:
        (receipt,) = read(pdf_of([SCAN]), name, told).records["receipts"].to_dicts()
        assert (receipt["transaction"], receipt["card"]) == expected
        assert receipt["total_cents"] is None
    assert {fault.code for fault in read(pdf_of([SCAN]), "scan.pdf").faults} == {"receipt-unread"}


def test_the_same_receipt_is_one_whatever_its_name() -> None:
    names = [read(pdf_of([texts.SLIP]), name).records["receipts"]["id"][0] for name in ("a.pdf", "b.pdf")]
    assert len(set(names)) == 1


def test_without_the_reader_the_cure_is_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pcard.importers.evidence.pdf_text.find_spec", lambda _: None)
    (fault,) = read(pdf_of([texts.SLIP])).faults
    assert fault.code == "pdf-reader-missing"
    assert "pip install 'pcard[receipts]'" in fault.cure

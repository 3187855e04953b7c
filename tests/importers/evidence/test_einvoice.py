"""UBL and CII invoices: our own files with golden outputs, every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.importers.evidence.einvoice import EInvoice
from pcard.ledger.normalise import Normalised, normalise

FORMATS = Path(__file__).resolve().parents[3] / "fixtures" / "formats"
FILES = sorted(path for name in ("ubl", "cii") for path in (FORMATS / name).rglob("*.xml"))
UBL = (FORMATS / "ubl" / "invoice.xml").read_text(encoding="utf-8")


def read(text: str) -> Normalised:
    document = document_of("invoice.xml", text.encode())
    return normalise(EInvoice().extract(document), document)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_files(path: Path, as_golden: Any) -> None:
    as_golden(EInvoice(), path)


def test_the_ledger_takes_one_receipt() -> None:
    result = read(UBL)
    assert not result.faults
    (receipt,) = result.records["receipts"].to_dicts()
    assert receipt["vendor"] == "Juniper Office Supply, Inc."
    assert (receipt["total_cents"], receipt["tax_cents"], receipt["kind"]) == (10025, 525, "invoice")
    assert (receipt["po_number"], receipt["order_number"]) == ("PO-00612", None)


def test_a_sum_that_does_not_add_up_refuses() -> None:
    for wrong in (
        UBL.replace(">100.25<", ">100.24<"),
        UBL.replace(">5.00<", ">5E0<"),
        UBL.replace(">105.25<", ">NaN<"),
    ):
        assert {fault.code for fault in read(wrong).faults} == {"control-mismatch"}


def test_document_types_are_refused() -> None:
    wrong = UBL.replace("<Invoice", '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/x">\n<Invoice', 1)
    assert {fault.code for fault in read(wrong).faults} == {"xml-doctype"}


@settings(max_examples=25)
@given(st.integers(0, len(UBL) - 12))
def test_a_file_cut_short_is_refused(at: int) -> None:
    assert errors_of(EInvoice().extract(document_of("invoice.xml", UBL[:at].encode())).faults)

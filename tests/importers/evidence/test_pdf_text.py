"""Hostile PDFs: locked, huge, bombs, and card numbers wherever a PDF can hide them."""

from __future__ import annotations

import io
import zlib

import pypdf
import pytest

from fixtures.make_evidence import texts
from fixtures.make_evidence.pdfs import pdf_of
from pcard.documents import document_of
from pcard.errors import Refused
from pcard.importers.evidence import pdf_text
from pcard.importers.evidence.pdf_text import read_pdf

NUMBER = texts.CARD_NUMBER


def code_of(content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_pdf(document_of("x.pdf", content))
    return refused.value.faults[0].code


def locked(password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf_of([texts.SLIP])))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_password_is_asked_for_and_none_is_not() -> None:
    assert code_of(locked("secret")) == "pdf-locked"
    assert "TOTAL" in read_pdf(document_of("x.pdf", locked(""))).pages[0].text


def test_a_bomb_is_stopped() -> None:
    packed = zlib.compress(b"(1) Tj " * 12_000_000, 1)
    plain = pdf_of([texts.SLIP])
    start, stop = plain.index(b"5 0 obj"), plain.index(b"endobj", plain.index(b"5 0 obj"))
    stream = b"5 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream\n"
    assert code_of(plain[:start] + stream + plain[stop:]) == "pdf-unreadable"


def test_a_large_file_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_text, "MOST_BYTES", 100)
    assert code_of(pdf_of([texts.SLIP])) == "pdf-too-large"


@pytest.mark.parametrize("packed", [True, False])
def test_numbers_on_a_page_are_cut(packed: bool) -> None:
    document = document_of("x.pdf", pdf_of([f"Shop\nTOTAL 1.00\nVISA {NUMBER}"], packed=packed))
    text = read_pdf(document)
    assert "**** **** **** 1111" in text.pages[0].text
    assert "4111" not in "".join(page.text for page in text.pages)
    # What lies open in the bytes is cut there, and the original may stay.
    assert (text.cut_count, document.cut_count) == ((1, 0) if packed else (0, 1))


def test_numbers_set_apart_and_numbers_no_page_shows_count() -> None:
    apart = read_pdf(document_of("x.pdf", pdf_of(["Shop\nVISA 4111   1111   1111   1111"])))
    assert "4111" not in apart.pages[0].text
    assert apart.cut_count == 1
    assert read_pdf(document_of("x.pdf", pdf_of([texts.SLIP], unseen=f"VISA {NUMBER}"))).cut_count == 1
    assert read_pdf(document_of("x.pdf", pdf_of([texts.SLIP]))).cut_count == 0


def test_verification_values_refuse() -> None:
    assert code_of(pdf_of(["Shop\nTOTAL 1.00\nCVV 123"])) == "sensitive-authentication-data"


def test_text_that_runs_up_the_page_is_read() -> None:
    upright = pdf_of([texts.SLIP], packed=False)
    turned = upright.replace(b"40 780 Td", b"0 1 -1 0 40 40 Tm ")
    assert "26.44" in read_pdf(document_of("x.pdf", turned)).pages[0].text

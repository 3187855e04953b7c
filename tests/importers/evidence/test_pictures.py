"""Pictures: present by their names, read where the plugin is installed."""

from __future__ import annotations

import io
from importlib.util import find_spec

import pytest

from fixtures.make_evidence.__main__ import JPEG, PNG
from pcard.documents import document_of
from pcard.frames import Extract
from pcard.importers.evidence.invoice_pdf import InvoicePdf
from pcard.importers.evidence.picture_text import PictureText, as_lines
from pcard.importers.evidence.pictures import Picture

SLIP = ["OFFICE BARN 112", "05/14/2026 10:32 AM", "Copy paper 41.98", "Tax 3.15", "TOTAL 45.13", "VISA ****4471"]


def read(content: bytes, name: str) -> Extract:
    return Picture().extract(document_of(name, content))


def test_kinds_of_pictures() -> None:
    for content in (
        JPEG,
        PNG,
        b"GIF89a",
        b"II*\0",
        b"RIFF\0\0\0\0WEBP",
        b"\0\0\0\x18ftypheic",
        b"BM\x9a\0\0\0\0\0\0\0",
    ):
        assert Picture().identify(document_of("x", content))
    for content in (b"BM,1,2\n", b"%PDF-1.4", b"RIFF\0\0\0\0AVI "):
        assert not Picture().identify(document_of("x", content))


def test_without_the_plugin_it_is_present_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pcard.importers.evidence.picture_text.find_spec", lambda _: None)
    (row,) = read(JPEG, "TXN12345.jpg").lines["receipts"].to_dicts()
    assert (row["transaction"], row["file"], row.get("total")) == ("TXN12345", "TXN12345.jpg", None)
    (fault,) = read(JPEG, "IMG_1.jpg").faults
    assert fault.code == "receipt-unread"
    assert "pcard[ocr]" in fault.message


def test_what_is_read_with_doubt_is_left_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    for certainty, total in ((79, None), (93, "45.13")):
        text = PictureText("\n".join(SLIP), certainty, 0)
        monkeypatch.setattr("pcard.importers.evidence.pictures.read_picture", lambda _, text=text: text)
        (row,) = read(JPEG, "card 4471.jpg").lines["receipts"].to_dicts()
        assert row.get("total") == total


def test_a_picture_that_shows_a_number_leaves_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pcard.importers.evidence.pictures.read_picture", lambda _: PictureText("TOTAL 1.00", 99, 1))
    extract = read(JPEG, "card 4471.jpg")
    assert extract.kept == b"TOTAL 1.00"
    assert {fault.code for fault in extract.faults} >= {"original-not-kept"}


def test_pieces_of_text_become_lines_with_columns() -> None:
    pieces = [
        ("TOTAL", 10.0, 50.0, 60.0, 60.0, 0.9), ("45.13", 200.0, 51.0, 250.0, 61.0, 0.9), ("SHOP", 10.0, 10.0, 50.0, 20.0, 0.9)
    ]  # fmt: skip
    assert as_lines(pieces) == " SHOP\n TOTAL              45.13"
    assert as_lines([]) == ""


needs_plugin = pytest.mark.skipif(
    find_spec("rapidocr") is None or find_spec("onnxruntime") is None, reason="pcard[ocr] is not installed"
)


def drawn(form: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # type: ignore[import-not-found, unused-ignore]

    picture = Image.new("RGB", (700, 400), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(SLIP):
        left, _, right = line.rpartition(" ")
        draw.text((30, 20 + number * 50), left, fill="black", font=ImageFont.load_default(size=24))
        draw.text((430, 20 + number * 50), right, fill="black", font=ImageFont.load_default(size=24))
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


@needs_plugin
def test_a_picture_is_read() -> None:
    (row,) = read(drawn("PNG"), "slip.png").lines["receipts"].to_dicts()
    assert (row["total"], row["tax"], row["card"]) == ("45.13", "3.15", "4471")
    assert {fault.code for fault in read(PNG, "slip.png").faults} == {"picture-unreadable"}


@needs_plugin
def test_a_scan_in_a_pdf_is_read() -> None:
    document = document_of("scan.pdf", drawn("PDF"))
    (row,) = InvoicePdf().extract(document).lines["receipts"].to_dicts()
    assert (row["total"], row["tax"], row["card"]) == ("45.13", "3.15", "4471")

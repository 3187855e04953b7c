"""Zips of receipts: what is taken, what is not and why, and archives that are refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fixtures.make_evidence import texts
from fixtures.make_evidence.__main__ import HERE, JPEG
from fixtures.make_evidence.pdfs import pdf_of
from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.frames import Extract
from pcard.importers.evidence.image_zip import ImageZip
from pcard.ledger.normalise import normalise

FILES = sorted((HERE / "image_zip").rglob("*.zip"))


def archive(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def read(parts: Mapping[str, bytes] | bytes) -> Extract:
    content = parts if isinstance(parts, bytes) else archive(parts)
    return ImageZip().extract(document_of("portal.zip", content))


def codes(extract: Extract) -> set[str]:
    return {fault.code for fault in extract.faults}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_files(path: Path, read_with: Any, shown: Any, golden: Any) -> None:
    extract = read_with(ImageZip(), path)
    faults = {fault.code for fault in errors_of(extract.faults)}
    assert faults == ({path.stem} if path.parent.name == "faults" else set())
    golden(path.with_name(path.name + ".txt"), shown(extract))


def test_every_part_is_taken_or_skipped_with_its_reason() -> None:
    document = document_of("portal.zip", (HERE / "image_zip" / "portal-2026-05.zip").read_bytes())
    result = normalise(ImageZip().extract(document), document)
    assert (result.accepted, result.skipped, result.refused) == (6, 4, 0)
    lines = sorted([*result.records["receipts"]["line"], *result.refusals["line"]])
    assert lines == list(range(1, 11))


def test_one_picture_of_two_transactions_is_two_and_is_said() -> None:
    extract = read({"12349.jpg": JPEG, "12350.jpg": JPEG})
    assert extract.lines["receipts"].height == 2
    assert "evidence-shared" in codes(extract)


def test_a_read_receipt_of_two_transactions_is_one_and_is_said() -> None:
    extract = read({"12349.pdf": pdf_of([texts.SLIP]), "12350.pdf": pdf_of([texts.SLIP])})
    assert extract.lines["receipts"]["transaction"].to_list() == ["12349"]
    assert [one.line for one in extract.skipped] == [2]
    assert "evidence-shared" in codes(extract)


def test_archives_of_other_things_are_not_its_own() -> None:
    for parts in ({"hello.txt": b"1"}, {"xl/workbook.xml": b"1", "xl/media/image1.png": b"1"}, {}):
        assert not ImageZip().identify(document_of("x.zip", archive(parts)))
    assert not ImageZip().identify(document_of("x.zip", b"PK\x03\x04 and no more"))


def test_bombs_and_masses_are_refused() -> None:
    assert codes(read({"TXN12345.jpg": JPEG + bytes(3_000_000)})) == {"archive-bomb"}
    assert codes(read({f"{number}.jpg": b"x" for number in range(10_000, 11_002)})) == {"archive-too-many-parts"}


@pytest.mark.parametrize("name", ["/TXN1.jpg", "a/../../TXN1.jpg", "..\\TXN1.jpg", "C:\\TXN1.jpg"])
def test_paths_outside_are_refused(name: str) -> None:
    assert codes(read({name: JPEG, "12345.jpg": JPEG})) == {"archive-path-outside"}


def test_links_and_what_computers_leave_are_skipped() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        link = zipfile.ZipInfo("99999.jpg")
        link.external_attr = 0o120777 << 16
        target.writestr(link, "/etc/passwd")
        target.writestr("__MACOSX/._12345.jpg", b"x")
        target.writestr("12346.jpg", b"")
        target.writestr("12345.jpg", JPEG)
    extract = read(out.getvalue())
    assert extract.lines["receipts"]["transaction"].to_list() == ["12345"]
    assert [one.line for one in extract.skipped] == [1, 2, 3]


def test_a_broken_pdf_is_skipped_and_not_kept() -> None:
    extract = read({"12345.jpg": JPEG, "12346.pdf": b"%PDF-1.4 nothing"})
    assert codes(extract) >= {"evidence-not-taken", "original-not-kept"}
    assert extract.kept is not None
    with zipfile.ZipFile(io.BytesIO(extract.kept)) as kept:
        assert kept.namelist() == ["12345.jpg", "12346.pdf.txt"]


def test_a_pdf_that_shows_a_number_leaves_its_text() -> None:
    extract = read({"12346.pdf": pdf_of([texts.SLIP.replace("************4471", texts.CARD_NUMBER)])})
    assert extract.kept is not None
    with zipfile.ZipFile(io.BytesIO(extract.kept)) as kept:
        assert b"**** **** **** 1111" in kept.read("12346.pdf.txt")


def test_verification_values_in_a_part_refuse_the_whole() -> None:
    assert codes(read({"12345.jpg": JPEG, "1.pdf": pdf_of(["TOTAL 1.00\nCVV 123"])})) == {
        "sensitive-authentication-data"
    }

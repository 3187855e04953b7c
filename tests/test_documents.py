"""Files as they arrive: what is refused before anyone reads them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from pcard import documents
from pcard.card_numbers import decode
from pcard.documents import open_document
from pcard.errors import Refused


def code_of(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        open_document(path)
    (fault,) = refused.value.faults
    assert fault.cure
    return fault.code


def test_files_that_cannot_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_of(tmp_path / "missing.csv") == "file-unreadable"
    assert code_of(tmp_path) == "file-unreadable"
    for content in (b"", b"\n\n", b"\xef\xbb\xbf", b"\0\0"):
        (tmp_path / "empty.csv").write_bytes(content)
        assert code_of(tmp_path / "empty.csv") == "file-empty"
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(os.urandom(2000))[:-20])
    assert code_of(tmp_path / "cut.csv.gz") == "archive-broken"
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    (tmp_path / "long.csv").write_bytes(b"x" * 11)
    assert code_of(tmp_path / "long.csv") == "file-too-large"
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"x" * 11)[:10] + b"")
    assert code_of(tmp_path / "bomb.csv.gz") == "archive-broken"


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 1000)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"x" * 100_000))
    assert code_of(tmp_path / "bomb.csv.gz") == "file-too-large"


def test_a_gzip_file_stands_for_the_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,amount\n")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id,amount\n", mtime=0))
    plain, packed = open_document(tmp_path / "a.csv"), open_document(tmp_path / "a.csv.gz")
    assert (packed.name, packed.content) == (plain.name, plain.content)
    assert packed.sha256 != plain.sha256


def test_a_card_number_in_a_files_name_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "statement 4111 1111 1111 1111.csv"
    path.write_bytes(b"id\n")
    assert open_document(path).name == "statement **** **** **** 1111.csv"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Zoë".encode(), "Zoë"),
        ("Zoë".encode("cp1252"), "Zoë"),
        (b"\xef\xbb\xbf" + "Zoë".encode(), "Zoë"),
        ("Zoë".encode("utf-16"), "Zoë"),
        (b"\xff\xfe\0\0" + "Zoë".encode("utf-32-le"), "Zoë"),
        (b"Zo\x81", "Zo\x81"),
    ],
)
def test_every_file_decodes(raw: bytes, text: str) -> None:
    assert decode(raw)[0] == text

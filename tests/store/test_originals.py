from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest

from pcard.documents import Document
from pcard.store.originals import blank, keep

NUMBER = "000123456789"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_numbers_are_cut_in_every_encoding_at_the_same_length(codec: str) -> None:
    text = f"Konto é {NUMBER}\r\n9{NUMBER} {NUMBER}9\r\nref {NUMBER}"
    found = blank(text.encode(codec), {NUMBER})
    assert len(found) == len(text.encode(codec))
    assert found.decode(codec) == f"Konto é ********6789\r\n9{NUMBER} {NUMBER}9\r\nref ********6789"


def test_the_longest_number_is_cut_first() -> None:
    assert blank(b"12345678-99 12345678", {"12345678", "12345678-99"}) == b"******78-99 ****5678"


def test_a_document_without_them_is_kept_byte_for_byte(tmp_path: Path) -> None:
    raw = b"\xff\xfe\x00odd \x80 bytes"
    assert blank(raw, {NUMBER}) == raw
    digest, is_new = keep(tmp_path, Document("a", raw, "a" * 64), ())
    assert (tmp_path / ("a" * 64)).read_bytes() == raw
    assert is_new
    assert keep(tmp_path, Document("a", raw, "a" * 64), ()) == (digest, False)


def test_a_copy_only_ever_loses_numbers(tmp_path: Path) -> None:
    held = Document("a", b"11112222 33334444", "a" * 64)
    keep(tmp_path, held, {"11112222"})
    keep(tmp_path, held, {"33334444"})
    assert (tmp_path / ("a" * 64)).read_bytes() == b"****2222 ****4444"


def test_a_spreadsheet_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    pl.DataFrame({"account": [NUMBER], "plain": [123456789012]}).write_excel(path)
    found = blank(path.read_bytes(), {NUMBER, "123456789012"})
    frame = pl.read_excel(io.BytesIO(found))
    assert frame["account"].to_list() == ["********6789"]
    assert frame["plain"].cast(pl.Int64).to_list() == [9012]
    with zipfile.ZipFile(io.BytesIO(found)) as parts:
        assert not [name for name in parts.namelist() if NUMBER.encode() in parts.read(name)]


def test_parquet_stays_parquet() -> None:
    out = io.BytesIO()
    pl.DataFrame({"account": [NUMBER, None], "n": [1, 2]}).write_parquet(out)
    found = pl.read_parquet(io.BytesIO(blank(out.getvalue(), {NUMBER})))
    assert found.rows() == [("********6789", 1), (None, 2)]
    assert blank(out.getvalue(), {"777777777"}) == out.getvalue()

"""Files of one record a line: slices give what the whole gives, and a file that is cut anywhere is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import Document, document_of, open_document
from pcard.errors import Refused, errors_of
from pcard.extensions import Importer
from pcard.importers.card_files import record_lines
from pcard.importers.card_files.gl1025 import Gl1025
from pcard.importers.card_files.record_lines import by_position, by_tab, first_line, slices
from pcard.importers.card_files.sbf import Sbf
from pcard.importers.card_files.vcf import Vcf
from pcard.ledger.normalise import normalise

FORMATS = Path(__file__).resolve().parents[3] / "fixtures" / "formats"
FILES: tuple[tuple[Importer, Path], ...] = (
    (Vcf(), FORMATS / "vcf4" / "september.vcf"),
    (Sbf(), FORMATS / "usbank_sbf" / "september.sbf"),
    (Gl1025(), FORMATS / "gl1025" / "september.gl1025"),
)


def lines_of(content: bytes) -> list[tuple[int, str]]:
    document = Document("a.txt", content, "")
    return [row for frame in slices(document) for row in frame.rows()]


@given(st.lists(st.text(st.characters(codec="cp1252", exclude_categories=["C", "Z"]), max_size=9), max_size=9))
def test_lines_keep_their_numbers_whatever_the_size_of_a_slice(texts: list[str]) -> None:
    content = "\r\n".join(texts).encode()
    expected = [(number, text) for number, text in enumerate(texts, 1) if text]
    for size in (1, 7, 1_000):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(record_lines, "SLICE_BYTES", size)
            assert lines_of(content) == expected


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n \n", "\n\x1a", "\0\0"])
def test_encodings_and_the_ends_of_old_systems(codec: str, end: str) -> None:
    content = ("un\ncafé\n\nquatre" + end).encode(codec)
    assert lines_of(content) == [(1, "un"), (2, "café"), (4, "quatre")]
    assert first_line(Document("a.txt", content, "")) == "un"


def test_fields_are_trimmed_and_blank_or_absent_ones_are_null() -> None:
    lines = pl.DataFrame({"line": [1, 2], "text": ["ab  \t c ", "x"]}, schema_overrides={"line": pl.Int32})
    assert by_tab(lines, {"one": 1, "two": 2, "three": 3}).rows() == [(1, "ab", "c", None), (2, "x", None, None)]
    assert by_position(lines, {"one": (0, 1), "two": (2, 2)}).rows() == [(1, "a", None), (2, "x", None)]


@pytest.mark.parametrize(("importer", "path"), FILES, ids=lambda one: getattr(one, "name", ""))
def test_slices_give_what_the_whole_gives(importer: Importer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = open_document(path)
    whole = importer.extract(document)
    monkeypatch.setattr(record_lines, "SLICE_BYTES", 900)
    sliced = importer.extract(document)
    assert replace(sliced, lines={}) == replace(whole, lines={})
    for name, table in whole.lines.items():
        assert table.equals(sliced.lines[name])


@pytest.mark.parametrize(("importer", "path"), FILES, ids=lambda one: getattr(one, "name", ""))
def test_a_file_cut_at_any_line_is_refused(importer: Importer, path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    for count in range(1, len(lines)):
        document = document_of(path.name, b"".join(lines[:count]))
        assert importer.identify(document)
        codes = {fault.code for fault in errors_of(importer.extract(document).faults)}
        assert "file-cut-short" in codes, f"{count} lines"


@pytest.mark.parametrize(("importer", "path"), FILES, ids=lambda one: getattr(one, "name", ""))
def test_a_line_that_is_left_out_or_stands_there_twice_does_not_go_unnoticed(importer: Importer, path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    for index in range(1, len(lines)):
        for changed in (lines[:index] + lines[index + 1 :], lines[: index + 1] + lines[index:]):
            extract = importer.extract(document_of(path.name, b"".join(changed)))
            noticed = errors_of(extract.faults) or any(not control.agrees for control in extract.controls)
            # SBF counts transactions only: a line item or a cardholder more or less changes no sum.
            assert noticed or (importer.name == "usbank_sbf" and lines[index][:2] in {b"02", b"06", b"50", b"95"})


@pytest.mark.parametrize(("importer", "path"), FILES, ids=lambda one: getattr(one, "name", ""))
def test_no_full_account_number_is_in_the_lines_and_each_is_told(importer: Importer, path: Path) -> None:
    extract = importer.extract(open_document(path))
    cells = "\n".join(frame.write_csv() for frame in extract.lines.values())
    for digits in ("400000000000", "3700000000"):
        assert digits not in cells
    assert all(sum(map(str.isdigit, number)) > 4 for number in extract.cut)


def test_only_the_right_importer_knows_a_file() -> None:
    for importer, path in FILES:
        assert importer.identify(open_document(path))
        assert not any(other.identify(open_document(path)) for other, _ in FILES if other is not importer)


@given(st.sampled_from(FILES), st.data())
@settings(max_examples=150)
def test_no_damage_raises(file: tuple[Importer, Path], data: st.DataObject) -> None:
    importer, path = file
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    gone = data.draw(st.integers(0, 600))
    put = data.draw(st.binary(max_size=20) | st.sampled_from([content[at : at + 500], b"\t", b"\n", b" " * 40]))
    try:
        document = document_of(path.name, content[:at] + put + content[at + gone :])
    except Refused:
        return
    if importer.identify(document):
        result = normalise(importer.extract(document), document)
        assert all(fault.message and fault.cure for fault in result.faults)

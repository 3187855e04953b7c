"""American Express GL1025: our own file with its golden output, and what refuses or warns when it is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.extensions import Importer
from pcard.frames import Extract
from pcard.importers.card_files.gl1025 import Gl1025
from pcard.ledger.normalise import Normalised, normalise

PATH = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "gl1025" / "september.gl1025"
LINES = PATH.read_text(encoding="utf-8").split("\n")
HEADER, MARKET, PURCHASE, MEMBER, TRAILER = 0, 1, 2, 7, 9  # indices of lines


def extracted(lines: list[str]) -> Extract:
    return Gl1025().extract(document_of("september.gl1025", "\n".join(lines).encode()))


def read(lines: list[str]) -> Normalised:
    document = document_of("september.gl1025", "\n".join(lines).encode())
    return normalise(Gl1025().extract(document), document)


def changed(index: int, start: int, text: str) -> list[str]:
    """Return the file's lines with some characters, from 1 as American Express counts, of one line written anew."""
    lines = list(LINES)
    lines[index] = lines[index][: start - 1] + text + lines[index][start - 1 + len(text) :]
    return lines


def codes(result: Extract | Normalised) -> set[str]:
    return {fault.code for fault in result.faults}


def test_the_whole_file(as_golden: Callable[[Importer, Path], None]) -> None:
    as_golden(Gl1025(), PATH)


def test_the_ledger_takes_it() -> None:
    result = read(LINES)
    assert not result.faults
    assert (result.accepted, result.skipped, result.refused) == (5, 1, 0)
    found = result.records["transactions"].sort("line")
    assert found["kind"].to_list() == ["purchase", "credit", "purchase", "fee", "payment"]
    assert found["amount_cents"].to_list() == [18744, -2499, 31015, 3900, -500000]


def test_trailing_blanks_may_be_cut() -> None:
    cut = read([line.rstrip() for line in LINES])
    assert not cut.faults
    assert cut.accepted == 5


@pytest.mark.parametrize("length", [100, 3001])
def test_a_record_of_a_wrong_length_refuses(length: int) -> None:
    lines = list(LINES)
    lines[PURCHASE] = lines[PURCHASE][:length].ljust(length)
    (fault,) = extracted(lines).faults
    assert (fault.code, fault.place.line) == ("record-length-wrong", 3)


def test_another_layout_and_unknown_records_are_told_at_once() -> None:
    lines = changed(HEADER, 61, "04")
    lines[PURCHASE] = "7" + lines[PURCHASE][1:]
    assert [fault.code for fault in extracted(lines).faults] == ["record-type-unknown", "format-version-unknown"]


def test_kr1025_is_refused_by_name_and_nothing_of_it_is_told() -> None:
    lines = changed(HEADER, 28, "KR")
    lines[PURCHASE] = lines[PURCHASE][:203] + "123-45-678" + lines[PURCHASE][213:]
    document = document_of("a.txt", "\n".join(lines).encode())
    assert Gl1025().identify(document)
    extract = Gl1025().extract(document)
    assert codes(extract) == {"gl1025-other-report"}
    assert not extract.lines
    assert not extract.cut
    assert "123-45" not in str(extract.faults)


def test_a_test_file_is_read_with_a_warning() -> None:
    assert codes(read(changed(HEADER, 75, "T"))) == {"file-is-test"}


@pytest.mark.parametrize(("start", "text"), [(737, " "), (769, " "), (738, "00000000001874X")])
def test_an_amount_without_sign_decimals_or_digits_refuses_its_line(start: int, text: str) -> None:
    assert "amount-unreadable" in codes(read(changed(PURCHASE, start, text)))


def test_decimals_are_those_of_the_row() -> None:
    extract = extracted(changed(PURCHASE, 769, "0"))
    assert extract.lines["transactions"]["amount"][0] == "18744"


@pytest.mark.parametrize(
    ("index", "start"), [(HEADER, 92), (HEADER, 114), (TRAILER, 153), (MARKET, 36), (MARKET, 68), (MEMBER, 249), (MEMBER, 304)]
)  # fmt: skip
def test_a_figure_that_says_otherwise_refuses(index: int, start: int) -> None:
    digit = "1" if LINES[index][start - 1] == "7" else "7"
    result = read(changed(index, start, digit))
    assert codes(result) == {"control-mismatch"}
    assert len(errors_of(result.faults)) == 1
    assert result.accepted == 5

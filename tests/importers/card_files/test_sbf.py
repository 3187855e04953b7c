"""U.S. Bank SBF: our own file with its golden output, and what refuses or is skipped when it is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.extensions import Importer
from pcard.frames import Extract
from pcard.importers.card_files.sbf import Sbf
from pcard.ledger.normalise import Normalised, normalise

PATH = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "usbank_sbf" / "september.sbf"
LINES = PATH.read_text(encoding="utf-8").split("\n")
PURCHASE, CREDIT, PAYMENT, CARD_TRAILER = 2, 5, 6, 7  # indices of lines


def extracted(lines: list[str]) -> Extract:
    return Sbf().extract(document_of("september.sbf", "\n".join(lines).encode()))


def read(lines: list[str]) -> Normalised:
    document = document_of("september.sbf", "\n".join(lines).encode())
    return normalise(Sbf().extract(document), document)


def changed(index: int, at: int, text: str) -> list[str]:
    """Return the file's lines with some characters of one line written anew."""
    lines = list(LINES)
    lines[index] = lines[index][:at] + text + lines[index][at + len(text) :]
    return lines


def test_the_whole_file(as_golden: Callable[[Importer, Path], None]) -> None:
    as_golden(Sbf(), PATH)


def test_the_ledger_takes_it() -> None:
    result = read(LINES)
    assert not result.faults
    assert (result.accepted, result.skipped, result.refused) == (6, 3, 0)
    found = result.records["transactions"].sort("line")
    assert found["kind"].to_list() == ["purchase", "credit", "payment", "purchase", "cash_advance", "fee"]
    assert found["amount_cents"].to_list() == [18744, -2499, -500000, 31015, 6000, 3900]
    assert found["original_amount_cents"].to_list()[3] == 26490
    assert result.records["cards"]["cycle_limit_cents"].to_list() == [500000, 500000]


def test_every_record_of_another_length_is_told_at_once() -> None:
    lines = list(LINES)
    lines[2], lines[5] = lines[2].rstrip(), lines[5] + " "
    faults = extracted(lines).faults
    assert [(fault.code, fault.place.line) for fault in faults] == [
        ("record-length-wrong", 3),
        ("record-length-wrong", 6),
    ]
    assert "at most" not in faults[0].message


def test_a_file_of_short_lines_is_told_shortly() -> None:
    faults = extracted([LINES[0], *[LINES[2].rstrip()] * 50, *LINES[-2:]]).faults
    assert len(faults) == 20
    assert "50 lines in all" in faults[0].message


def test_a_line_of_no_record_type_refuses() -> None:
    assert {fault.code for fault in extracted(changed(PURCHASE, 0, "X5")).faults} == {"record-type-unknown"}


@pytest.mark.parametrize("text", ["+0000187.440", " 00000187.44", "+00000187,44", " " * 12])
def test_an_amount_in_another_form_refuses_its_line(text: str) -> None:
    codes = {fault.code for fault in errors_of(read(changed(PURCHASE, 79, text)).faults)}
    assert codes & {"amount-unreadable", "value-missing"}
    assert "control-mismatch" in codes


def test_a_credit_by_either_of_its_signs() -> None:
    by_first, by_second = changed(CREDIT, 79, "+"), changed(CREDIT, 64, "+")
    for lines in (by_first, by_second):
        result = read(lines)
        assert not result.faults
        assert result.records["transactions"].sort("line")["amount_cents"][1] == -2499


@pytest.mark.parametrize(
    ("index", "at"), [(0, 74), (18, 28), (18, 43), (18, 58), (CARD_TRAILER, 23), (CARD_TRAILER, 47)]
)
def test_a_header_or_trailer_that_says_otherwise_refuses(index: int, at: int) -> None:
    digit = "1" if LINES[index][at] == "7" else "7"
    result = read(changed(index, at, digit))
    assert {fault.code for fault in errors_of(result.faults)} == {"control-mismatch"}
    assert result.accepted == 6


def test_debits_and_credits_may_leave_payments_out() -> None:
    lines = changed(CARD_TRAILER, 36, "-00000024.99")
    lines[18] = lines[18].replace("-00000005024.99", "-00000000024.99")
    assert not read(lines).faults


def test_a_full_account_number_is_shortened_and_told() -> None:
    number = "4000000000002718"  # not masked, and no valid card number
    document = document_of("a.sbf", "\n".join(LINES).replace("************2718", number).encode())
    assert number.encode() not in document.content
    assert Sbf().extract(document).lines["transactions"]["card"][0] == "2718"

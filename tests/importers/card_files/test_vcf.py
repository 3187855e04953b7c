"""Visa VCF 4: our own file with its golden output, and what refuses, warns or is skipped when it is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.extensions import Importer
from pcard.frames import Extract
from pcard.importers.card_files.vcf import Vcf
from pcard.ledger.normalise import Normalised, normalise

PATH = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "vcf4" / "september.vcf"
LINES = PATH.read_text(encoding="utf-8").split("\n")
PURCHASE = 14  # the index of the first transaction


def extracted(lines: list[str]) -> Extract:
    return Vcf().extract(document_of("september.vcf", "\n".join(lines).encode()))


def read(lines: list[str]) -> Normalised:
    document = document_of("september.vcf", "\n".join(lines).encode())
    return normalise(Vcf().extract(document), document)


def changed(index: int, field: int, text: str) -> list[str]:
    """Return the file's lines with one field (from 1) of one line written anew."""
    lines = list(LINES)
    cells = lines[index].split("\t")
    cells[field - 1] = text
    lines[index] = "\t".join(cells)
    return lines


def codes(result: Extract | Normalised) -> set[str]:
    return {fault.code for fault in result.faults}


def test_the_whole_file(as_golden: Callable[[Importer, Path], None]) -> None:
    as_golden(Vcf(), PATH)


def test_the_ledger_takes_it_with_the_banks_own_kinds() -> None:
    result = read(LINES)
    assert not result.faults
    assert (result.accepted, result.refused, result.statements) == (9, 0, 1)
    found = result.records["transactions"].sort("line")
    assert found["kind"].to_list() == [
        "purchase", "credit", "purchase", "cash_advance", "fee", "payment", "payment", "adjustment", "purchase",
    ]  # fmt: skip
    assert found["amount_cents"].to_list() == [18744, -2499, 31015, 6000, 3900, -500000, 500000, -1500, 4250]
    assert found["memo"].to_list() == [False] * 8 + [True]
    # A hotel's folio is the merchant's number and no purchase order.
    assert found["po_number"].to_list() == ["PO-2026-0117", None, None, None, None, None, None, None, "PO-2026-0131"]


@pytest.mark.parametrize(("kind", "line", "code"), [("12", 15, "vcf-type-unknown"), ("", 15, "vcf-type-unknown")])
def test_a_transaction_type_without_a_known_sign_refuses(kind: str, line: int, code: str) -> None:
    extract = extracted(changed(PURCHASE, 18, kind))
    (fault,) = extract.faults
    assert (fault.code, fault.place.line) == (code, line)
    assert not extract.lines


@pytest.mark.parametrize("text", ["0000000000018744b", "187.44", "-0000000000018744", "1,874"])
def test_an_amount_that_is_not_all_digits_refuses_its_line(text: str) -> None:
    result = read(changed(PURCHASE, 15, text))
    assert "amount-unreadable" in codes(result)
    assert "control-mismatch" in codes(result)


def test_another_version_refuses() -> None:
    assert codes(extracted(changed(0, 8, "3.0"))) == {"format-version-unknown"}


@pytest.mark.parametrize("text", ["no record at all", "5\tx\ty", "4"])
def test_a_line_that_is_no_record_refuses(text: str) -> None:
    lines = [*LINES[:15], text, *LINES[15:]]
    fault = next(iter(extracted(lines).faults))
    assert (fault.code, fault.place.line) == ("record-type-unknown", 16)


def test_a_record_outside_a_block_refuses() -> None:
    lines = [*LINES[:24], LINES[PURCHASE], *LINES[24:]]
    assert codes(extracted(lines)) == {"record-type-unknown"}


def test_every_missing_end_is_told_at_once() -> None:
    without = [line for index, line in enumerate(LINES) if index not in {0, 4, 9}]
    faults = errors_of(extracted(without).faults)
    assert [fault.code for fault in faults] == ["record-type-unknown"] * 2 + ["file-cut-short"] * 3
    assert {fault.message.split(": ")[1] for fault in faults[2:]} == {
        "a block has no trailer (9)", "a block has no header (8)", "a set has no header (6)",
    }  # fmt: skip


def test_blocks_without_a_set_are_read_with_a_warning() -> None:
    result = read(LINES[13:24])
    assert codes(result) == {"vcf-set-missing"}
    assert result.accepted == 9


@pytest.mark.parametrize("field", [6, 7])
def test_a_trailer_that_says_otherwise_refuses_with_both_figures(field: int) -> None:
    for index in (23, 34):
        result = read(changed(index, field, "0000000007"))
        (fault,) = errors_of(result.faults)
        assert fault.code == "control-mismatch"
        assert result.accepted == 9  # --accept-unbalanced takes them


def test_a_trailer_that_adds_up_with_signs_agrees_too() -> None:
    lines = changed(23, 7, f"{18744 - 2499 + 31015 + 6000 + 3900 - 1500 + 4250:016d}")
    lines[34] = lines[34].replace("0000000001067908", f"{59910:016d}")
    assert not read(lines).faults


def test_a_transaction_sent_again_under_its_key_is_taken_once() -> None:
    lines = [*LINES[:15], LINES[PURCHASE].replace("18744", "19000"), *LINES[15:]]
    extract = extracted(lines)
    assert [(one.line, one.reason) for one in extract.skipped if "again" in one.reason] == [
        (15, "sent again on line 16")
    ]
    assert extract.lines["transactions"]["amount"][0] == "190.00"


def test_changes_and_deletions_of_earlier_lines_are_told() -> None:
    change, deletion = extracted(changed(PURCHASE, 1, "2")), extracted(changed(PURCHASE, 1, "3"))
    assert codes(change) == codes(deletion) == {"earlier-line-changed"}
    assert change.lines["transactions"].height == 9
    assert deletion.lines["transactions"].height == 8
    assert "the bank deletes a transaction" in {one.reason for one in deletion.skipped}


def test_two_entries_of_a_day_without_reference_and_sequence_stay_two() -> None:
    bare = changed(18, 5, "0000000000")
    lines = [*bare[:19], bare[18], *bare[19:]]
    assert extracted(lines).lines["transactions"].height == 10


def test_a_file_of_no_transactions_is_valid() -> None:
    head, tail = LINES[0], LINES[34].replace("0000000033", "0000000000").replace("1067908", "0000000")
    result = read([head, tail])
    assert not result.faults
    assert result.accepted == 0

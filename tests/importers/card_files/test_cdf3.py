"""Mastercard CDF3 and Diners S3DF: our own files with their golden output, and what refuses or warns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.frames import Extract
from pcard.importers.card_files.cdf3 import Cdf3
from pcard.ledger.normalise import Normalised, normalise

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "cdf3"
TEXT = (FOLDER / "september.xml").read_text(encoding="utf-8")


def extracted(text: str, codec: str = "utf-8") -> Extract:
    return Cdf3().extract(document_of("september.xml", text.encode(codec)))


def read(text: str) -> Normalised:
    document = document_of("september.xml", text.encode())
    return normalise(Cdf3().extract(document), document)


def codes(result: Extract | Normalised) -> set[str]:
    return {fault.code for fault in errors_of(result.faults)}


@pytest.mark.parametrize("name", ["september.xml", "diners.xml"])
def test_whole_files(name: str, golden: Callable[[Path, str], None], shown: Callable[[Extract], str]) -> None:
    path = FOLDER / name
    document = document_of(name, path.read_bytes())
    assert Cdf3().identify(document)
    extract = Cdf3().extract(document)
    assert not errors_of(extract.faults)
    assert all(control.agrees for control in extract.controls)
    golden(path.with_name(path.name + ".txt"), shown(extract))


def test_the_ledger_takes_it() -> None:
    result = read(TEXT)
    assert {fault.code for fault in result.faults} == {"earlier-line-changed", "cdf3-sign-against-indicator"}
    assert all(fault.warning for fault in result.faults)
    assert (result.accepted, result.skipped, result.refused) == (6, 1, 0)
    found = result.records["transactions"].sort("line")
    assert found["kind"].to_list() == ["purchase", "credit", "fee", "payment", "adjustment", "purchase"]
    assert found["amount_cents"].to_list() == [18744, -2499, 3900, -500000, -1500, 31015]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("3.00</CDFVersionNum>", "4.00</CDFVersionNum>", "format-version-unknown"),
        (TEXT[TEXT.index("  <TransmissionTrailer_9999>") : TEXT.index("</CDFTransmissionFile>")], "", "file-cut-short"),
        ("</CDFTransmissionFile>", "", "xml-broken"),
        ("<CDFTransmissionFile ", "<!DOCTYPE x [<!ENTITY a 'b'>]><CDFTransmissionFile ", "xml-doctype"),
    ],
)
def test_what_refuses_the_file(before: str, after: str, code: str) -> None:
    assert before in TEXT
    extract = extracted(TEXT.replace(before, after))
    assert codes(extract) == {code}
    assert not extract.lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('CurrencyExponent="4" CurrencySign="D">0000000003101500', 'CurrencySign="D">0000000003101500'),
        ('CurrencyExponent="4" CurrencySign="D">0000000003101500', 'CurrencyExponent="x" CurrencySign="D">0000000003101500'),
        ("0000000003101500</AmountInPosted", "-000000003101500</AmountInPosted"),
        ("0000000003101500</AmountInPosted", "310.15</AmountInPosted"),
        ("<DebitOrCreditIndicator>C<", "<DebitOrCreditIndicator>X<"),
    ],
)  # fmt: skip
def test_an_amount_that_cannot_be_read_for_certain_refuses_its_line(before: str, after: str) -> None:
    assert before in TEXT
    assert "amount-unreadable" in codes(read(TEXT.replace(before, after)))


@pytest.mark.parametrize("figure", ["00000018</RecordCount>", "0000000003<", "0000000004<", "50399900<", "5965900<"])
def test_a_trailer_that_says_otherwise_refuses_with_both_figures(figure: str) -> None:
    assert TEXT.count(figure) == 1
    result = read(TEXT.replace(figure, "7" + figure[1:]))
    assert codes(result) == {"control-mismatch"}
    assert result.accepted == 6


def test_a_trailer_may_leave_adjustments_out() -> None:
    text = TEXT.replace("0000000003</NumOfCredits>", "0000000001</NumOfCredits>")
    text = text.replace("00000000000050399900<", "00000000000000249900<")
    assert not codes(read(text))


def test_a_record_that_is_left_out_does_not_go_unnoticed() -> None:
    start = TEXT.index("        <FinancialAdjustmentRecord_5900>")
    stop = TEXT.index("</FinancialAdjustmentRecord_5900>", start) + len("</FinancialAdjustmentRecord_5900>\n")
    assert codes(read(TEXT[:start] + TEXT[stop:])) == {"control-mismatch"}


def test_a_transaction_sent_again_is_taken_once_and_counted_twice() -> None:
    start = TEXT.index('        <FinancialTransactionEntity ProcessorTransactionId="26259')
    stop = TEXT.index("</FinancialTransactionEntity>", start) + len("</FinancialTransactionEntity>\n")
    again = TEXT[start:stop].replace("<MaintenanceCode>A", "<MaintenanceCode>U").replace("3101500<", "3201500<")
    result = read(TEXT[:stop] + again + TEXT[stop:])
    assert codes(result) == {"control-mismatch"}
    assert result.accepted == 6
    assert result.records["transactions"].sort("line")["amount_cents"][-1] == 32015


def test_diners_numbers_its_versions_otherwise() -> None:
    text = (FOLDER / "diners.xml").read_text(encoding="utf-8")
    header = "<TransmissionHeader_1000 ><CDFVersionNum >1.02</CDFVersionNum>"
    assert not codes(read(text.replace("<TransmissionHeader_1000 >", header)))


def test_a_test_run_is_read_with_a_warning() -> None:
    result = read(TEXT.replace("<RunModeIndicator>P<", "<RunModeIndicator>T<"))
    assert "file-is-test" in {fault.code for fault in result.faults}
    assert result.accepted == 6


def test_encodings_and_comments_change_nothing() -> None:
    plain = extracted(TEXT)
    wide = extracted(TEXT.replace('"UTF-8"', '"UTF-16"'), "utf-16")
    commented = extracted(TEXT.replace("<PostingDate>", "<!-- a note --><PostingDate>"))
    for other in (wide, commented):
        assert other.lines["transactions"].equals(plain.lines["transactions"])
        assert other.controls == plain.controls


def test_no_full_account_number_is_in_the_lines_and_each_is_told() -> None:
    extract = extracted(TEXT)
    assert "510000000000" not in "\n".join(frame.write_csv() for frame in extract.lines.values())
    assert "5100000000003141" in extract.cut

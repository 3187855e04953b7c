"""Account numbers are cut wherever they stand; one statement an account and day."""

from __future__ import annotations

import polars as pl
import pytest

from pcard.documents import document_of
from pcard.importers.bank_files.bank_accounts import (
    BankStatement,
    full_numbers,
    is_iban,
    last_four,
    statements_of,
    without_numbers,
)

IBAN = "DE89370400440532013000"  # the example of the standard


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("004417720093", "0093"),
        ("12500024/0044 1772", "1772"),
        (IBAN, "3000"),
        ("AB-12", "B-12"),
        ("", None),
        (None, None),
    ],
)
def test_the_last_four_are_kept(number: str | None, kept: str | None) -> None:
    assert last_four(number) == kept


def test_numbers_are_cut_in_every_text_and_keep_their_length() -> None:
    texts = [f"from 004417720093 to {IBAN}", "DE89370400440532013001 has wrong check digits", None]
    lines = pl.DataFrame({"description": texts, "reference": ["004417720093", None, "17720093"]})
    cut_lines, cut = without_numbers(lines, full_numbers(["004417720093", "0093", None]))
    assert cut == {"004417720093", IBAN}
    assert cut_lines["description"][0] == "from ********0093 to DE****************3000"
    assert cut_lines["description"][1:].to_list() == texts[1:]
    assert cut_lines["reference"].to_list() == ["********0093", None, "17720093"]


@pytest.mark.parametrize("text", [IBAN[:-1], IBAN[:-1] + "1", "DE89", "", "0" * 22])
def test_what_is_no_iban(text: str) -> None:
    assert is_iban(IBAN)
    assert not is_iban(text)


def test_the_last_statement_of_a_day_holds() -> None:
    day = "2026-09-15"
    found = [
        BankStatement(3, "0093", day, day, "1.00", "2.00", "USD"),
        BankStatement(9, "0093", day, day, "2.00", "3.00", "USD"),
        BankStatement(12, None, day, day, "1.00", "2.00", "USD"),
    ]
    statements, warnings = statements_of(found, document_of("a.bai", b"01"))
    assert statements["line"].to_list() == [9]
    assert [(fault.code, fault.place.line, fault.warning) for fault in warnings] == [
        ("bank-statement-repeated", 3, True)
    ]

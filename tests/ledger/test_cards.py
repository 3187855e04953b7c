from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.ledger.cards import Shortened, shorten, shorten_column


@pytest.mark.parametrize(
    ("written", "kept", "cut"),
    [
        ("0742", "0742", False),
        ("742", "0742", False),
        ("12", "12", False),
        ("************7911", "7911", False),
        ("...7911", "7911", False),
        ("…7911", "7911", False),
        ("x7911", "7911", False),
        ("Visa ending in 7911", "7911", False),
        ("4246 0001 9912 3344", "3344", True),
        ("424600******3344", "3344", True),
        ("12345", "2345", True),
        ("１２３４５６", "3456", True),
        ("Visa 4246000199123344 (main)", "3344", True),
        ("SC00000", "SC00000", False),
        ("C12", "C12", False),
        ("b7c9-41aa", "b7c9-41aa", False),
    ],
)
def test_keeps_four_digits_or_the_issuers_id(written: str, kept: str, cut: bool) -> None:
    assert shorten(written) == Shortened(kept, written if cut else None)


@pytest.mark.parametrize("written", ["4.11E+15", "4,11E+15", "4E+15", "4.246e15"])
def test_a_number_a_spreadsheet_destroyed_is_no_card(written: str) -> None:
    assert shorten(written) == Shortened(None)


@given(st.text("0123456789 -*.X", min_size=1, max_size=24))
def test_never_keeps_more_than_four_digits_of_a_number(written: str) -> None:
    kept = shorten(written).kept or ""
    digits = [char for char in written if char.isdigit()]
    if digits:
        assert sum(char.isdigit() for char in kept) <= 4
        assert kept.endswith("".join(digits[-4:]))


def test_shortens_a_column_row_by_row() -> None:
    kept, cut = shorten_column(pl.Series(["123456", None, "C1", "123456"]))
    assert kept.to_list() == ["3456", None, "C1", "3456"]
    assert cut.to_list() == ["123456", None, None, "123456"]

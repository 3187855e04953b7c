"""Cells of card-brand files."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.importers.card_files.brand_cells import (
    bank_entry_kind,
    count_control,
    country,
    currency,
    figure,
    full_numbers,
    implied,
    implied_value,
    last_four,
    mcc,
    sum_control,
)


def value(expression: pl.Expr, text: str | None) -> object:
    return pl.DataFrame({"text": [text]}, {"text": pl.String}).select(expression).item()


@given(st.integers(0, 10**15), st.integers(0, 9), st.integers(1, 20), st.booleans())
def test_implied_decimals_are_exact(number: int, decimals: int, width: int, negative: bool) -> None:
    digits = f"{number:0{width}d}"
    read = value(implied(pl.col("text"), decimals, pl.lit(negative)), digits)
    expected = Decimal(number).scaleb(-decimals)
    assert Decimal(str(read)) == (-expected if negative else expected)
    assert implied_value(digits, decimals) == expected


@pytest.mark.parametrize("text", ["12.50", "-1250", "+1250", "1,250", "12 50", "1e3", "١٢", "12b", "NaN"])
def test_what_is_not_all_digits_is_no_amount(text: str) -> None:
    assert value(implied(pl.col("text"), 2), text) == f"no digits: {text}"


@pytest.mark.parametrize("decimals", [None, "", "x", "10", "-1"])
def test_without_a_number_of_decimals_there_is_no_amount(decimals: str | None) -> None:
    assert value(implied(pl.lit("1250"), pl.col("text")), decimals) == "no digits: 1250"


def test_nothing_is_nothing() -> None:
    assert value(implied(pl.col("text"), 2), None) is None


def test_controls_name_both_figures() -> None:
    assert count_control("rows", "0000000007", 8).stated == "7"
    assert not count_control("rows", "seven", 7).agrees
    assert not count_control("rows", None, 0).agrees
    control = sum_control("sum", Decimal("12.50"), [Decimal(3), Decimal("12.5")])
    assert control.agrees
    assert sum_control("sum", None, [Decimal(0)]).stated == "unreadable"
    assert figure(Decimal("1E+2")) == "100.00"
    assert figure(Decimal("0.1234")) == "0.1234"


@pytest.mark.parametrize(
    ("text", "letters"),
    [("840", "USD"), ("00840", "USD"), ("036", "AUD"), ("EUR", "EUR"), ("007", "007"), ("000", None), (None, None)],
)
def test_currencies(text: str | None, letters: str | None) -> None:
    assert value(currency(pl.col("text")), text) == letters


def test_countries_and_categories() -> None:
    assert value(country(pl.col("text")), "00840") == "US"
    assert [value(mcc(pl.col("text")), text) for text in ("5943", "0000", "594", "59X3", None)] == [
        "5943", None, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kept"),
    [("4000000000002718", "2718"), ("************2718", "2718"), ("XXXXXXXXX002718", "2718"), ("0" * 19, None), ("12", None)],
)  # fmt: skip
def test_last_four(text: str, kept: str | None) -> None:
    assert value(last_four(pl.col("text")), text) == kept


def test_full_numbers_are_those_that_need_a_cut() -> None:
    column = pl.Series(["4000000000002718", "************2718", "0" * 19, None, "2718"])
    assert full_numbers(column) == {"4000000000002718"}


@pytest.mark.parametrize(
    ("words", "negative", "kind"),
    [
        ("LATE PAYMENT FEE", False, "fee"),
        ("PAYMENT - THANK YOU", True, "payment"),
        ("PAYMENT SYSTEMS INC", False, None),
        ("FINANCE CHARGE", False, "finance_charge"),
        ("CASH ADVANCE", False, "cash_advance"),
        ("CONVENIENCE CHECK 1093", False, "convenience_check"),
        ("TRANSFER TO NEW CARD", True, None),
        ("FEEDING AMERICA", False, None),
    ],
)
def test_entries_of_the_bank_by_their_words(words: str, negative: bool, kind: str | None) -> None:
    assert value(bank_entry_kind(pl.col("text"), pl.lit(negative), None), words) == kind

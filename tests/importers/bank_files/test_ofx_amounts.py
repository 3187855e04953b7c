"""What is certain is made plain; the rest is left for the ledger to refuse."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.importers.bank_files.ofx_amounts import plain_amount, plain_amounts, total


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("-1204.00", "-1204.00"), ("+5.00", "5.00"), ("-,5", "-.5"), ("48,15", "48.15"), ("0,1234", "0.1234"),
        ("-1.400,82", "-1400.82"), ("1.234.567,8", "1234567.8"), ("1 025,53", "1025.53"), ("+1\u202f006,60", "1006.60"),
        ("1,234.56", "1234.56"), ("-1,234,567.89", "-1234567.89"), ("1,234,567", "1234567"), ("1'204.50", "1204.50"),
    ],
)  # fmt: skip
def test_certain_amounts_are_made_plain(written: str, plain: str) -> None:
    assert plain_amount(written) == plain


@pytest.mark.parametrize(
    "written",
    [
        "1,234",
        "-1,250",
        "1.234",
        "NaN",
        "1e3",
        "1_000",
        "-١٠.٠٠",
        "(12.00)",
        "12.00-",
        "$5.00",
        "12,34,56",
        "1,23.45",
        "",
    ],
)
def test_others_are_left_as_found(written: str) -> None:
    assert plain_amount(written) == written


@given(st.lists(st.decimals(-(10**9), 10**9, places=4)))
def test_totals_are_exact(amounts: list[Decimal]) -> None:
    texts = pl.Series("TRNAMT", [f"{amount:f}" for amount in amounts], pl.String)
    assert total(plain_amounts(texts)) == sum(amounts)


def test_what_is_no_number_counts_nothing() -> None:
    assert total(pl.Series(["1.50", None, "1,234", "x"])) == Decimal("1.5")

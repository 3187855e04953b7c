"""Decimals of a currency: the smallest coin tells what may stand behind the point."""

from __future__ import annotations

import pytest

from pcard.importers.currencies import has_too_many_decimals


@pytest.mark.parametrize(
    ("amount", "currency", "too_many"),
    [
        ("10.00", "USD", False), ("10.005", "USD", True), ("8.850", "EUR", False), ("10", "JPY", False),
        ("10.0", "JPY", False), ("10.5", "JPY", True), ("1.234", "KWD", False), ("1.2345", "KWD", True),
        ("1.23", "XYZ", False),
    ],
)  # fmt: skip
def test_decimals_follow_the_currency(amount: str, currency: str, too_many: bool) -> None:
    assert has_too_many_decimals(amount, currency) is too_many

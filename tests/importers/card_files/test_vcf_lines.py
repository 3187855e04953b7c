"""Visa line items: the decimals that files leave open are settled by the item's total."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.importers.card_files.vcf_lines import CREDITS, TYPES, items
from pcard.importers.card_files.vcf_records import FIELDS

NAMES = tuple(FIELDS["07"])


def told(**cells: str | None) -> str:
    row = {"code": "4", "account": "2718", "posted": "09152026", "sequence": "1", "item": "PENCILS"} | cells
    schema = {"line": pl.Int32} | dict.fromkeys(NAMES, pl.String)
    frame = pl.DataFrame([[1, *(row.get(name) for name in NAMES)]], schema, orient="row")
    text: str = items(frame)["line_items"][0]
    return text


@given(st.integers(1, 999), st.integers(1, 99_999), st.sampled_from([(4, 4), (0, 2), (4, 2), (2, 2), (0, 4), (2, 4)]))
def test_quantity_and_cost_are_read_by_the_decimals_that_give_the_total(
    quantity: int, cost_cents: int, decimals: tuple[int, int]
) -> None:
    text = told(
        quantity=f"{quantity * 10 ** decimals[0]:010d}",
        unit_cost=f"{cost_cents * 10 ** (decimals[1] - 2):016d}",
        item_total=f"{quantity * cost_cents:016d}",
    )
    count, _, rest = text.partition(" x PENCILS @ ")
    cost, _, total = rest.partition(" = ")
    # Several readings may fit: 10 at 1.00 is 1 at 10.00 on paper. The product is always the total.
    exact = round(float(count) * float(cost) * 100)
    assert abs(exact - round(float(total) * 100)) <= 1


def test_what_does_not_add_up_is_told_without_quantity() -> None:
    assert told(quantity="0000000007", unit_cost="0000000000000100", item_total="0000000000999999") == (
        "PENCILS = 9999.99"
    )
    assert told(quantity="x", unit_cost="", item_total="") == "PENCILS"
    assert told(item=None, product="SKU1") == "SKU1"


@pytest.mark.parametrize("code", sorted(TYPES))
def test_payments_and_credits_have_the_signs_of_the_format(code: str) -> None:
    assert (code in CREDITS) == (code in {"11", "31", "61", "63", "65", "71", "73"})

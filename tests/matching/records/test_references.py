from __future__ import annotations

from itertools import chain

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.records.references import encode_numbers, mentioned, misspelt, number, one_off


@pytest.mark.parametrize(
    "text", ["PO-0386726", "0386726", "386726", "PO386726", "P.O. 0386726", "po # 386726", "Purchase order 386726"]
)
def test_one_number_is_written_in_many_ways(text: str) -> None:
    assert pl.select(number(pl.lit(text))).item() == "386726"


def test_a_number_too_short_says_nothing() -> None:
    assert pl.select(number(pl.lit("PO-12"))).item() is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LAMPS PO 38672 RM 4", "38672"),
        ("P.O.#0038672", "38672"),
        ("purchase order no. A-771", "A771"),
        ("POST OFFICE", None),
    ],
)
def test_descriptions_mention_orders(text: str, found: str | None) -> None:
    assert pl.select(mentioned(pl.lit(text))).item() == found


def test_the_number_that_evidence_has_is_taken_before_others() -> None:
    charges = pl.DataFrame({"reference": ["INV7", "INV8", None], "mention": ["4001", None, "4002"]})
    texts, chosen, (orders,) = encode_numbers(charges, [pl.DataFrame({"number": ["4001", "4003"]})])
    named = [texts[int(code)] if code >= 0 else None for code in chosen]
    assert named == ["4001", "INV8", "4002"]
    assert texts.gather(orders).to_list() == ["4001", "4003"]


numbers = st.sampled_from([None, None, "4001", "4002", "A771", "B12"])


@given(st.lists(st.tuples(numbers, numbers), max_size=6), st.lists(numbers, max_size=4), st.lists(numbers, max_size=4))
def test_codes_are_the_places_of_the_numbers_among_all(
    shown: list[tuple[str | None, str | None]], receipts: list[str | None], orders: list[str | None]
) -> None:
    charges = pl.DataFrame(shown, schema={"reference": pl.String, "mention": pl.String}, orient="row")
    evidence = [pl.DataFrame({"number": each}, schema={"number": pl.String}) for each in (receipts, orders)]
    texts, chosen, of_evidence = encode_numbers(charges, evidence)
    assert texts.to_list() == sorted({text for text in (*receipts, *orders, *chain(*shown)) if text})

    def said(codes: list[int]) -> list[str | None]:
        return [texts[code] if code >= 0 else None for code in codes]

    assert [said(codes.tolist()) for codes in of_evidence] == [receipts, orders]
    had = {*receipts, *orders}
    best = [[text for text in row if text in had and text] + [text for text in row if text] + [None] for row in shown]
    assert said(chosen.tolist()) == [row[0] for row in best]


def test_columns_without_numbers_are_unknown_throughout() -> None:
    nothing = pl.Series("number", [None, None], dtype=pl.String)
    some = pl.Series("number", ["4001", None])
    for charge, evidence, expected in (
        (nothing, some, ([-1, -1], [0, -1])),
        (some, nothing, ([0, -1], [-1, -1])),
        (nothing, nothing, ([-1, -1], [-1, -1])),
    ):
        texts, chosen, (codes,) = encode_numbers(charge.to_frame(), [evidence.to_frame()])
        assert (chosen.tolist(), codes.tolist()) == expected
        assert texts.to_list() == ["4001"] * (0 in (*chosen, *codes))


def test_numbers_one_place_apart_are_paired() -> None:
    texts = pl.Series(["4001", "4011", "5555"])
    codes = pl.Series([0, 1, 2]).to_numpy()
    assert [rows.tolist() for rows in misspelt(texts, codes[[0]], codes[[1, 2]])] == [[0], [0]]
    assert one_off(texts, codes[[0, 0]], codes[[1, 2]]).tolist() == [True, False]

from __future__ import annotations

import polars as pl
import pytest

from pcard.matching.references import encode_numbers, mentioned, misspelt, number, one_off


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


def test_numbers_one_place_apart_are_paired() -> None:
    texts = pl.Series(["4001", "4011", "5555"])
    codes = pl.Series([0, 1, 2]).to_numpy()
    assert [rows.tolist() for rows in misspelt(texts, codes[[0]], codes[[1, 2]])] == [[0], [0]]
    assert one_off(texts, codes[[0, 0]], codes[[1, 2]]).tolist() == [True, False]

"""Chains of replaced cards."""

from __future__ import annotations

import polars as pl

from pcard.ledger.replacements import in_use, successors


def _cards(*rows: tuple[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"card": pl.String, "replaces": pl.String}, orient="row")


def test_a_card_leads_to_the_last_of_its_chain() -> None:
    assert successors(_cards(("2", "1"), ("3", "2"), ("9", None))) == {"1": "3", "2": "3"}


def test_a_card_replaced_by_several_or_by_itself_has_no_successor() -> None:
    assert successors(_cards(("2", "1"), ("3", "1"), ("4", "4"))) == {}


def test_a_circle_ends() -> None:
    assert set(successors(_cards(("2", "1"), ("1", "2")))) == {"1", "2"}


def test_numbers_that_were_not_replaced_stay() -> None:
    cards = _cards(("2", "1"))
    frame = pl.DataFrame({"card": ["1", "2", "7", None]})
    assert frame.select(in_use(pl.col("card"), cards))["card"].to_list() == ["2", "2", "7", None]
    assert frame.select(in_use(pl.col("card"), _cards()))["card"].to_list() == ["1", "2", "7", None]

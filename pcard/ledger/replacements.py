"""Cards that replaced others: one history under several numbers."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl


def successors(cards: pl.DataFrame) -> Mapping[str, str]:
    """Return for each replaced card the card that is in use in its place, at the end of the chain.

    A card that several others say to replace has no one successor and is left out.
    """
    said = cards.select("card", "replaces").drop_nulls().filter(pl.col("card") != pl.col("replaces")).unique()
    single = said.filter(pl.len().over("replaces") == 1).sort("replaces")
    following: dict[str, str] = dict(single.select("replaces", "card").rows())
    return {old: _last(old, following) for old in following}


def in_use(card: pl.Expr, cards: pl.DataFrame) -> pl.Expr:
    """Return each card's number in use: its successor's where it was replaced, else its own."""
    found = successors(cards)
    return card.replace(list(found), list(found.values())) if found else card


def _last(card: str, following: Mapping[str, str]) -> str:
    passed = {card}
    while (after := following.get(card)) is not None and after not in passed:
        passed.add(after)
        card = after
    return card

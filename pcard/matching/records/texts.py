"""Texts of many records, numbered once: what is asked of a text is asked once for all records that have it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pcard.matching.arrays import UNKNOWN, Ints


def numbered(columns: Sequence[pl.Series]) -> tuple[pl.Series, list[Ints]]:
    """Number the distinct texts of several columns together.

    Returns:
        The distinct texts in no particular order, and for each column the place of its records' texts among them;
        -1 where a text is missing.
    """
    told = [column for column in columns if column.null_count() < len(column)]  # most records have no order number
    every = pl.concat([*told, pl.Series([], dtype=pl.String)]).cast(pl.Categorical(pl.Categories.random()))
    places = every.to_physical().cast(pl.Int64).fill_null(UNKNOWN).to_numpy()
    distinct = every.drop_nulls().unique().to_frame("text").sort(pl.col("text").to_physical())
    parts = iter(np.split(places, np.cumsum([len(column) for column in told])[:-1]))
    split = [next(parts) if column.null_count() < len(column) else np.full(len(column), UNKNOWN) for column in columns]
    return distinct["text"].cast(pl.String), split


def renumbered(columns: Sequence[Ints], codes: Ints) -> list[Ints]:
    """Return columns of places as columns of the codes at these places; what is unknown stays so."""
    table = np.append(codes, UNKNOWN)
    return [table[places] for places in columns]

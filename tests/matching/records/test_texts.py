"""Numbers of texts stand for the texts, whatever order they are found in."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.records.texts import numbered, renumbered

texts = st.lists(st.one_of(st.none(), st.sampled_from(["", "A", "B", "Ä", "a rather long name of a shop"])), max_size=8)


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_number_gives_its_text_back(columns: list[list[str | None]]) -> None:
    found, places = numbered([pl.Series(column, dtype=pl.String) for column in columns])
    assert found.n_unique() == len(found)
    back = [[found[int(place)] if place >= 0 else None for place in column] for column in places]
    assert back == columns


@given(st.lists(texts, min_size=1, max_size=4))
def test_codes_of_texts_are_codes_of_their_records(columns: list[list[str | None]]) -> None:
    found, places = numbered([pl.Series(column, dtype=pl.String) for column in columns])
    lengths = np.array([len(text) for text in found], np.int64)
    coded = renumbered(places, lengths)
    assert [column.tolist() for column in coded] == [
        [-1 if text is None else len(text) for text in column] for column in columns
    ]

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pcard.matching.records.names import encode_names, name_pairs


def keys(*texts: str | None) -> list[str | None]:
    names, (codes,) = encode_names(pl.Series(texts, dtype=pl.String))
    return [names.keys[int(code)] if code >= 0 else None for code in codes]


@pytest.mark.parametrize(
    ("descriptor", "key"),
    [
        ("SQ *GOLDEN PIZZA", "GOLDENPIZZA"),
        ("TST* GOLDEN PIZZA", "GOLDENPIZZA"),
        ("PAYPAL *GOLDENPIZZA", "GOLDENPIZZA"),
        ("SQ  GOLDEN PIZZA", "GOLDENPIZZA"),
        ("GOLDEN PIZZA #0412", "GOLDENPIZZA"),
        ("GOLDEN PIZZA 800-555-0100", "GOLDENPIZZA"),
        ("GOLDEN PIZZA*RT4G81ZZ0", "GOLDENPIZZA"),
        ("Golden Pizza, LLC", "GOLDENPIZZA"),
        ("The Golden Pizza Company Inc.", "GOLDENPIZZA"),
        ("GOLDENPIZZA7348288033", "GOLDENPIZZA"),
        ("Café Niño & Sons", "CAFENINO"),
        ("O'BRIEN'S", "OBRIENS"),
        ("UBER   *TRIP", "UBERTRIP"),
        ("7-ELEVEN 1234", "7ELEVEN"),
        ("W.W. GRANT", "WWGRANT"),
        ("INC", "INC"),
        ("12345678", "12345678"),
    ],
)
def test_what_processors_and_shops_hang_on_a_name_is_taken_off(descriptor: str, key: str) -> None:
    assert keys(descriptor) == [key]


def test_cities_are_learnt_from_names_that_also_stand_alone() -> None:
    names = ["GOLDEN PIZZA", "HARBOR LUMBER", "SUNRISE BOOKS", "METRO ELECTRIC"]
    placed = [f"{name} SPRING FALLS WA" for name in names]
    assert keys(*names, *placed) == [name.replace(" ", "") for name in names] * 2


def test_a_trade_is_no_city() -> None:
    names = ["GOLDEN PIZZA WA", "HARBOR PIZZA WA", "SUNRISE PIZZA WA", "METRO PIZZA WA"]
    assert keys(*names) == ["GOLDENPIZZA", "HARBORPIZZA", "SUNRISEPIZZA", "METROPIZZA"]


def test_words_that_trail_one_name_only_are_order_codes() -> None:
    codes = ("QWERTYA", "ZXCVBNM", "PLOKIJU", "MNBVCXZ", "LKJHGFD", "POIUYTR", "REWQASD", "GHJKLMN")
    assert set(keys("MARKETPLACE", *(f"MARKETPLACE*{code}" for code in codes))) == {"MARKETPLACE"}


def test_a_missing_name_is_unknown() -> None:
    assert keys(None, "GOLDEN PIZZA") == [None, "GOLDENPIZZA"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_column_without_texts_is_unknown_throughout(count: int) -> None:
    nothing = pl.Series([None] * count, dtype=pl.String)
    names, (some, none) = encode_names(pl.Series(["GOLDEN PIZZA"]), nothing)
    assert (names.keys.to_list(), some.tolist(), none.tolist()) == (["GOLDENPIZZA"], [0], [-1] * count)
    names, (none,) = encode_names(nothing)
    assert (len(names.keys), none.tolist()) == (0, [-1] * count)


def test_likeness_is_asked_once_per_distinct_pair() -> None:
    names, (codes,) = encode_names(pl.Series(["GOLDEN PIZZA", "GOLDEN PIZA", "HARBOR LUMBER"]))
    pairs = name_pairs(codes[[0, 0, 0, 2]], np.array([codes[1], codes[1], -1, codes[0]]))
    assert len(pairs.ours) == 2
    assert pairs.which.tolist()[2] == -1
    likeness = names.likeness(pairs)[pairs.which[[0, 3]]]
    assert likeness[0] > 0.95 > likeness[1]


def test_a_misspelling_finds_its_kin() -> None:
    names, (codes,) = encode_names(pl.Series(["GOLDEN PIZZA", "GOLDNE PIZZA", "HARBOR LUMBER"]))
    nearest, likeness = names.nearest(codes[[1]], codes[[0, 2]])
    assert nearest.tolist() == [codes[0]]
    assert likeness[0] > 0.9

"""Merchant names made comparable: descriptors of card networks and vendors as people write them.

A descriptor reads `SQ *GOLDEN PIZZA #0412 TACOMA WA`: a processor, a name cut
at 22 or 25 characters, a store or order number, a city and a state. Each step
takes one of these away. Cities and order codes need no list: a city is a word
that trails many different names which also stand without it, a code is a word
that trails one name only, and that name has many such.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np
import polars as pl
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist, cpdist

from pcard.matching.arrays import UNKNOWN, Flags, Floats, Ints, distinct, sorted_rows, starts_of
from pcard.matching.records.texts import numbered, renumbered

_PROCESSORS = "SQU|SQ|TST|PAYPAL|PAYPL|PYPL|PP|PY|SP|IN|CKE|FSP|WPY|BT|CLOVER|2CO|DD|EB|GOOGLE|GOOG|APL|SMK|EZP|POS"
_SPACED = "SQU|SQ|TST|PAYPAL|PY|IN|FSP"  # exports that print the star as a space leave two of them
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    "|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR|AB|BC|MB|NB|NS|ON|QC|SK"
)
_LEGAL = "INC|INCORPORATED|LLC|LLP|LP|LTD|LIMITED|CORP|CORPORATION|CO|COMPANY|PLLC|PC|PLC|SONS|US|USA"
_CITY_HEADS = 3  # a word is a city where it trails at least so many different names
_CITY_SHARE = 0.3  # ... of which this share also stands without it
_KIN = 0.85  # below this likeness a rare spelling is no misspelling of a common one
_CHUNK = 4096
_SHARED_WORK = 50_000  # comparisons worth sharing out to two threads
_CODE_TAILS = 8  # a name that so many words trail which trail nothing else: the words are order codes


Places: TypeAlias = tuple[Ints, Ints]  # where names occur and which, sorted by place


@dataclass(frozen=True)
class NamePairs:
    """The distinct pairs of names among candidate pairs, and which of them each candidate pair has (-1: none).

    Names repeat far more often than they differ: what is asked of two names is
    asked once per distinct pair.
    """

    ours: Ints
    theirs: Ints
    which: Ints

    def take(self, keep: Flags | Ints | slice) -> NamePairs:
        """Return the names of the chosen candidate pairs."""
        return NamePairs(self.ours, self.theirs, self.which[keep])


def name_pairs(ours: Ints, theirs: Ints) -> NamePairs:
    """Find the distinct pairs of two columns of names."""
    size = int(theirs.max(initial=0)) + 1
    packed = np.where((ours >= 0) & (theirs >= 0), ours.astype(np.int64) * size + theirs, UNKNOWN)
    order, packed = sorted_rows(packed)
    first = starts_of(packed)
    unknown = int(len(packed) > 0 and packed[0] == UNKNOWN)
    which = np.empty(len(ours), np.int32)
    which[order] = np.cumsum(first, dtype=np.int32) - (1 + unknown)
    known = packed[first][unknown:]
    return NamePairs(known // size, known % size, which)


@dataclass(frozen=True)
class Names:
    """Distinct comparable names; records hold their number."""

    keys: pl.Series

    @cached_property
    def _texts(self) -> np.ndarray:
        return np.array([*self.keys.to_list(), ""], object)[:-1]

    def likeness(self, pairs: NamePairs) -> Floats:
        """Return the Jaro-Winkler likeness of each distinct pair."""
        left, right = self._texts[pairs.ours].tolist(), self._texts[pairs.theirs].tolist()
        scores: Floats = cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float64, workers=2)
        return scores

    def nearest(self, asked: Ints, among: Ints) -> tuple[Ints, Floats]:
        """Return for each asked name the most alike one among others, and their likeness; zero below the cutoff."""
        texts, nearest, likeness = self.keys.to_list(), np.zeros(len(asked), np.int64), np.zeros(len(asked))
        others = [texts[code] for code in among]
        for at in range(0, len(asked) if len(among) else 0, _CHUNK):
            rows = slice(at, at + _CHUNK)
            names = [texts[code] for code in asked[rows]]
            scores = cdist(names, others, scorer=JaroWinkler.similarity, score_cutoff=_KIN, dtype=np.float32, workers=2)
            best = scores.argmax(axis=1)
            nearest[rows], likeness[rows] = among[best], scores[np.arange(len(best)), best]
        return nearest, likeness

    def alike_within(self, first: Places, second: Places) -> tuple[Ints, Ints]:
        """Return the rows of all pairs of two lists of names at places that share their place and are alike."""
        places = distinct(second[0])
        low, high, starts, ends = (
            np.searchsorted(side[0], places, side=end) for side in (first, second) for end in ("left", "right")
        )
        found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        for at, end, start, stop in zip(low.tolist(), high.tolist(), starts.tolist(), ends.tolist(), strict=True):
            others = self._texts[second[1][start:stop]].tolist()
            for row in range(at, end, _CHUNK):
                names = self._texts[first[1][row : min(row + _CHUNK, end)]].tolist()
                workers = 2 if len(names) * len(others) > _SHARED_WORK else 1
                scores = cdist(
                    names, others, scorer=JaroWinkler.similarity, score_cutoff=_KIN, dtype=np.float32, workers=workers
                )
                ours, theirs = np.nonzero(scores)
                found.append((row + ours, start + theirs))
        return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])


def encode_names(*columns: pl.Series) -> tuple[Names, list[Ints]]:
    """Number the names of all columns together; a missing name is -1."""
    texts, places = numbered(columns)
    table = pl.DataFrame({"plain": _in_halves(_unaccented(texts), _plain)})
    plain = table["plain"].unique().sort()
    keys = pl.DataFrame({"plain": plain, "key": _bare(plain)})
    key = table.join(keys, on="plain", how="left", maintain_order="left")["key"]
    names = key.unique().sort()
    return Names(names), renumbered(places, key.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy())


def _in_halves(texts: pl.Series, change: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return changed texts, each half in a thread of its own."""
    half = len(texts) // 2
    halves = [part.alias("text").to_frame().lazy() for part in (texts[:half], texts[half:])]
    return pl.concat(
        part.to_series() for part in pl.collect_all([each.select(change(pl.col("text"))) for each in halves])
    )


def _groups(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.extract_groups(pattern)


def _unaccented(texts: pl.Series) -> pl.Series:
    """Return texts without accents; most have none."""
    accented = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    plain = texts.gather(accented).str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return texts.clone().scatter(accented, plain) if len(accented) else texts


def _plain(text: pl.Expr) -> pl.Expr:
    """Return unaccented names in capitals, without processors, codes, numbers and punctuation."""
    plain = (
        text.str.to_uppercase()
        .str.replace_all(r"['’`]", "")
        .str.replace_all(r"[*#]\s*[A-Z]*[0-9][A-Z0-9]{4,}", " ")
        .str.replace(rf"^(?:(?:{_PROCESSORS})\s*\*\s*|(?:{_SPACED})\s{{2,}}|SP\s+)+([A-Z0-9][A-Z0-9 ].{{2}})", "$1")
        .str.replace_all(r"\b([A-Z])\.", "$1")
        .str.replace_all(r"\bWWW\.?|\.(?:COM|NET|ORG|US)\b", " ")
        .str.replace_all(r"&|\bAND\b|\bTHE\b", " ")
        .str.replace_all(r"([A-Z]{3})[0-9]{4,}\b", "$1 ")
        .str.replace_all(r"[\s*#][A-Z]*[0-9][A-Z0-9]{4,}\b", " ")
        .str.replace_all(r"[0-9][0-9\-]{2,}", " ")
        .str.replace_all(r"[^A-Z0-9]+", " ")
        .str.strip_chars()
    )
    return pl.when(plain == "").then(text.str.to_uppercase().str.strip_chars()).otherwise(plain)


def _bare(plain: pl.Series) -> pl.Series:
    """Return plain names without state, city, order code and legal form, and without spaces."""
    placed = plain.str.extract(rf"^(.{{3,}}) (?:{_STATES})$", 1)
    frame = pl.DataFrame({"key": placed.fill_null(plain), "placed": placed.is_not_null()})
    for words, trails in ((2, _cities), (1, _cities), (1, _codes)):
        pattern = rf"^(?<head>.*[A-Z0-9]{{3}}.*)(?<tail>(?: [A-Z0-9]+){{{words}}})$"
        found = _in_halves(frame["key"], partial(_groups, pattern=pattern))
        split = frame.with_columns(found.alias("split")).unnest("split")
        frame = split.select("placed", key=pl.when(trails(split)).then("head").otherwise("key"))
    return frame.select(pl.col("key").str.replace(rf"(.)(?: (?:{_LEGAL}))+$", "$1").str.replace_all(" ", ""))["key"]


def _cities(split: pl.DataFrame) -> pl.Expr:
    """Tell which tails are cities: they trail many names before a state, and the names stand alone too."""
    tails = (
        split.filter("placed")
        .select("head", "tail", alone=pl.col("head").is_in(split["key"].implode()))
        .drop_nulls()
        .unique()
        .group_by("tail")
        .agg(heads=pl.len(), share=pl.col("alone").mean())
        .filter((pl.col("heads") >= _CITY_HEADS) & (pl.col("share") >= _CITY_SHARE))
    )
    return pl.col("tail").is_in(tails["tail"].implode()) & (
        pl.col("placed") | pl.col("head").is_in(split["key"].implode())
    )


def _codes(split: pl.DataFrame) -> pl.Expr:
    """Tell which tails are order codes: they trail one name only, and that name has many such."""
    pairs = split.select("head", "tail").drop_nulls().unique()
    lonely = pairs.filter(pl.len().over("tail") == 1)
    heads = lonely.group_by("head").len().filter(pl.col("len") >= _CODE_TAILS)["head"]
    heads = heads.filter(heads.is_in(split["key"].implode()))
    return pl.col("head").is_in(heads.implode()) & pl.col("tail").is_in(lonely["tail"].implode())

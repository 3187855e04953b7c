"""Names to vendors: the candidates of each name compared, weighed, and decided.

The choice is among a name's candidates and "none of the list". A candidate's
odds are two to the power of its bits, so that rivals share out what they
claim, and a vendor that stands in the list twice is a question. How many
names have no vendor at all is learnt from the lists themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist

from pcard.ledger.merchants import merchant_key
from pcard.matching.arrays import Floats, Ints, spread
from pcard.matching.vendors.candidates import nearest
from pcard.matching.vendors.likeness import parts_of
from pcard.matching.vendors.merchants import NO_MERCHANTS, Merchants
from pcard.matching.vendors.words import Words, as_printed, read_words
from pcard.schema import Table, columns

RESOLVED = Table("resolved", columns("name vendor vendor_name probability:number! outcome!"), ())
OUTCOMES = ("accepted", "review", "none")
# Printed names, as their merchant key, that people have linked to a vendor's evidence.
ALIASES = Table("aliases", columns("merchant_key! vendor_name!"), ("merchant_key", "vendor_name"))

_MOST_CANDIDATES = 12
# What "none of the list" is worth where _ABSENT of the names have no vendor, and what each doubling of the list adds.
_NONE_BITS, _DOUBLING = 4.2, 0.5
_ABSENT, _LEAN = 0.23, 50.0  # the share before anything was seen, and how many names it counts for
_ROUNDS = 30
_PRINTED = 3.0  # bits of a name printed like the vendor's to the letter
# Bits of what the table of merchants or a person says.
_SAME_MERCHANT, _SAME_CHAIN, _OTHER_MERCHANT, _CONFIRMED = 20.0, 3.0, -6.0, 26.0
_ROWS = 2048


@dataclass(frozen=True, slots=True)
class ResolveSettings:
    """From which probability a vendor is taken without asking, and below which there is none worth asking about."""

    accept_probability: float = 0.95
    review_probability: float = 0.2


DEFAULT_SETTINGS = ResolveSettings()


@dataclass(frozen=True)
class Choices:
    """The candidates of each name: pairs (name, vendor) sorted by name, and the bits of each part of their score."""

    names: int
    vendors: int
    name: Ints
    vendor: Ints
    parts: Mapping[str, Floats]

    @property
    def bits(self) -> Floats:
        """Each pair's score, the sum of its parts."""
        score: Floats = np.sum(list(self.parts.values()), axis=0)
        return score


def resolve(
    names: pl.Series,
    vendors: pl.DataFrame,
    merchants: Merchants = NO_MERCHANTS,
    aliases: pl.DataFrame | None = None,
    settings: ResolveSettings = DEFAULT_SETTINGS,
) -> pl.DataFrame:
    """Return `RESOLVED`, one row per name in the order given: the best vendor, its probability, and the outcome.

    `vendors` has `vendor` and `name` (VENDORS); `aliases` is `ALIASES`. Each
    distinct merchant key is looked at once, and each name that stands in the
    list to the letter. A blank name, and any name where the list is empty, has
    no vendor.
    """
    printed = names.cast(pl.String).rename("name").to_frame()
    listed = vendors.select("vendor", "name").sort("vendor")
    whole = as_printed(pl.col("name"))
    printed = printed.with_columns(
        key=merchant_key(pl.col("name")).replace("", None),
        whole=pl.when(whole.is_in(listed.select(whole)["name"].implode())).then(whole),
    )
    # One key may be printed in a thousand ways; the longest shows best what was cut.
    distinct = printed.drop_nulls("key").sort(pl.col("name").str.len_chars(), "name", descending=[True, False])
    distinct = distinct.unique(["key", "whole"], keep="first", maintain_order=True).sort("key", "whole")
    best = _best(distinct, listed["name"], merchants, aliases)
    found = printed.join(best, on=["key", "whole"], how="left", maintain_order="left", nulls_equal=True)
    found = found.with_columns(
        vendor=listed["vendor"].gather(found["row"]),
        vendor_name=listed["name"].gather(found["row"]),
        probability=pl.col("probability").fill_null(0.0),
    )
    return RESOLVED.of(found.with_columns(outcome=_outcome(settings)))


def _outcome(settings: ResolveSettings) -> pl.Expr:
    accepted, review, none = map(pl.lit, OUTCOMES)
    probability = pl.col("probability")
    asked = pl.when(probability >= settings.review_probability).then(review).otherwise(none)
    return pl.when(probability >= settings.accept_probability).then(accepted).otherwise(asked)


def _best(
    distinct: pl.DataFrame, listed: pl.Series, merchants: Merchants, aliases: pl.DataFrame | None
) -> pl.DataFrame:
    """Return each distinct key's best row of the list and its probability."""
    if distinct.is_empty() or listed.is_empty():
        return pl.DataFrame(schema={"key": pl.String, "whole": pl.String, "row": pl.Int64, "probability": pl.Float64})
    names, vendors = read_words(distinct["name"], listed)
    choices = choose(names, vendors, merchants, ALIASES.empty() if aliases is None else aliases)
    probability = probabilities(choices)
    order = np.lexsort((choices.vendor, -probability, choices.name))
    first = order[np.diff(choices.name[order], prepend=-1) != 0]
    row, likely = np.full(distinct.height, -1), np.zeros(distinct.height)
    row[choices.name[first]], likely[choices.name[first]] = choices.vendor[first], probability[first]
    strangers = np.flatnonzero(row < 0)
    row[strangers] = _alike(names, vendors, strangers)
    return distinct.select("key", "whole", row=pl.Series(row), probability=pl.Series(likely))


def choose(names: Words, vendors: Words, merchants: Merchants, aliases: pl.DataFrame) -> Choices:
    """Return the candidates of each name with what speaks for them."""
    name, vendor, letters = nearest(names, vendors, _MOST_CANDIDATES)
    sold = merchants.known(names.keys), merchants.known(vendors.keys)
    told = _told(names, vendors, aliases)
    size = len(vendors.keys)
    packed, place = np.unique(
        np.concatenate([pair[0] * size + pair[1] for pair in ((name, vendor), _same(*sold), told)]), return_index=True
    )
    near = np.zeros(len(packed))
    seen = place < len(name)
    near[seen] = letters[place[seen]]
    name, vendor = packed // size, packed % size
    parts = parts_of(names, vendors, (name, vendor), near)
    mine, other = sold[0][name], sold[1][vendor]
    both = (mine >= 0) & (other >= 0)
    same = np.append(np.where(merchants.local, _SAME_CHAIN, _SAME_MERCHANT), 0.0)[mine]
    parts["merchant"] = np.where(both, np.where(mine == other, same, _OTHER_MERCHANT), 0.0)
    equal = [names.printed[left] == vendors.printed[right] for left, right in zip(name, vendor, strict=True)]
    parts["printed"] = _PRINTED * np.array(equal, float)
    parts["confirmed"] = np.where(np.isin(packed, told[0] * size + told[1]), _CONFIRMED, 0.0)
    return Choices(len(names.keys), size, name, vendor, parts)


def _same(mine: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Pair the names and vendors of one merchant, with so many of them at most."""
    order = np.argsort(other, kind="stable")
    rows = np.flatnonzero(mine >= 0)
    low, high = (np.searchsorted(other[order], mine[rows], side=side) for side in ("left", "right"))
    owner, place = spread(np.minimum(high - low, _MOST_CANDIDATES))
    return rows[owner], order[low[owner] + place]


def _told(names: Words, vendors: Words, aliases: pl.DataFrame) -> tuple[Ints, Ints]:
    """Pair the names and vendors that people have linked."""
    known = aliases.select("merchant_key", vendor_key=merchant_key(pl.col("vendor_name"))).unique()
    ours = pl.DataFrame({"merchant_key": names.keys}).with_row_index("name")
    theirs = pl.DataFrame({"vendor_key": vendors.keys}).with_row_index("vendor")
    told = ours.join(known, on="merchant_key").join(theirs, on="vendor_key").sort("name", "vendor")
    return told["name"].to_numpy().astype(np.int64), told["vendor"].to_numpy().astype(np.int64)


def probabilities(choices: Choices) -> Floats:
    """Return how likely each pair is the name's vendor; a name's pairs and "none" sum to one.

    How many names have no vendor is found by expectation maximisation, leaning
    on the share the weights were learnt with.
    """
    bits, absent = choices.bits, _ABSENT
    usual = _NONE_BITS + _DOUBLING * np.log2(max(choices.vendors, 1)) - np.log2(_ABSENT / (1.0 - _ABSENT))
    probability = np.zeros(len(bits))
    for _ in range(_ROUNDS):
        none = usual + np.log2(absent / (1.0 - absent))
        highest = np.full(choices.names, none)
        np.maximum.at(highest, choices.name, bits)
        odds, none_odds = np.exp2(bits - highest[choices.name]), np.exp2(none - highest)
        total = np.bincount(choices.name, odds, choices.names) + none_odds
        probability = odds / total[choices.name]
        missing = float((none_odds / total).sum())
        absent = float(np.clip((missing + _LEAN * _ABSENT) / (choices.names + _LEAN), 0.01, 0.99))
    return probability


def _alike(names: Words, vendors: Words, rows: Ints) -> Ints:
    """Return the vendors whose spelling is nearest to names that share nothing with any."""
    found = np.zeros(len(rows), np.int64)
    for at in range(0, len(rows), _ROWS):
        keys = [names.keys[row] for row in rows[at : at + _ROWS]]
        likeness = cdist(keys, vendors.keys, scorer=JaroWinkler.similarity, dtype=np.float32, workers=2)
        found[at : at + _ROWS] = likeness.argmax(axis=1)
    return found

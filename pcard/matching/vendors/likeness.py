"""What speaks for and against a name being a vendor's, in bits: a sum that adds up.

The weights were learnt once, by the choice model of `resolving`, from printed
names whose vendor was known and from invented card descriptors, and say which
of a name's words count: rare ones, the first one, and that nothing of the
vendor's name is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler, LCSseq
from rapidfuzz.process import cpdist

from pcard.matching.arrays import Flags, Floats, Ints, dense
from pcard.matching.vendors.words import MOST_WORDS, Words

# Bits per unit of each part. `whole`, `spelling` and `letters` are shares to the fourth power: only what is nearly
# whole says much.
WEIGHTS: Mapping[str, float] = {
    "agree": 0.26,  # bits of the words both have
    "missing": -0.08,  # bits of the name's words that the vendor lacks
    "cut": -0.05,  # bits of words that one lacks because it was cut
    "lead": 0.32,  # bits of a first word that both begin with
    "whole": 3.5,  # share of the vendor's bits that the name has
    "spelling": 4.5,  # Jaro-Winkler likeness of the two keys
    "letters": 3.6,  # cosine of words and three-letter pieces
}
_SHARPNESS = 4
_SHORT_FORM, _MISSPELT = 0.9, 0.8  # how far such a word counts as the other
_SHORTEST = 3  # letters of a short form
_SHORTEST_MISSPELT = 5
_LONG = 8  # letters from which two slips are forgiven
_CUT_WITHIN = 7  # a name so near the longest of its list may have lost a word
_USUALLY_CUT = 0.01  # share of names of the longest size that betrays a cut
_PAIRS = 1 << 16  # compared at once


def parts_of(names: Words, vendors: Words, pairs: tuple[Ints, Ints], letters: Floats) -> dict[str, Floats]:
    """Return the bits of each part for pairs (name, vendor) whose letters are so alike."""
    cut = names.sizes >= _cut_from(names.sizes), vendors.sizes >= _cut_from(vendors.sizes)
    chunks = [slice(at, at + _PAIRS) for at in range(0, max(len(letters), 1), _PAIRS)]
    worded = [_words_compared(names, vendors, (pairs[0][rows], pairs[1][rows]), cut) for rows in chunks]
    found = {part: np.concatenate([each[part] for each in worded]) for part in worded[0]}
    keys = [names.keys[row] for row in pairs[0]], [vendors.keys[row] for row in pairs[1]]
    spelling: Floats = cpdist(*keys, scorer=JaroWinkler.similarity, dtype=np.float64, workers=2)
    found |= {"spelling": spelling**_SHARPNESS, "letters": letters**_SHARPNESS}
    return {part: weight * found[part] for part, weight in WEIGHTS.items()}


def _cut_from(sizes: Ints) -> int:
    """Return from which size names of a list may have been cut: near its longest, where many are as long."""
    longest = int(sizes.max(initial=0))
    return longest - _CUT_WITHIN if (sizes >= longest - 1).mean() > _USUALLY_CUT else longest + 1


def _words_compared(
    names: Words, vendors: Words, pairs: tuple[Ints, Ints], cut: tuple[Flags, Flags]
) -> dict[str, Floats]:
    """Compare the words of pairs."""
    ours, theirs = names.codes[pairs[0]], vendors.codes[pairs[1]]
    kinship = _kinship(ours, theirs, names.texts)
    found = kinship.max(axis=2), kinship.max(axis=1)
    _cover(found[0], found[1], ours, vendors.initials, pairs[1])
    _cover(found[1], found[0], theirs, names.initials, pairs[0])
    bits = np.append(names.bits, 0.0)[ours], np.append(names.bits, 0.0)[theirs]
    agree = [(each * bit).sum(axis=1) for each, bit in zip(found, bits, strict=True)]
    ends = [_after_last(each, bit) for each, bit in zip(found, bits, strict=True)]
    # Each side's end may be missing because the other was cut.
    cut_ours, cut_theirs = ends[0] * cut[1][pairs[1]], ends[1] * cut[0][pairs[0]]
    return {
        "agree": (agree[0] + agree[1]) / 2,
        "missing": bits[0].sum(axis=1) - agree[0] - cut_ours,
        "cut": cut_ours + cut_theirs,
        "lead": np.minimum(bits[0][:, 0], bits[1][:, 0]) * kinship[:, 0, 0],
        "whole": (agree[1] / np.maximum(bits[1].sum(axis=1), 1e-9)) ** _SHARPNESS,
    }


def _after_last(found: Floats, bits: Floats) -> Floats:
    """Return the bits of the words that come after the last one found."""
    last = np.where(found > 0, np.arange(MOST_WORDS), -1).max(axis=1)
    after: Floats = np.where(np.arange(MOST_WORDS) > last[:, None], bits, 0.0).sum(axis=1)
    return after


def _kinship(ours: Ints, theirs: Ints, texts: list[str]) -> Floats:
    """Return how far each word of a pair's one name counts as each word of its other: (pairs, words, words)."""
    left, right = np.broadcast_arrays(ours[:, :, None], theirs[:, None, :])
    known = (left >= 0) & (right >= 0)
    equal = known & (left == right)
    kinship: Floats = equal.astype(np.float64)
    rest = known & ~equal
    packed = left[rest] * len(texts) + right[rest]
    numbered = dense(packed)
    distinct = np.empty(int(numbered.max(initial=-1)) + 1, np.int64)
    distinct[numbered] = packed
    if len(distinct):
        kinship[rest] = _kin(distinct // len(texts), distinct % len(texts), texts)[numbered]
    return kinship


def _kin(ours: Ints, theirs: Ints, texts: list[str]) -> Floats:
    """Return how far words count as each other: a short form leaves letters out, a misspelling has a slip or two."""
    size = np.array([len(text) for text in texts])
    begins = np.array([0 if any(map(str.isdigit, text)) else ord(text[0]) for text in texts])
    short = np.minimum(size[ours], size[theirs])
    may = np.flatnonzero((short >= _SHORTEST) & (begins[ours] == begins[theirs]) & (begins[ours] > 0))
    words = [texts[code] for code in ours[may]], [texts[code] for code in theirs[may]]
    shared = cpdist(*words, scorer=LCSseq.similarity, dtype=np.int32, workers=2)
    edits = cpdist(*words, scorer=OSA.distance, score_cutoff=2, dtype=np.int32, workers=2)
    misspelt = (edits <= np.where(short[may] >= _LONG, 2, 1)) & (short[may] >= _SHORTEST_MISSPELT)
    kin = np.zeros(len(ours))
    kin[may] = np.where(shared == short[may], _SHORT_FORM, np.where(misspelt, _MISSPELT, 0.0))
    return kin


def _cover(found: Floats, spread: Floats, words: Ints, initials: Mapping[int, Ints], rows: Ints) -> None:
    """Let a word stand for the other name's words whose initials it is: both are found, in place."""
    for count, runs in initials.items():
        for start in range(runs.shape[1]):
            spelt = runs[rows, start]
            some = np.flatnonzero(spelt >= 0)
            hit = words[some] == spelt[some, None]
            found[some] = np.maximum(found[some], _SHORT_FORM * hit)
            by_initials = _SHORT_FORM * hit.any(axis=1)[:, None]
            spread[some, start : start + count] = np.maximum(spread[some, start : start + count], by_initials)

"""Which vendors a name may be: those that share rare words or the letters of them, the nearest few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from pcard.matching.arrays import Floats, Ints
from pcard.matching.vendors.words import Words

_CELLS = 5_000_000  # names times vendors scored at once
_LETTERS = 3
_COMMONEST = 0.2  # letters that a larger share of the vendors has tell none apart


def nearest(names: Words, vendors: Words, most: int) -> tuple[Ints, Ints, Floats]:
    """Return the pairs (name, vendor) that share anything: for each name the `most` alike, best first, and how alike.

    The likeness is the mean of two cosines, of words and of three-letter
    pieces, each weighed by its rarity.
    """
    ours, theirs = _vectors(names, vendors)
    theirs = theirs.T.tocsr()
    kept = min(most, len(vendors.codes))
    found: list[tuple[Ints, Ints, Floats]] = []
    step = max(_CELLS // max(len(vendors.codes), 1), 1)
    for at in range(0, len(names.codes) if kept else 0, step):
        likeness = (ours[at : at + step] @ theirs).toarray()
        best = np.sort(np.argpartition(-likeness, kept - 1, axis=1)[:, :kept], axis=1)
        value = np.take_along_axis(likeness, best, axis=1)
        order = np.argsort(-value, axis=1, kind="stable")
        best, value = np.take_along_axis(best, order, axis=1), np.take_along_axis(value, order, axis=1)
        row, place = np.nonzero(value > 0)
        found.append((row + at, best[row, place], value[row, place]))
    if not found:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, np.empty(0)
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))  # type: ignore[return-value]


def _vectors(names: Words, vendors: Words) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return both lists as rows whose products are the likeness."""
    worded = [_word_rows(each) for each in (names, vendors)]
    pieces = _piece_rows(names.squashed, vendors.squashed)
    mine, other = (
        sparse.hstack([_unit(words), _unit(letters)]).tocsr() * np.float32(np.sqrt(0.5))
        for words, letters in zip(worded, pieces, strict=True)
    )
    return mine, other


def _word_rows(names: Words) -> sparse.csr_matrix:
    """Return each name's words by their weight; the initials of all its words count as a further word."""
    rows, places = np.nonzero(names.codes >= 0)
    codes = names.codes[rows, places]
    length = (names.codes >= 0).sum(axis=1)
    for count, runs in names.initials.items():
        spelt = np.flatnonzero((length == count) & (runs[:, 0] >= 0) & (count > 2))
        rows, codes = np.append(rows, spelt), np.append(codes, runs[spelt, 0])
    shape = (len(names.codes), len(names.texts))
    return sparse.csr_matrix((names.bits[codes].astype(np.float32), (rows, codes)), shape)


def _piece_rows(names: list[str], vendors: list[str]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return the three-letter pieces of each squashed name by their rarity among the vendors."""
    ours, theirs = _pieces(names), _pieces(vendors)
    having = np.asarray((theirs > 0).sum(axis=0)).ravel()
    bits = np.log2((len(vendors) + 1.0) / (having + 0.5)).astype(np.float32)
    bits[having > max(_COMMONEST * len(vendors), 5)] = 0.0
    scale = sparse.diags(bits)
    return (ours @ scale).tocsr(), (theirs @ scale).tocsr()


def _pieces(texts: list[str]) -> sparse.csr_matrix:
    """Count three-letter pieces in capitals and digits; the first letter counts as following a blank."""
    letters = _letters([" " + text for text in texts])
    pieces = (letters[:, :-2] * 37 + letters[:, 1:-1]) * 37 + letters[:, 2:]
    whole = (letters[:, 1:-1] > 0) & (letters[:, 2:] > 0)
    rows, places = np.nonzero(whole)
    ones = np.ones(len(rows), np.float32)
    found = sparse.csr_matrix((ones, (rows, pieces[rows, places])), (len(texts), 37**3))
    found.data[:] = 1.0
    return found


def _letters(texts: list[str]) -> npt.NDArray[np.int64]:
    """Return texts as rows of numbers: 1-26 for letters, 27-36 for digits, 0 for anything else and after the end."""
    width = max((len(text) for text in texts), default=0) + 2
    raw = np.array(texts, f"<U{width}").view(np.uint32).reshape(len(texts), width).astype(np.int64)
    letter = np.where((raw >= 65) & (raw <= 90), raw - 64, 0)
    return np.where((raw >= 48) & (raw <= 57), raw - 21, letter)


def _unit(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """Scale each row to length one."""
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return sparse.diags(1.0 / np.maximum(length, 1e-9).astype(np.float32)) @ rows

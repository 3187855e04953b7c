"""Coincidences, counted instead of assumed: the same search for evidence that cannot belong to anything.

The chance of each level is the ledger's own, but that levels agree by chance
independently of each other is an assumption, and it is wrong by a factor that
differs from stage to stage. So each stage also looks at evidence whose day was
moved by weeks: whatever that is paired with, it is not its charge. How many
such pairs reach a score, against how many real ones do, says what the score is
worth. Proteomics tells false hits from true ones in this way (Elias and Gygi
2007, target and decoy).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import UNKNOWN, Floats, Ints
from pcard.matching.comparing.blocking import NOTHING_BLOCKED, Blocked, Open
from pcard.matching.comparing.meeting import Meeting, Pairs

_MOST = 12_000  # pieces of evidence that are moved; of more an even sample is
_BIN = 0.25  # bits
_COUNTED = (-3.0, 6.0)  # scores below are nobody's, above there are no coincidences to count
_MOST_FOUND = 0.95
_OFFSETS, _SLOPES = np.linspace(-6.0, 6.0, 121), np.linspace(0.6, 1.0, 21)
_OFFSET_SPREAD, _SLOPE_SPREAD = 2.0, 0.25  # how far the assumption is expected to be off


@dataclass(frozen=True)
class Moved:
    """Evidence that was moved in time, by row of the evidence it was; each stands for `weight` pieces, none for nought.

    `near` are its pairs near in time, as the leftovers' are.
    """

    meeting: Meeting
    rows: Ints
    weight: float
    near: Blocked = NOTHING_BLOCKED

    def still(self, still: Open) -> Open:
        """Return which charges are open, and which of the moved evidence is."""
        return Open(still.charges, still.evidence[self.rows])


@dataclass(frozen=True)
class Search:
    """What is left to be linked: what is open, the pairs near in time, and the same of evidence that was moved."""

    meeting: Meeting
    still: Open
    near: Blocked
    chance: Moved

    def without(self, pairs: Pairs) -> Search:
        """Return the search for what is still open after these pairs were linked."""
        return replace(self, still=self.still.without(pairs))

    @property
    def open_pairs(self) -> Pairs:
        """The pairs near in time that are open on both sides."""
        return self.near.pairs.take(self.still.holds(self.near.pairs))


@dataclass(frozen=True)
class Correction:
    """What a score is worth by the count of coincidences: `offset` bits and `slope` times the score."""

    offset: float = 0.0
    slope: float = 1.0

    def of(self, score: Floats) -> Floats:
        """Return what is to be added to scores."""
        added: Floats = self.offset + (self.slope - 1.0) * score
        return added


AS_ASSUMED = Correction()


def moved(meeting: Meeting, still: Open, days: int, reach: int) -> Moved:
    """Move what is open of the evidence by so many days, around the end of the ledger's span.

    None of it is moved where the span is too short to get out of the `reach`
    of its own charge in both directions.
    """
    rows = np.flatnonzero(still.evidence & (meeting.evidence.day > UNKNOWN))
    if days <= reach or meeting.span_days - days <= reach:
        rows = rows[:0]
    every = -(-len(rows) // _MOST)
    rows = rows[:: max(every, 1)]
    return Moved(meeting.moved(rows, days), rows, float(every))


def counted(real: Floats, by_chance: Floats, weight: float, evidence: int) -> Correction:
    """Return what scores of real pairs are worth; how many of so many pieces of evidence are found is counted, too."""
    true = (real >= _COUNTED[0]).sum() - weight * (by_chance >= _COUNTED[0]).sum()
    return corrected(real, by_chance, weight, float(np.clip(true / max(evidence, 1), 0.0, _MOST_FOUND)))


def corrected(real: Floats, by_chance: Floats, weight: float, found: float) -> Correction:
    """Fit what scores are worth to those of real pairs and to those of coincidences, each of which stands for `weight`.

    A corrected score is the odds of a pair against finding nothing, and
    nothing is found by what is not `found`, a share of all evidence: pairs of
    a score that are true are to coincidences as 1 - found times these odds.
    Real pairs are both, so they are to the coincidences as one more. Offset
    and slope are the likeliest, near nought and one before anything is
    counted. Where nothing was looked at, its weight is nought.
    """
    if not weight:
        return AS_ASSUMED
    edges = np.arange(_COUNTED[0], _COUNTED[1] + _BIN, _BIN)
    middle = (edges[:-1] + edges[1:]) / 2.0
    is_real, is_chance = np.histogram(real, edges)[0], weight * np.histogram(by_chance, edges)[0]
    true = (1.0 - found) * np.exp2(_OFFSETS[:, None, None] + _SLOPES[None, :, None] * middle)
    fits = (is_real * np.log((1.0 + true) / (2.0 + true)) - is_chance * np.log(2.0 + true)).sum(axis=2)
    fits /= weight  # what a moved piece stands for was looked at once
    fits -= ((_OFFSETS / _OFFSET_SPREAD) ** 2)[:, None] / 2.0 + (((_SLOPES - 1.0) / _SLOPE_SPREAD) ** 2)[None, :] / 2.0
    offset, slope = np.unravel_index(int(fits.argmax()), fits.shape)
    return Correction(float(_OFFSETS[offset]), float(_SLOPES[slope]))

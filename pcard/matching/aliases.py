"""Aliases learnt without labels: which vendors a descriptor's receipts turn out to be from.

`AMZN MKTP` and `Amazon` are hardly alike, nor are an owner's name and the
shop's; but amounts, dates and people match such pairs again and again. The
expected number of matches of a descriptor with a vendor, each pair's own
claim left out, is mixed with what their likeness promises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import Floats, Ints, spread
from pcard.matching.comparisons import NamesCompared
from pcard.matching.meeting import Meeting
from pcard.matching.names import NamePairs

_PRIOR_WEIGHT = 5.0  # matches that likeness counts for
_SUREST = 0.9  # likeness alone never says more than this share of a descriptor's receipts
_RELATED_MATCHES = 0.5  # expected matches from which two names are known to be one merchant's
_SMALLEST = 1e-9
_COMMON = 5  # spellings seen so often, or one in _COMMON_SHARE, are what rarer ones may be misspellings of
_COMMON_SHARE = 20_000
_MISSPELT = ((0.94, 0.5), (0.88, 0.25), (0.85, 0.08))  # likeness, and how far a rare spelling inherits


@dataclass(frozen=True)
class Vendors:
    """The vendor names of one kind of evidence, by name number.

    `share` of all evidence; `kin` is the common spelling a rare one is most
    alike, `inherits` how far it shares that one's aliases (zero where none).
    """

    share: Floats
    kin: Ints
    inherits: Floats


@dataclass(frozen=True)
class Aliases:
    """Expected matches per (descriptor, vendor), packed and sorted, and per descriptor."""

    vendors: Vendors
    pair: Ints
    matches: Floats
    of_descriptor: Floats

    def counted(self, descriptor: Ints, vendor: Ints, matches: Floats) -> Aliases:
        """Return the aliases with further matches of descriptors with vendors."""
        size = len(self.of_descriptor)
        every = np.concatenate([self.pair, descriptor * size + vendor])
        pair, which = np.unique(every, return_inverse=True)
        summed = np.bincount(which, np.concatenate([self.matches, matches]), len(pair)).astype(np.float64)
        of_descriptor = self.of_descriptor + np.bincount(descriptor, matches, size)
        return replace(self, pair=pair, matches=summed, of_descriptor=of_descriptor)

    def missed(self, descriptor: Ints) -> Aliases:
        """Return the aliases with these descriptors seen once more each, with no vendor of theirs."""
        seen = np.bincount(descriptor, minlength=len(self.of_descriptor))
        return replace(self, of_descriptor=self.of_descriptor + seen)

    def bits(self, compared: NamesCompared, likeness_ratio: Floats, own: Floats | None = None) -> Floats:
        """Return the weight of each pair's names; unknown names weigh nothing.

        `likeness_ratio` is m/u of each pair's likeness; `own` is each pair's
        own claim where it was counted here.
        """
        names, share = compared.names, compared.share
        columns = [self._seen(names.ours, names.theirs), self.of_descriptor[names.ours], self._inherited(names)]
        seen, descriptor, inherited = np.append(np.column_stack(columns), [[0.0] * 3], axis=0)[names.which].T
        if own is not None:
            seen, descriptor = np.maximum(seen - own, 0.0), np.maximum(descriptor - own, 0.0)
        expected = np.minimum(_SUREST, share * np.maximum(likeness_ratio, inherited))
        learnt = (seen + _PRIOR_WEIGHT * expected) / ((descriptor + _PRIOR_WEIGHT) * share)
        return np.where(names.which >= 0, np.log2(learnt), 0.0)

    def _inherited(self, names: NamePairs) -> Floats:
        """The ratio a rare spelling inherits: how much more often its kin matches this descriptor than chance."""
        kin = self.vendors.kin[names.theirs]
        learnt = self._seen(names.ours, kin) / (self.of_descriptor[names.ours] + _PRIOR_WEIGHT)
        return self.vendors.inherits[names.theirs] * learnt / np.maximum(self.vendors.share[kin], _SMALLEST)

    def _seen(self, ours: Ints, theirs: Ints) -> Floats:
        if not len(self.pair):
            return np.zeros(len(ours))
        packed = ours * len(self.of_descriptor) + theirs
        place = np.minimum(np.searchsorted(self.pair, packed), len(self.pair) - 1)
        return np.where(self.pair[place] == packed, self.matches[place], 0.0)


def no_aliases(meeting: Meeting) -> Aliases:
    """Return the state before anything was learnt; rare spellings know their kin."""
    named = meeting.evidence.name[meeting.evidence.name >= 0]
    counts = np.bincount(named, minlength=len(meeting.names.keys))
    common = counts >= max(_COMMON, len(named) // _COMMON_SHARE)
    rare = np.flatnonzero((counts > 0) & ~common)
    nearest, likeness = meeting.names.nearest(rare, np.flatnonzero(common))
    kin, inherits = np.zeros(len(counts), np.int64), np.zeros(len(counts))
    kin[rare] = nearest
    inherits[rare] = np.select([likeness >= cut for cut, _ in _MISSPELT], [part for _, part in _MISSPELT])
    # A name that no evidence has had is as rare as the rarest that one has.
    share = np.maximum(counts, 1) / max(len(meeting.evidence), 1)
    vendors = Vendors(share, kin, inherits)
    return Aliases(vendors, np.empty(0, np.int64), np.empty(0), np.zeros(len(counts)))


def learn(before: Aliases, names: NamePairs, probability: Floats) -> Aliases:
    """Count expected matches by names over candidate pairs of known probability, beside those known before."""
    known = names.which >= 0
    matches = np.bincount(names.which[known], probability[known], len(names.ours)).astype(np.float64)
    return before.counted(names.ours, names.theirs, matches)


def related_names(meeting: Meeting, aliases: Aliases, charges: Ints, evidence: Ints) -> tuple[Ints, Ints]:
    """List the descriptor and vendor names that may be one merchant: alike, or known to match.

    `charges` and `evidence` are the names that occur; -1 is left out.
    """
    ours, theirs = np.unique(charges[charges >= 0]), np.unique(evidence[evidence >= 0])
    alike = meeting.names.pairs_alike(ours, theirs)
    size = len(aliases.of_descriptor)
    known = aliases.matches > _RELATED_MATCHES
    descriptor, vendor = aliases.pair[known] // size, aliases.pair[known] % size
    heirs = np.flatnonzero(aliases.vendors.inherits > 0)
    kin = aliases.vendors.kin[heirs]
    by_vendor = np.argsort(vendor, kind="stable")
    low, high = (np.searchsorted(vendor[by_vendor], kin, side=side) for side in ("left", "right"))
    owner, place = spread(high - low)
    packed = np.unique(
        np.concatenate(
            [
                alike[0] * size + alike[1],
                aliases.pair[known],
                descriptor[by_vendor][low[owner] + place] * size + heirs[owner],
            ]
        )
    )
    return packed // size, packed % size

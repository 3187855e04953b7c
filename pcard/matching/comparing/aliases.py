"""Aliases learnt without labels: which vendors a descriptor's receipts turn out to be from.

`AMZN MKTP` and `Amazon` are hardly alike, nor are an owner's name and the
shop's; but amounts, dates and people match such pairs again and again. The
expected number of matches of a descriptor with a vendor, each pair's own
claim left out, is mixed with what their likeness promises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pcard.matching.arrays import Floats, Ints, dense, distinct, sorted_rows, spread
from pcard.matching.comparing.comparisons import NamesCompared
from pcard.matching.comparing.meeting import Meeting
from pcard.matching.records.names import NamePairs

_PRIOR_WEIGHT = 5.0  # matches that likeness counts for
_EXPECTED_SIGHTINGS = 1.0  # of a vendor that a descriptor should have met: only more than these speak against it
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
        if not len(descriptor):
            return self
        every = np.concatenate([self.pair, descriptor.astype(np.int64) * len(self.of_descriptor) + vendor])
        which = dense(every)
        pair = np.empty(int(which.max()) + 1, np.int64)
        pair[which] = every
        summed = np.bincount(which, np.concatenate([self.matches, matches]), len(pair)).astype(np.float64)
        of_descriptor = self.of_descriptor + np.bincount(descriptor, matches, len(self.of_descriptor))
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
        if not len(self.pair) and not self.of_descriptor.any():
            learnt = np.minimum(_SUREST, share * likeness_ratio) / share
        else:
            seen, descriptor, inherited = (column[names.which] for column in self._known(names))
            if own is not None:
                seen, descriptor = np.maximum(seen - own, 0.0), np.maximum(descriptor - own, 0.0)
            expected = np.minimum(_SUREST, share * np.maximum(likeness_ratio, inherited))
            unmet = expected / (1.0 + descriptor * expected / _EXPECTED_SIGHTINGS)
            learnt = np.maximum((seen + _PRIOR_WEIGHT * expected) / (descriptor + _PRIOR_WEIGHT), unmet) / share
        learnt[names.which < 0] = 1.0
        return np.log2(learnt, dtype=np.float32)

    def _known(self, names: NamePairs) -> list[Floats]:
        """Return for each distinct pair its matches, those of its descriptor, and what a rare spelling inherits."""
        ours, columns = self._last.get("known", (None, []))
        if ours is not names.ours:
            known = self._seen(names.ours, names.theirs), self.of_descriptor[names.ours], self._inherited(names)
            columns = [np.append(column, 0.0).astype(np.float32) for column in known]
            self._last["known"] = names.ours, columns
        return columns

    @cached_property
    def _last(self) -> dict[str, tuple[Ints, list[Floats]]]:
        return {}

    def _inherited(self, names: NamePairs) -> Floats:
        """The ratio a rare spelling inherits: how much more often its kin matches this descriptor than chance."""
        heirs = np.flatnonzero(self.vendors.inherits[names.theirs] > 0)
        ours, theirs = names.ours[heirs], names.theirs[heirs]
        kin = self.vendors.kin[theirs]
        learnt = self._seen(ours, kin) / (self.of_descriptor[ours] + _PRIOR_WEIGHT)
        inherited = np.zeros(len(names.ours))
        inherited[heirs] = self.vendors.inherits[theirs] * learnt / np.maximum(self.vendors.share[kin], _SMALLEST)
        return inherited

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
    matches = np.bincount(names.which + 1, probability, len(names.ours) + 1)[1:].astype(np.float64)
    return before.counted(names.ours, names.theirs, matches)


def known_names(aliases: Aliases) -> tuple[Ints, Ints]:
    """List the descriptor and vendor names known to match, rare spellings of such vendors among them."""
    size = len(aliases.of_descriptor)
    known = aliases.pair[aliases.matches > _RELATED_MATCHES]
    descriptor, vendor = known // size, known % size
    heirs = np.flatnonzero(aliases.vendors.inherits > 0)
    by_vendor, vendors = sorted_rows(vendor)
    low, high = (np.searchsorted(vendors, aliases.vendors.kin[heirs], side=side) for side in ("left", "right"))
    owner, place = spread(high - low)
    inherited = descriptor[by_vendor][low[owner] + place] * size + heirs[owner]
    packed = distinct(np.concatenate([known, inherited]))
    return packed // size, packed % size

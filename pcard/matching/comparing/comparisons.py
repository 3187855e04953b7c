"""What is compared in a pair, in named levels, and how often chance alone would reach each level.

A comparison says for every pair the level it is in and the probability that
an unrelated pair would be in it, from the ledger's own frequencies and for
this very value where that matters: that $9.99 agrees says little, that
$1,287.43 does says much. Who and where hang together (a person works at one
site), so cardholder is judged given the site, and card given both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import UNKNOWN, Flags, Floats, Ints, Levels
from pcard.matching.comparing.meeting import NAME_CUTS, Meeting, Pairs
from pcard.matching.records.names import NamePairs, name_pairs
from pcard.matching.records.references import one_off

_CERTAIN = np.float32(1.0)
_WAITING = 0.8  # share of orders drawn on in part that will be drawn on again
_ONE_OFF_CHANCE = np.float32(1e-5)


@dataclass(frozen=True)
class Compared:
    """One comparison over all pairs: the level of each (-1 = nothing to compare) and its chance.

    `agreement` is the level at which both sides say the same; being in it
    never counts against a pair.
    """

    level: Levels
    chance: Floats
    agreement: int

    def take(self, keep: Flags | Ints | slice) -> Compared:
        """Return the comparison of the chosen pairs."""
        return replace(self, level=self.level[keep], chance=self.chance[keep])

    def beside(self, others: Sequence[Compared]) -> Compared:
        """Return the comparison of these pairs and then of others'."""
        every = (self, *others)
        level, chance = (np.concatenate([getattr(each, name) for each in every]) for name in ("level", "chance"))
        return replace(self, level=level, chance=chance)


@dataclass(frozen=True)
class NamesCompared(Compared):
    """The comparison of names keeps the distinct pairs, of which aliases are learnt.

    `share` is how much of the evidence this vendor has: of the site's where
    the sites agree, for many a shop sells to one school only.
    """

    names: NamePairs
    share: Floats

    def take(self, keep: Flags | Ints | slice) -> NamesCompared:
        """Return the comparison of the chosen pairs."""
        return replace(
            self,
            level=self.level[keep],
            chance=self.chance[keep],
            names=self.names.take(keep),
            share=self.share[keep],
        )

    def beside(self, others: Sequence[Compared]) -> NamesCompared:
        """Return the comparison of these pairs and then of others' with the same distinct names."""
        every = (self, *(each for each in others if isinstance(each, NamesCompared)))
        level, chance, share = (
            np.concatenate([getattr(each, name) for each in every]) for name in ("level", "chance", "share")
        )
        names = replace(self.names, which=np.concatenate([each.names.which for each in every]))
        return replace(self, level=level, chance=chance, share=share, names=names)


@dataclass(frozen=True)
class BuiltIn:
    """A comparison of ours: its name in explanations, its levels, and how true pairs spread over them at first."""

    name: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    compare: Callable[[Meeting, Pairs], Compared]


def _name(meeting: Meeting, pairs: Pairs) -> NamesCompared:
    names = name_pairs(meeting.charges.name[pairs.transaction], meeting.evidence.name[pairs.evidence])
    of_names = np.searchsorted(NAME_CUTS, meeting.names.likeness(names), side="right").astype(np.int8)
    anywhere, here = meeting.vendor_shares
    share = np.where(_same_site(meeting, pairs), here[pairs.evidence], anywhere[pairs.evidence])
    level = np.append(of_names, np.int8(UNKNOWN))[names.which]
    chance = np.append(meeting.name_chance, 1.0).astype(np.float32)[level]
    return NamesCompared(level, chance, len(NAME_CUTS), names, share)


def _equal(ours: Ints, theirs: Ints) -> Levels:
    """Return 0 where both codes are known and equal, 1 where they differ, -1 where one is unknown."""
    level: Levels = (ours != theirs).astype(np.int8)
    level[(ours < 0) | (theirs < 0)] = UNKNOWN
    return level


def _same_site(meeting: Meeting, pairs: Pairs) -> Flags:
    ours, theirs = meeting.charges.site[pairs.transaction], meeting.evidence.site[pairs.evidence]
    same: Flags = (ours >= 0) & (ours == theirs)
    return same


def _site(meeting: Meeting, pairs: Pairs) -> Compared:
    level = _equal(meeting.charges.site[pairs.transaction], meeting.evidence.site[pairs.evidence])
    return Compared(level, np.where(level == 0, meeting.shares_of_charges("site")[0][pairs.transaction], _CERTAIN), 0)


def _cardholder_levels(meeting: Meeting, pairs: Pairs) -> Levels:
    charges, evidence = meeting.charges, meeting.evidence
    named = evidence.holder[pairs.evidence]
    level = _equal(charges.holder[pairs.transaction], named)
    rows = np.flatnonzero(level == 1)
    ours, theirs = pairs.transaction[rows], pairs.evidence[rows]
    initial = charges.initial[ours] == evidence.initial[theirs]
    level[rows] = np.where(charges.buyer[ours] == named[rows], 0, np.where(initial, 1, 2))
    return level


def _cardholder(meeting: Meeting, pairs: Pairs) -> Compared:
    level = _cardholder_levels(meeting, pairs)
    chance = np.full(len(level), _CERTAIN)
    for number, who in enumerate(("holder", "initial")):
        rows = np.flatnonzero(level == number)
        chance[rows] = _share_here(meeting, pairs.take(rows), who)
    return Compared(level, chance, 0)


def _share_here(meeting: Meeting, pairs: Pairs, who: str, given: str | None = None) -> Floats:
    """Return the share of charges with the pair's person or card: at its site where the sites agree, else anywhere.

    Given another field, it is the share among charges that agree in that field.
    """
    anywhere, here = meeting.shares_of_charges(who, given)
    charges = pairs.transaction
    share: Floats = np.where(_same_site(meeting, pairs), here[charges], anywhere[charges])
    return share


def _card(meeting: Meeting, pairs: Pairs) -> Compared:
    level = _equal(meeting.charges.card[pairs.transaction], meeting.evidence.card[pairs.evidence])
    chance = np.full(len(level), _CERTAIN)
    rows = np.flatnonzero(level == 0)
    agreed = pairs.take(rows)
    person = _cardholder_levels(meeting, agreed) == 0
    for given, of in (("holder", person), (None, ~person)):
        chance[rows[of]] = _share_here(meeting, agreed.take(of), "card", given)
    return Compared(level, chance, 0)


def _drawn_on(meeting: Meeting, pairs: Pairs) -> Compared:
    drawn = meeting.evidence.drawn_on
    waiting = meeting.evidence.cents != 0
    share = np.clip((drawn & waiting).sum() / max(int(waiting.sum()), 1), 1e-3, 1.0 - 1e-3)
    level = (~drawn[pairs.evidence]).astype(np.int8)
    # Most of those that something is left of wait for the rest: among unrelated orders they are the fewer.
    return Compared(level, np.array([share * (1.0 - _WAITING), 1.0 - share], np.float32)[level], 0)


def reference_level(meeting: Meeting, pairs: Pairs) -> Levels:
    """Return 0 where both name one number, 1 where it is one character off, 2 where the charge names another's."""
    ours, theirs = meeting.charges.number[pairs.transaction], meeting.evidence.number[pairs.evidence]
    level = _equal(ours, theirs)
    differ = np.flatnonzero(level == 1)
    if len(differ):
        known = np.zeros(len(meeting.numbers) + 1, bool)
        known[meeting.evidence.number] = True
        typed_wrong = one_off(meeting.numbers, ours[differ], theirs[differ])
        # A number that no evidence has is an invoice's or a ticket's: it says nothing.
        level[differ] = np.where(known[ours[differ]], 2, np.where(typed_wrong, 1, UNKNOWN))
    return level


def _reference(meeting: Meeting, pairs: Pairs) -> Compared:
    level = reference_level(meeting, pairs)
    chance = np.where(level == 1, _ONE_OFF_CHANCE, _CERTAIN)
    rows = np.flatnonzero(level == 0)
    if len(rows):
        naming = np.bincount(meeting.charges.number + 1, minlength=len(meeting.numbers) + 1)
        ours = meeting.charges.number[pairs.transaction[rows]]
        chance[rows] = np.maximum(naming[ours + 1], 1) / max(len(meeting.charges), 1)
    return Compared(level, chance, 0)


NAME = BuiltIn(
    "name",
    ("other", "faintly alike", "somewhat alike", "alike", "much alike", "nearly equal", "equal"),
    (0.12, 0.05, 0.08, 0.13, 0.19, 0.11, 0.32),
    _name,
)
SITE = BuiltIn("site", ("same", "another"), (0.985, 0.015), _site)
CARDHOLDER = BuiltIn("cardholder", ("same", "same initial", "another"), (0.86, 0.12, 0.02), _cardholder)
CARD = BuiltIn("card", ("same", "another"), (0.99, 0.01), _card)
REFERENCE = BuiltIn(
    "reference", ("same number", "one character off", "another's number"), (0.93, 0.06, 0.01), _reference
)
DRAWN_ON = BuiltIn("order", ("drawn on before", "untouched"), (0.1, 0.9), _drawn_on)

"""What is compared in a pair, in named levels, and how often chance alone would reach each level.

A comparison says for every pair the level it is in and the probability that
an unrelated pair would be in it, from the ledger's own frequencies and for
this very value where that matters: that $9.99 agrees says little, that
$1,287.43 does says much. Who and where hang together (a person works at one
site), so cardholder is judged given the site, and card given both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pcard.matching.arrays import UNKNOWN, Flags, Floats, Ints
from pcard.matching.meeting import NAME_CUTS, Meeting, Pairs
from pcard.matching.names import NamePairs, name_pairs
from pcard.matching.references import one_off

_SMALLEST = 1e-9
_ONE_OFF_CHANCE = 1e-5


@dataclass(frozen=True)
class Compared:
    """One comparison over all pairs: the level of each (-1 = nothing to compare) and its chance.

    `agreement` is the level at which both sides say the same; being in it
    never counts against a pair.
    """

    level: Ints
    chance: Floats
    agreement: int

    @cached_property
    def surprise(self) -> Floats:
        """How surprising each pair's level would be of an unrelated pair, in bits."""
        return -np.log2(self.chance)

    def take(self, keep: Flags | Ints) -> Compared:
        """Return the comparison of the chosen pairs."""
        return replace(self, level=self.level[keep], chance=self.chance[keep])


@dataclass(frozen=True)
class NamesCompared(Compared):
    """The comparison of names keeps the distinct pairs, of which aliases are learnt.

    `share` is how much of the evidence this vendor has: of the site's where
    the sites agree, for many a shop sells to one school only.
    """

    names: NamePairs
    share: Floats

    def take(self, keep: Flags | Ints) -> NamesCompared:
        """Return the comparison of the chosen pairs."""
        return replace(
            self,
            level=self.level[keep],
            chance=self.chance[keep],
            names=self.names.take(keep),
            share=self.share[keep],
        )


@dataclass(frozen=True)
class BuiltIn:
    """A comparison of ours: its name in explanations, its levels, and how true pairs spread over them at first."""

    name: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    compare: Callable[[Meeting, Pairs], Compared]


def _name(meeting: Meeting, pairs: Pairs) -> Compared:
    names = name_pairs(meeting.charges.name[pairs.transaction], meeting.evidence.name[pairs.evidence])
    level = np.searchsorted(NAME_CUTS, meeting.names.likeness(names), side="right")
    anywhere, here = meeting.vendor_shares
    share = np.where(_same_site(meeting, pairs), here[pairs.evidence], anywhere[pairs.evidence])
    level = np.append(level, UNKNOWN)[names.which]
    return NamesCompared(level, np.append(meeting.name_chance, 1.0)[level], len(NAME_CUTS), names, share)


def _equal(ours: Ints, theirs: Ints) -> Ints:
    """Return 0 where both codes are known and equal, 1 where they differ, -1 where one is unknown."""
    return np.where((ours < 0) | (theirs < 0), UNKNOWN, (ours != theirs).astype(np.int64))


def _same_site(meeting: Meeting, pairs: Pairs) -> Flags:
    ours, theirs = meeting.charges.site[pairs.transaction], meeting.evidence.site[pairs.evidence]
    same: Flags = (ours >= 0) & (ours == theirs)
    return same


def _site(meeting: Meeting, pairs: Pairs) -> Compared:
    level = _equal(meeting.charges.site[pairs.transaction], meeting.evidence.site[pairs.evidence])
    same = meeting.charges.sharing["site",][pairs.transaction] / max(len(meeting.charges), 1)
    return Compared(level, np.where(level == 0, np.maximum(same, _SMALLEST), 1.0), 0)


def _cardholder_levels(meeting: Meeting, pairs: Pairs) -> Ints:
    charges, evidence = meeting.charges, meeting.evidence
    named = evidence.holder[pairs.evidence]
    level = _equal(charges.holder[pairs.transaction], named)
    initial = (level == 1) & (charges.initial[pairs.transaction] == evidence.initial[pairs.evidence])
    buyer = (named >= 0) & (charges.buyer[pairs.transaction] == named)
    return np.where(level == 1, np.where(buyer, 0, np.where(initial, 1, 2)), level)


def _cardholder(meeting: Meeting, pairs: Pairs) -> Compared:
    level = _cardholder_levels(meeting, pairs)
    among, same, initial = _who_counts(meeting, pairs)
    chance = np.select([level == 0, level == 1], [same / among, initial / among], 1.0)
    return Compared(level, np.clip(chance, _SMALLEST, 1.0), 0)


def _who_counts(meeting: Meeting, pairs: Pairs) -> tuple[Ints, Ints, Ints]:
    """Count the charges a pair's cardholder is judged among, and those of the same person or initial there."""
    among = np.where(_same_site(meeting, pairs), _sharing(meeting, pairs, "site"), len(meeting.charges))
    same, initial = (_sharing_here(meeting, pairs, who) for who in ("holder", "initial"))
    return np.maximum(among, 1), np.maximum(same, 1), np.maximum(initial, 1)


def _sharing(meeting: Meeting, pairs: Pairs, *fields: str) -> Ints:
    return meeting.charges.sharing[fields][pairs.transaction]


def _sharing_here(meeting: Meeting, pairs: Pairs, *fields: str) -> Ints:
    """Count the charges that share these fields with the pair's: at its site where the sites agree, else anywhere."""
    here = _sharing(meeting, pairs, "site", *fields)
    return np.where(_same_site(meeting, pairs), here, _sharing(meeting, pairs, *fields))


def _card(meeting: Meeting, pairs: Pairs) -> Compared:
    level = _equal(meeting.charges.card[pairs.transaction], meeting.evidence.card[pairs.evidence])
    person = _cardholder_levels(meeting, pairs) == 0
    among, same, _ = _who_counts(meeting, pairs)
    of_person, of_all = _sharing_here(meeting, pairs, "holder", "card"), _sharing_here(meeting, pairs, "card")
    share = np.where(person, of_person / same, of_all / among)
    return Compared(level, np.where(level == 0, np.clip(share, _SMALLEST, 1.0), 1.0), 0)


def _drawn_on(meeting: Meeting, pairs: Pairs) -> Compared:
    drawn = meeting.evidence.drawn_on
    waiting = meeting.evidence.cents != 0
    share = np.clip((drawn & waiting).sum() / max(int(waiting.sum()), 1), 1e-3, 1.0 - 1e-3)
    level = np.where(drawn[pairs.evidence], 0, 1)
    return Compared(level, np.where(level == 0, share, 1.0 - share), 0)


def reference_level(meeting: Meeting, pairs: Pairs) -> Ints:
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
    level, ours = reference_level(meeting, pairs), meeting.charges.number[pairs.transaction]
    naming = np.bincount(meeting.charges.number + 1, minlength=len(meeting.numbers) + 1)
    share = np.maximum(naming[ours + 1], 1) / max(len(meeting.charges), 1)
    return Compared(level, np.select([level == 0, level == 1], [share, _ONE_OFF_CHANCE], 1.0), 0)


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

"""Which pairs are looked at: those that share an amount, or somebody or somewhere and a time.

Every rule names what both sides must share. The engine reports how many pairs
each rule kept, so that a pair that was never looked at can be told from one
that was weighed and found wanting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import (
    UNKNOWN,
    Flags,
    Ints,
    count_of,
    distinct,
    each_of,
    give_back,
    joint,
    sorted_rows,
    spread,
    starts_of,
    window_join,
)
from pcard.matching.comparing.meeting import NO_PAIRS, Meeting, Pairs
from pcard.matching.records.encode import Side

_MOST = 200  # partners of one piece of evidence under one rule
# Partners of evidence that shares nothing but its amount: with more a name must decide, among the leftovers. Where much of
# the evidence is such, the leftovers are no fewer.
_MOST_ALONE, _MOST_OF_MANY_ALONE = 12, 40
_MANY_ALONE = 0.1  # share of the evidence
_MOST_PLACELESS = 60  # charges of its merchant near in time, wherever, for evidence that names no place
_HANDLES = ("site", "holder", "buyer", "card", "number")


@dataclass(frozen=True)
class Blocked:
    """Candidate pairs, each once, and how many each rule found."""

    pairs: Pairs
    kept: Mapping[str, int]


NOTHING_BLOCKED = Blocked(NO_PAIRS, {})


@dataclass(frozen=True)
class Open:
    """Which charges and which evidence still look for a partner."""

    charges: Flags
    evidence: Flags

    def without(self, pairs: Pairs) -> Open:
        """Return what is still open after these pairs were linked."""
        charges, evidence = self.charges.copy(), self.evidence.copy()
        charges[pairs.transaction] = False
        evidence[pairs.evidence] = False
        return Open(charges, evidence)

    def holds(self, pairs: Pairs) -> Flags:
        """Tell which pairs are open on both sides."""
        return self.charges[pairs.transaction] & self.evidence[pairs.evidence]


def equal_amounts(meeting: Meeting, still: Open, window_days: int) -> Blocked:
    """Pair equal amounts within the window that share a site, a person or a card.

    Evidence that shares none of these with any charge is paired by its amount alone.
    """
    window = (-window_days, window_days)
    found = _joins(meeting, {f"amount and {field}": ("amount", field) for field in _HANDLES}, still, window)
    handled = still.evidence.copy()
    for _, rows in found.values():
        handled[rows] = False
    charges, alone = _join(meeting, ("amount",), Open(still.charges, handled), window)
    many = handled.sum() > _MANY_ALONE * still.evidence.sum()
    few = count_of(alone) <= (_MOST_OF_MANY_ALONE if many else _MOST_ALONE)
    found["amount alone"] = charges[few], alone[few]
    return united(meeting, found)


def thinned(meeting: Meeting, still: Open, pairs: Pairs) -> tuple[Pairs, Ints]:
    """Keep of equal pairs that nothing tells apart only as many as can be true at once.

    A thousand equal charges and a thousand equal receipts are a million pairs
    and a thousand links. Places in their kinds are paired so that the smaller
    kind can be linked whole; what the dropped pairs could claim goes to those
    that are kept, hence for how many alternatives each stands is returned, too.
    """
    if not len(pairs):
        return pairs, np.ones(0, np.int32)
    charge, evidence = pairs.rows
    place, size = _places(meeting.charges.kind, still.charges)
    other_place, other_size = _places(meeting.evidence.kind, still.evidence)
    rows = np.flatnonzero((size[charge] > 1) & (other_size[evidence] > 1))
    charge, evidence = charge[rows], evidence[rows]
    equal = np.abs(meeting.charges.cents[charge]) == np.abs(meeting.evidence.cents[evidence])
    fewer = np.where(equal, np.minimum(size[charge], other_size[evidence]), 1)
    alike, keep = np.ones(len(pairs), np.int32), np.ones(len(pairs), bool)
    alike[rows], keep[rows] = fewer, (place[charge] - other_place[evidence]) % fewer == 0
    return (pairs, alike) if keep.all() else (pairs.take(keep), alike[keep])


def _places(kind: Ints, still: Flags) -> tuple[Ints, Ints]:
    """Return each open row's place among the open rows of its kind, and how many these are."""
    rows = np.flatnonzero(still)
    order, kinds = sorted_rows(kind[rows])
    starts = np.flatnonzero(starts_of(kinds))
    counts = np.diff(np.append(starts, len(order)))
    place, size = np.zeros(len(kind), np.int32), np.ones(len(kind), np.int32)
    place[rows[order]] = np.arange(len(order)) - np.repeat(starts, counts)
    size[rows[order]] = np.repeat(counts, counts)
    return place, size


def near_in_time(meeting: Meeting, still: Open, known: tuple[Ints, Ints], window_days: int) -> Blocked:
    """Pair whatever shares a person or a card, or site and merchant, within the window: for leftovers."""
    window = (-window_days, window_days)
    found = _joins(meeting, {f"{field} and time": (field,) for field in _HANDLES if field != "site"}, still, window)
    found["site, merchant and time"] = _same_merchant(meeting, still, known, window)
    found["merchant and time"] = _same_merchant_anywhere(meeting, still, known, window)
    return united(meeting, found)


def _same_merchant_anywhere(
    meeting: Meeting, still: Open, known: tuple[Ints, Ints], window: tuple[int, int]
) -> tuple[Ints, Ints]:
    """Pair evidence that names no place with charges of its merchant anywhere, unless these are many."""
    charges, evidence = meeting.charges, meeting.evidence
    nowhere = replace(charges, site=np.zeros_like(charges.site)), replace(evidence, site=np.zeros_like(evidence.site))
    placeless = Open(still.charges, still.evidence & (evidence.site < 0))
    everywhere = replace(meeting, charges=nowhere[0], evidence=nowhere[1])
    found, asked = _same_merchant(everywhere, placeless, known, window, most=None, few=_MOST_PLACELESS)
    few = count_of(asked) <= _MOST_PLACELESS
    return found[few], asked[few]


def equal_amounts_anyhow(meeting: Meeting, still: Open, window_days: int, near_days: int) -> Blocked:
    """Pair equal amounts within a wide window, whatever else they share: for leftovers.

    Evidence of another site - people write down the wrong one - has to be near in time.
    """
    sites = meeting.evidence.site
    placed, anywhere = (Open(still.charges, still.evidence & is_so) for is_so in (sites >= 0, sites < 0))
    wide, near = (-window_days, window_days), (-near_days, near_days)
    found = {
        "amount, site and month": _join(meeting, ("amount", "site"), placed, wide),
        "amount and month": _join(meeting, ("amount",), anywhere, wide),
        "amount and time": _join(meeting, ("amount",), placed, near),
    }
    return united(meeting, found)


def united(meeting: Meeting, found: Mapping[str, tuple[Ints, Ints]]) -> Blocked:
    """Put the pairs of several rules together, each once, without those a person rejected."""
    size = max(len(meeting.charges), 1)
    packed = distinct(np.concatenate([evidence * size + charge for charge, evidence in found.values()]))
    evidence = packed // size
    pairs = meeting.allowed(Pairs(packed - evidence * size, evidence))
    give_back()  # the joins took several times the room of what they found
    return Blocked(pairs, {rule: len(charges) for rule, (charges, _) in found.items()})


def _joins(
    meeting: Meeting, rules: Mapping[str, tuple[str, ...]], still: Open, window: tuple[int, int]
) -> dict[str, tuple[Ints, Ints]]:
    """Pair the open rows by each rule, which names the fields they share."""
    found = each_of(lambda fields: _join(meeting, fields, still, window), rules.values())
    return dict(zip(rules, found, strict=True))


def _join(meeting: Meeting, fields: tuple[str, ...], still: Open, window: tuple[int, int]) -> tuple[Ints, Ints]:
    """Pair the open rows that share these fields, the evidence's day within the window after the charge's."""
    charges, evidence = meeting.charges, meeting.evidence
    key = joint(*(np.concatenate(_codes(meeting, field)) for field in fields))
    charge_key = np.where(still.charges, key[: len(charges)], UNKNOWN)
    evidence_key = np.where(still.evidence, key[len(charges) :], UNKNOWN)
    return window_join((charge_key, charges.day), (evidence_key, evidence.day), window, _MOST)


def _codes(meeting: Meeting, field: str) -> tuple[Ints, Ints]:
    """Return a field's codes on both sides; who bought is whom the receipt names as holder."""
    if field == "amount":
        return meeting.amounts
    return getattr(meeting.charges, field), getattr(meeting.evidence, "holder" if field == "buyer" else field)


def same_number(meeting: Meeting, still: Open) -> Blocked:
    """Pair charges with the evidence whose number they name, whatever the day."""
    charges, evidence = meeting.charges, meeting.evidence
    left = np.where(still.charges, charges.number, UNKNOWN), np.zeros_like(charges.number)
    right = np.where(still.evidence, evidence.number, UNKNOWN), np.zeros_like(evidence.number)
    return united(meeting, {"number": window_join(left, right, (0, 0))})


def amounts_in_window(meeting: Meeting, still: Open, window: tuple[int, int]) -> Blocked:
    """Pair equal amounts of one site within the window; where a side has no sites, equal amounts alone."""
    placed = meeting.charges.site.max(initial=UNKNOWN) >= 0 and meeting.evidence.site.max(initial=UNKNOWN) >= 0
    fields = ("amount", "site") if placed else ("amount",)
    return united(meeting, {" and ".join(fields): _join(meeting, fields, still, window)})


def same_merchant(
    meeting: Meeting, still: Open, known: tuple[Ints, Ints], window: tuple[int, int], most: int | None = _MOST
) -> Blocked:
    """Pair one site's charges and evidence within the window whose names are one merchant's.

    Evidence that names no place is paired with its merchant's charges anywhere.
    """
    here = _same_merchant(meeting, still, known, window, most)
    return united(
        meeting, {"site and merchant": here, "merchant": _same_merchant_anywhere(meeting, still, known, window)}
    )


def _same_merchant(
    meeting: Meeting,
    still: Open,
    known: tuple[Ints, Ints],
    window: tuple[int, int],
    most: int | None = _MOST,
    few: int | None = None,
) -> tuple[Ints, Ints]:
    """`known` lists descriptor names and vendor names they stand for, beside those that are alike.

    An unknown site is one of its own. Where only a `few` partners are looked
    for, alike names are not: there are too many of them.
    """
    charges, evidence = meeting.charges, meeting.evidence
    names = max(len(meeting.names.keys), 1)
    ours, theirs = _merchants(charges, still.charges, names), _merchants(evidence, still.evidence, names)
    here, there = distinct(ours[ours >= 0]), distinct(theirs[theirs >= 0])
    equal = np.intersect1d(here, there, return_indices=True)[1:]
    alike = equal if few else meeting.names.alike_within(divmod(here, names), divmod(there, names))
    merchant, key = _related_here(here, there, alike, known, names)
    rows = np.flatnonzero(theirs >= 0)
    order, asked = sorted_rows(theirs[rows])
    rows = rows[order]
    low, high = (np.searchsorted(merchant, asked, side=side) for side in ("left", "right"))
    owner, place = spread(high - low)
    copies = rows[owner]
    left, right = (ours, charges.day), (key[low[owner] + place], evidence.day[copies])
    found, asked = window_join(left, right, window, most, few)
    return found, copies[asked]


def _merchants(side: Side, still: Flags, names: int) -> Ints:
    """Return site and name as one number for each open row that has a name."""
    return np.where(still & (side.name >= 0), (side.site.astype(np.int64) + 1) * names + side.name, UNKNOWN)


def _related_here(
    ours: Ints, theirs: Ints, alike: tuple[Ints, Ints], known: tuple[Ints, Ints], names: int
) -> tuple[Ints, Ints]:
    """Return for each vendor at a site the related descriptors that occur there, both as site and name in one.

    `alike` are places of descriptors and of vendors at one site.
    """
    order, vendors = sorted_rows(known[1])
    descriptors = known[0][order]
    low, high = (np.searchsorted(vendors, theirs % names, side=side) for side in ("left", "right"))
    owner, place = spread(high - low)
    sought = (theirs // names)[owner] * names + descriptors[low[owner] + place]
    at = np.minimum(np.searchsorted(ours, sought), max(len(ours) - 1, 0))
    occurs = ours[at] == sought if len(ours) else np.zeros(len(sought), bool)
    size = max(len(ours), 1)
    packed = distinct(np.concatenate([alike[1] * size + alike[0], owner[occurs] * size + at[occurs]]))
    return theirs[packed // size], ours[packed % size]

"""What a stage hands on: its links with their parts, and the rivals it weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import Flags, Floats, Ints
from pcard.matching.comparing.comparisons import BuiltIn, Compared
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.records.encode import Side
from pcard.matching.weighing.assignment import assign
from pcard.matching.weighing.posterior import Posterior, posterior, probability_of
from pcard.matching.weighing.weights import Model, Sheet, total_of


@dataclass(frozen=True)
class Linked:
    """Links of one stage: `parts` in bits sum to the log2 odds of `probability`.

    Links of one group share a number in `group`; `levels` are the level of
    each comparison, where the stage compared.
    """

    pairs: Pairs
    group: Ints
    probability: Floats
    parts: Mapping[str, Floats]
    levels: Mapping[str, Ints]

    @property
    def is_grouped(self) -> bool:
        """Whether a link's pair may have been weighed in several groups."""
        return "other parts" in self.parts

    def take(self, keep: Flags | Ints | slice) -> Linked:
        """Return the chosen links."""
        return Linked(
            self.pairs.take(keep),
            self.group[keep],
            self.probability[keep],
            {name: part[keep] for name, part in self.parts.items()},
            {name: level[keep] for name, level in self.levels.items()},
        )

    def at_most(self, probability: float) -> Linked:
        """Return the links with no probability above this one; what that takes off is laid to the rivals."""
        most = np.log2(probability / (1.0 - probability))
        score = total_of(self.parts)
        rivals = self.parts["rivals"] + np.minimum(most - score, 0.0)
        capped = np.minimum(self.probability, probability)
        return replace(self, probability=capped, parts={**self.parts, "rivals": rivals})


@dataclass(frozen=True)
class Seen:
    """What a report says of one comparison: per level how many pairs were in it, and the sum of their chances."""

    pairs: Ints
    chance: Floats


def seen_levels(sheet: Sheet, model: Model) -> dict[str, Seen]:
    """Return what each comparison of a sheet came to; the sheet itself need not be kept."""
    return {name: _seen(compared, len(model.shares[name])) for name, compared in sheet.compared.items()}


def _seen(compared: Compared, levels: int) -> Seen:
    known = compared.level >= 0
    level = compared.level[known]
    return Seen(
        np.bincount(level, minlength=levels), np.bincount(level, compared.chance[known], levels).astype(np.float64)
    )


@dataclass(frozen=True)
class Stage:
    """One stage's conclusions: links, all weighed pairs with their probability, and how it came to them."""

    name: str
    links: Linked
    seen: Mapping[str, Seen]
    weighed: Pairs
    probability: Floats
    kept: Mapping[str, int]
    model: Model
    comparisons: tuple[BuiltIn, ...]

    def named(self, added: tuple[BuiltIn, ...]) -> Stage:
        """Return the stage with the comparisons of plugins among its own, for explanations and reports."""
        return replace(self, comparisons=(*self.comparisons, *added))


def solved(
    meeting: Meeting,
    name: str,
    sheet: Sheet,
    model: Model,
    parts: Mapping[str, Floats],
    kept: Mapping[str, int],
    comparisons: tuple[BuiltIn, ...],
) -> Stage:
    """Let rivals share what one-to-one pairs of these `parts` claim, and choose the best whole."""
    score = total_of(parts)
    found = posterior(sheet.pairs, score)
    links = single_links(meeting, sheet, parts, found, assign(sheet.pairs, score))
    return Stage(name, links, seen_levels(sheet, model), sheet.pairs, found.probability, kept, model, comparisons)


def single_links(
    meeting: Meeting, sheet: Sheet, parts: Mapping[str, Floats], found: Posterior, chosen: Flags
) -> Linked:
    """Return the chosen pairs as links of their own, copies of a link's receipt or charge counted as the link itself."""
    rows = np.flatnonzero(chosen)
    of_merchant = parts["name"] > 0.0 if "name" in parts else np.zeros(len(sheet.pairs), bool)
    shared = found.probability[rows] + _of_copies(meeting, sheet.pairs, found.probability, rows, of_merchant)
    has_copies = shared > found.probability[rows]
    mine = {name: part[rows] for name, part in parts.items()}
    bits = total_of(mine)
    bounded = np.clip(shared, 1e-12, 1.0 - 1e-9)
    score = np.where(has_copies, np.log2(bounded / (1.0 - bounded)), bits + found.rivals[rows])
    mine["rivals"] = score - bits
    levels = {name: compared.level[rows] for name, compared in sheet.compared.items()}
    return Linked(sheet.pairs.take(rows), np.arange(len(rows)), probability_of(score), mine, levels)


def _of_copies(meeting: Meeting, pairs: Pairs, probability: Floats, rows: Ints, of_merchant: Flags) -> Floats:
    """Sum for each link what other pairs claim that differ from it only by a copy.

    `of_merchant` tells which pairs' names speak for one merchant: two charges
    that both are of the receipt's merchant are of one, however it is written.

    A receipt uploaded twice and a charge made twice share out what belongs to
    the one link between them: whichever copy is taken, the books are the same.
    """
    if not len(rows):
        return np.zeros(0)
    links = pairs.take(rows)
    of_charge, of_evidence = np.full(len(meeting.charges), -1), np.full(len(meeting.evidence), -1)
    of_charge[links.transaction], of_evidence[links.evidence] = np.arange(len(rows)), np.arange(len(rows))
    unchosen = np.ones(len(pairs), bool)
    unchosen[rows] = False
    link = of_charge[pairs.transaction]
    same = unchosen & (link >= 0) & evidence_copies(meeting, links.evidence[link], pairs.evidence)
    of_other_evidence = np.bincount(link[same], probability[same], len(rows))
    link = of_evidence[pairs.evidence]
    one_merchant = of_merchant & of_merchant[rows][link]
    same = unchosen & (link >= 0) & charge_copies(meeting, links.transaction[link], pairs.transaction, one_merchant)
    return np.maximum(of_other_evidence, np.bincount(link[same], probability[same], len(rows)))


def evidence_copies(meeting: Meeting, first: Ints, second: Ints) -> Flags:
    """Tell which two pieces of evidence say the same: amount, day, and nobody, nowhere and no number else.

    Orders have numbers of their own, so that no two are copies.
    """
    side = meeting.evidence
    same: Flags = (side.cents[first] == side.cents[second]) & (side.day[first] == side.day[second])
    for codes in (side.site, side.card, side.initial, side.number):
        same &= (codes[first] == codes[second]) | (codes[first] < 0) | (codes[second] < 0)
    return same & _alike_to_plugins(side, first, second)


def charge_copies(meeting: Meeting, first: Ints, second: Ints, one_merchant: Flags) -> Flags:
    """Tell which two charges are alike: amount, merchant, card and person, at most a day apart.

    `one_merchant` tells of which two that is known though their names differ.
    """
    side = meeting.charges
    same: Flags = (side.cents[first] == side.cents[second]) & (np.abs(side.day[first] - side.day[second]) <= 1)
    same &= one_merchant | (side.name[first] == side.name[second])
    for codes in (side.card, side.holder):
        same &= codes[first] == codes[second]
    return same & _alike_to_plugins(side, first, second)


def _alike_to_plugins(side: Side, first: Ints, second: Ints) -> Flags:
    """Tell which two records no comparison of a plugin tells apart."""
    same: Flags = np.ones(len(first), bool) if side.apart is None else side.apart[first] == side.apart[second]
    return same

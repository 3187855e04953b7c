"""How much each level of each comparison weighs: log2(m/u), after Fellegi and Sunter (1969).

m, the share of true pairs in a level, is learnt without labels by expectation
maximisation whose expectation is the one-to-one posterior; it starts from and
leans on the shares each comparison ships with, so that a small ledger cannot
swing it. u, the chance among unrelated pairs, comes from the comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pcard.matching.arrays import Flags, Floats, Ints, in_parts
from pcard.matching.comparing.aliases import Aliases, learn, no_aliases
from pcard.matching.comparing.comparisons import NAME, BuiltIn, Compared, NamesCompared
from pcard.matching.comparing.learning import taught_aliases, taught_levels
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.records.names import NamePairs
from pcard.matching.weighing.posterior import posterior

_ROUNDS = 8
_SETTLING = 2  # of these, so many before asking how much was found: the shares come first
_MESSAGES = 5  # while learning, the posterior need not have settled
_ALIAS_ROUNDS = 3  # of these, so many with aliases
_RAREST = 0.0005  # nothing is impossible: people mistype cards and sites
_HOPELESS_BITS = -12.0  # pairs below this score are not worth learning from
_LEAN = 50.0  # true pairs that the shipped shares count for


@dataclass(frozen=True)
class Sheet:
    """Candidate pairs of one stage with everything compared, by the comparison's name."""

    pairs: Pairs
    compared: Mapping[str, Compared]
    alike: Ints | None = None  # for how many pairs that nothing tells apart each stands

    @property
    def names(self) -> NamePairs:
        """The distinct pairs of names."""
        return next(each.names for each in self.compared.values() if isinstance(each, NamesCompared))

    def take(self, keep: Flags | Ints | slice) -> Sheet:
        """Return the chosen pairs' sheet."""
        compared = {name: part.take(keep) for name, part in self.compared.items()}
        return Sheet(self.pairs.take(keep), compared, self.alike[keep] if self.alike is not None else None)


@dataclass(frozen=True)
class Model:
    """The numbers a stage is weighed with: frozen per run and stored with it.

    `found` is the share of the evidence whose charge is among `charges`;
    `shares` are the m of each comparison's levels, `taught` how many links
    that people confirmed are in each.
    """

    charges: int
    found: float
    shares: Mapping[str, Floats]
    aliases: Aliases
    taught: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def start_bits(self) -> float:
        """The log2 odds of any one pair before anything is compared."""
        return float(np.log2(self.found / (1.0 - self.found) / max(self.charges, 1)))


def compare(
    meeting: Meeting,
    pairs: Pairs,
    alike: Ints | None,
    comparisons: Sequence[BuiltIn],
    hope: Model | None = None,
    least_bits: float = _HOPELESS_BITS,
) -> Sheet:
    """Compare all pairs, in the plugins' ways too; `alike` is for how many pairs that nothing tells apart each stands.

    Given a model, pairs that it weighs below `least_bits` are left out: no learning will save them.
    """
    comparisons = (*comparisons, *meeting.added)
    names = {each.name: each.compare(meeting, pairs) for each in comparisons if each is NAME}

    def part(at: slice) -> Sheet:
        some = pairs.take(at)
        compared = {
            each.name: names[each.name].take(at) if each.name in names else each.compare(meeting, some)
            for each in comparisons
        }
        sheet = Sheet(some, compared, alike[at] if alike is not None else None)
        return sheet if hope is None else sheet.take(np.flatnonzero(score_of(sheet, hope) > least_bits))

    return _joined(in_parts(part, len(pairs)))


def _joined(sheets: Sequence[Sheet]) -> Sheet:
    first = sheets[0]
    if len(sheets) == 1:
        return first
    rows = (np.concatenate(rows) for rows in zip(*(each.pairs.rows for each in sheets), strict=True))
    compared = {
        name: part.beside([each.compared[name] for each in sheets[1:]]) for name, part in first.compared.items()
    }
    alike = [each.alike for each in sheets if each.alike is not None]
    return Sheet(Pairs(*rows), compared, np.concatenate(alike) if alike else None)


def weigh(sheet: Sheet, model: Model, own: Floats | None = None) -> dict[str, Floats]:
    """Return the bits of each part of every pair's score; the score is their sum.

    `own` is each pair's claim in the model's aliases where these were learnt
    from this very sheet.
    """
    start = np.full(len(sheet.pairs), model.start_bits, np.float32)
    if sheet.alike is not None:
        start += np.log2(sheet.alike, dtype=np.float32)
    return {"start": start, **{name: _bits(sheet, name, model, own) for name in sheet.compared}}


def _bits(sheet: Sheet, name: str, model: Model, own: Floats | None) -> Floats:
    compared, shares = sheet.compared[name], model.shares[name].astype(np.float32)
    if isinstance(compared, NamesCompared):
        bits = model.aliases.bits(compared, shares[compared.level] / compared.chance, own)
    else:
        # The level -1, nothing to compare, takes the last place of this table; its chance is one.
        bits = np.append(np.log2(shares), np.float32(0.0))[compared.level] - np.log2(compared.chance)
    agree = np.flatnonzero((compared.level == compared.agreement) & (bits < 0.0))
    bits[agree] = 0.0
    return bits


def score_of(sheet: Sheet, model: Model, own: Floats | None = None) -> Floats:
    """Return the sum of the parts of every pair's score."""
    score: Floats = np.full(len(sheet.pairs), model.start_bits, np.float32)
    if sheet.alike is not None:
        score += np.log2(sheet.alike, dtype=np.float32)
    for name in sheet.compared:
        score += _bits(sheet, name, model, own)
    return score


def total_of(parts: Mapping[str, Floats]) -> Floats:
    """Return the sum of the parts."""
    first, *others = parts.values()
    total: Floats = np.add(first, others[0]) if others else first.copy()
    for part in others[1:]:
        total = np.add(total, part, out=total if total.dtype == np.result_type(total, part) else None)
    return total


def shipped(
    meeting: Meeting, comparisons: Sequence[BuiltIn], charges: int, found: float = 0.8, aliases: Aliases | None = None
) -> Model:
    """Return the model before anything was learnt but what people taught, and `aliases` another matching learnt."""
    comparisons = (*comparisons, *meeting.added)
    shares = {each.name: np.array(each.shares) for each in comparisons}
    known = taught_aliases(meeting, aliases or no_aliases(meeting))
    return Model(charges, found, shares, known, taught_levels(meeting, comparisons))


def fit(sheet: Sheet, start: Model, evidence: float, frozen: Sequence[str] = ()) -> Model:
    """Learn the shares of the levels, and how much is found, from unlabelled pairs.

    `evidence` is how many pieces of evidence were looked at; comparisons named
    in `frozen` keep their shares, because the blocking already decided them.
    """
    model = start
    for turn in range(_ROUNDS):
        probability = posterior(sheet.pairs, score_of(sheet, model), _MESSAGES).probability
        model = _learnt(sheet, start, probability, frozen)
        # The shares come first: how much is found means little while they are guesses.
        model = replace(model, found=start.found if turn < _SETTLING else found_share(probability, evidence))
    return model


def fit_aliases(
    sheet: Sheet, start: Model, fitted: Model, evidence: float, frozen: Sequence[str] = ()
) -> tuple[Model, Floats]:
    """Go on from a fitted model and learn the aliases, too; also return each pair's own claim in them."""
    model, claim = fitted, None  # type: tuple[Model, Floats | None]
    for _ in range(_ALIAS_ROUNDS):
        claim = posterior(sheet.pairs, score_of(sheet, model, claim), _MESSAGES).probability
        aliases = learn(start.aliases, sheet.names, claim)
        model = replace(_learnt(sheet, start, claim, frozen), found=found_share(claim, evidence), aliases=aliases)
    return model, claim if claim is not None else np.zeros(len(sheet.pairs))


def found_share(probability: Floats, evidence: float) -> float:
    """Return the share of the evidence whose charge was found, given its pairs' probabilities."""
    return float(np.clip((probability.sum() + 0.5) / (evidence + 1.0), 0.01, 0.99))


def _learnt(sheet: Sheet, start: Model, probability: Floats, frozen: Sequence[str]) -> Model:
    model = reshared(sheet, start, probability)
    return replace(model, shares={**model.shares, **{name: start.shares[name] for name in frozen}})


def reshared(sheet: Sheet, start: Model, probability: Floats) -> Model:
    """Return the model with the shares of the levels as pairs of these probabilities have them."""
    shares = {
        name: _shares(compared, probability, start.shares[name], start.taught.get(name, 0.0))
        for name, compared in sheet.compared.items()
    }
    return replace(start, shares={**start.shares, **shares})


def _shares(compared: Compared, probability: Floats, before: Floats, taught: Floats | float) -> Floats:
    counts = np.bincount(compared.level + 1, probability, len(before) + 1)[1:] + taught + _LEAN * before
    shares: Floats = np.maximum(counts / counts.sum(), _RAREST)
    return shares

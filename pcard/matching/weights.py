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

from pcard.matching.aliases import Aliases, learn, no_aliases
from pcard.matching.arrays import Flags, Floats, Ints
from pcard.matching.comparisons import BuiltIn, Compared, NamesCompared
from pcard.matching.learning import taught_aliases, taught_levels
from pcard.matching.meeting import Meeting, Pairs
from pcard.matching.names import NamePairs
from pcard.matching.posterior import posterior

_ROUNDS = 8
_SETTLING = 2  # of these, so many before asking how much was found: the shares come first
_MESSAGES = 5  # while learning, the posterior need not have settled
_ALIAS_ROUNDS = 3  # of these, so many with aliases
_RAREST = 0.0005  # nothing is impossible: people mistype cards and sites
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

    def take(self, keep: Flags | Ints) -> Sheet:
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


def compare(meeting: Meeting, pairs: Pairs, alike: Ints | None, comparisons: Sequence[BuiltIn]) -> Sheet:
    """Compare all pairs, in the plugins' ways too; `alike` is for how many pairs that nothing tells apart each stands."""
    return Sheet(pairs, {each.name: each.compare(meeting, pairs) for each in (*comparisons, *meeting.added)}, alike)


def weigh(sheet: Sheet, model: Model, own: Floats | None = None) -> dict[str, Floats]:
    """Return the bits of each part of every pair's score; the score is their sum.

    `own` is each pair's claim in the model's aliases where these were learnt
    from this very sheet.
    """
    parts: dict[str, Floats] = {"start": np.full(len(sheet.pairs), model.start_bits)}
    if sheet.alike is not None:
        parts["start"] = parts["start"] + np.log2(sheet.alike)
    for name, compared in sheet.compared.items():
        if isinstance(compared, NamesCompared):
            bits = model.aliases.bits(compared, model.shares[name][compared.level] / compared.chance, own)
        else:
            # The level -1, nothing to compare, takes the last place of this table.
            expected = np.append(np.log2(model.shares[name]), 0.0)[compared.level]
            bits = expected + np.where(compared.level >= 0, compared.surprise, 0.0)
        parts[name] = np.where(compared.level == compared.agreement, np.maximum(bits, 0.0), bits)
    return parts


def score_of(parts: Mapping[str, Floats]) -> Floats:
    """Return the sum of the parts."""
    score: Floats = np.sum(list(parts.values()), axis=0)
    return score


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
        probability = posterior(sheet.pairs, score_of(weigh(sheet, model)), _MESSAGES).probability
        model = _learnt(sheet, start, probability, frozen)
        # The shares come first: how much is found means little while they are guesses.
        model = replace(model, found=start.found if turn < _SETTLING else _found(probability, evidence))
    return model


def fit_aliases(
    sheet: Sheet, start: Model, fitted: Model, evidence: float, frozen: Sequence[str] = ()
) -> tuple[Model, Floats]:
    """Go on from a fitted model and learn the aliases, too; also return each pair's own claim in them."""
    model, claim = fitted, None  # type: tuple[Model, Floats | None]
    for _ in range(_ALIAS_ROUNDS):
        claim = posterior(sheet.pairs, score_of(weigh(sheet, model, claim)), _MESSAGES).probability
        aliases = learn(start.aliases, sheet.names, claim)
        model = replace(_learnt(sheet, start, claim, frozen), found=_found(claim, evidence), aliases=aliases)
    return model, claim if claim is not None else np.zeros(len(sheet.pairs))


def _found(probability: Floats, evidence: float) -> float:
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
    known = compared.level >= 0
    counts = np.bincount(compared.level[known], probability[known], len(before)) + taught + _LEAN * before
    shares: Floats = np.maximum(counts / counts.sum(), _RAREST)
    return shares

"""Measure vendor resolution on real spellings, weights learnt on one half of the groups and tried on the other.

`python benchmarks/vendors.py` reads the shared data (PCARD_SHARED, else
../shared), prints rapidfuzz beside the shipped weights and the learnt ones,
the weights it learnt, and how long 100,000 names take against the list.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cdist
from scipy.optimize import minimize

from pcard.matching.arrays import Flags, Floats, Ints
from pcard.matching.vendors.likeness import WEIGHTS
from pcard.matching.vendors.merchants import NO_MERCHANTS
from pcard.matching.vendors.resolving import ALIASES, choose, resolve
from pcard.matching.vendors.words import read_words

SHARED = Path(os.environ.get("PCARD_SHARED") or Path(__file__).resolve().parents[2] / "shared")
ABSENT = 0.3  # each name counts once with its vendor in the list and by so much without
RIDGE = 0.3
NAMES = 100_000


@dataclass(frozen=True)
class Asked:
    """Names, their candidates' parts per unit of weight, and which candidate is right."""

    group: Ints
    name: Ints
    features: Floats
    right: Flags

    def loss(self, weights: Floats, chosen: Flags) -> float:
        """Return the negative log-likelihood of the choices of some names; the first weight is that of none."""
        keep = chosen[self.name]
        name, right = self.name[keep], self.right[keep]
        score = self.features[keep] @ weights[1:]
        highest = np.full(len(self.group), weights[0])
        np.maximum.at(highest, name, score)
        odds, none = np.exp(score - highest[name]), np.exp(weights[0] - highest)
        hit, rest = (np.bincount(name, odds * part, len(self.group)) for part in (right, ~right))
        found = np.log(np.where(hit > 0, hit, none) / (hit + rest + none))
        missed = ABSENT * np.log(none / (rest + none))
        return float(RIDGE * np.sum(weights[1:] ** 2) - (found + missed)[chosen].sum())

    def learnt(self, chosen: Flags) -> Floats:
        """Return the weights under which these names' choices are likeliest; none may change its sign."""
        signs = [(None, None), *((None, 0) if weight < 0 else (0, None) for weight in WEIGHTS.values())]
        start = np.zeros(len(signs))
        found: Floats = minimize(self.loss, start, args=(chosen,), method="L-BFGS-B", bounds=signs).x
        return found

    def judged(self, weights: Floats) -> tuple[Floats, Flags]:
        """Return each name's highest probability, and whether that candidate is right."""
        score = self.features @ weights[1:]
        order = np.lexsort((-score, self.name))
        first = order[np.diff(self.name[order], prepend=-1) != 0]
        highest = np.full(len(self.group), weights[0])
        np.maximum.at(highest, self.name, score)
        total = np.bincount(self.name, np.exp(score - highest[self.name]), len(self.group))
        total += np.exp(weights[0] - highest)
        best, right = np.zeros(len(self.group)), np.zeros(len(self.group), bool)
        best[self.name[first]] = np.exp(score[first] - highest[self.name[first]]) / total[self.name[first]]
        right[self.name[first]] = self.right[first]
        return best, right


def main() -> None:
    """Print the figures."""
    listed = pl.read_csv(SHARED / "data" / "sd_vendor_gallery.csv.gz", infer_schema=False)
    spelt = pl.read_csv(SHARED / "data" / "sd_vendor_alias_groups.csv.gz", infer_schema=False)
    listed = listed.rename({"vendor_number": "vendor", "vendor_name": "name"}).sort("vendor")
    asked = spelt.join(listed, left_on=["vendor_number", "vendor_name"], right_on=["vendor", "name"], how="anti")
    names, truth = asked["vendor_name"], asked["vendor_number"].to_numpy()
    for scorer in (fuzz.ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio, fuzz.WRatio):
        best = cdist(names.to_list(), listed["name"].to_list(), scorer=scorer, workers=2).argmax(axis=1)
        print(f"rapidfuzz {scorer.__name__:<17} recall@1 {(listed['vendor'].to_numpy()[best] == truth).mean():.3f}")
    found = resolve(names, listed)
    right = found["vendor"].to_numpy() == truth
    _print("shipped weights", right, (found["outcome"] == "accepted").to_numpy())

    ours, theirs = read_words(names, listed["name"])
    choices = choose(ours, theirs, NO_MERCHANTS, ALIASES.empty())
    features = np.column_stack([choices.parts[part] / weight for part, weight in WEIGHTS.items()])
    group = asked["vendor_number"].rank("dense").to_numpy().astype(np.int64)
    one = Asked(group, choices.name, features, listed["vendor"].to_numpy()[choices.vendor] == truth[choices.name])
    half = np.random.default_rng(1).integers(0, 2, group.max() + 1)[group] == 0
    probability, right = np.zeros(len(group)), np.zeros(len(group), bool)
    for learn in (half, ~half):
        weights = one.learnt(learn)
        best, hit = one.judged(weights)
        probability[~learn], right[~learn] = best[~learn], hit[~learn]
        bits = ", ".join(f"{part} {weight:.2f}" for part, weight in zip(WEIGHTS, weights[1:] / np.log(2), strict=True))
        print(f"  learnt on a half, in bits: none {weights[0] / np.log(2):.1f}, {bits}")
    _print("learnt on the other half", right, probability >= 0.9)

    start = time.perf_counter()
    resolve(pl.concat([names] * (NAMES // len(names) + 1)).head(NAMES) + pl.select(_city(NAMES)).to_series(), listed)
    print(f"{NAMES:,} names against {listed.height:,} vendors: {time.perf_counter() - start:.1f} s")


def _city(count: int) -> pl.Expr:
    """Return so many different ends for names, as places put them there."""
    return pl.format(
        " {}VILLE", pl.int_range(count).cast(pl.String).str.replace_many(list("0123456789"), list("ABCDEFGHIJ"))
    )


def _print(what: str, right: Flags, accepted: Flags) -> None:
    wrong = 1 - right[accepted].mean()
    print(f"{what:<27} recall@1 {right.mean():.3f}, accepted {accepted.mean():.3f}, of these wrong {wrong:.4f}")


if __name__ == "__main__":
    main()

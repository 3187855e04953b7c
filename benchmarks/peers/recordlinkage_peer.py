"""recordlinkage as a peer: three blocks of equal amounts, comparisons, its ECM classifier, assigned one to one.

The classifier takes yes or no for each field, and what is missing as no. The likeness of names is cut at 0.8 for it and
breaks ties afterwards, together with the dates. A fourth block on site, day and first letters, for amounts that differ,
made the result worse (F1 0.869 for 0.893 at 10,000 charges), so there is none.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import recordlinkage

from benchmarks.peers import links

ALIKE = 0.8


def candidates(left: pd.DataFrame, right: pd.DataFrame, known: list[str]) -> Any:
    """Return the index of the pairs that share the amount and one of the known columns, and are within the window."""
    index = recordlinkage.Index()
    for column in known:
        index.block(["cents", column])
    pairs = index.index(left, right)
    days = left["day"].to_numpy()[pairs.codes[0]] - right["day"].to_numpy()[pairs.codes[1]]
    return pairs[abs(days) <= links.WINDOW]


def compared(pairs: Any, left: pd.DataFrame, right: pd.DataFrame, known: list[str]) -> Any:
    """Return a row of comparisons for each pair, from 0 to 1."""
    compare = recordlinkage.Compare()
    compare.string("name", "name", method="jarowinkler", label="name")
    for column in ("credit", *known):
        compare.exact(column, column, label=column)
    compare.numeric("day", "day", method="step", offset=2, label="day")
    return compare.compute(pairs, left, right)


def scored(charges: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that the classifier holds for matches, with its probability."""
    left, right = (frame.to_pandas().set_index("row") for frame in (charges, receipts))
    known = links.known(receipts)
    pairs = candidates(left, right, known)
    features = compared(pairs, left, right, known)
    binary = features.assign(name=features["name"] >= ALIKE).astype(int)
    classifier = recordlinkage.ECMClassifier()
    classifier.fit(binary)
    probability = classifier.prob(binary).to_numpy()
    rows = [pairs.get_level_values(side).to_numpy() for side in (0, 1)]
    days = charges["day"].gather(rows[0]) - receipts["day"].gather(rows[1])
    unlike = pl.Series(1 - features["name"].to_numpy())
    found = pl.DataFrame(
        {
            "charge": rows[0],
            "receipt": rows[1],
            "weight": probability,
            "probability": probability,
            "apart": days.abs() + 10 * unlike,
        }
    )
    return found.filter(pl.col("probability") >= links.PROPOSED)


if __name__ == "__main__":
    links.main(scored, "recordlinkage", "pandas")

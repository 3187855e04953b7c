"""What a run was weighed with and what it looked at, as frames that are stored with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pcard.matching.weighing.linked import Stage

_WEIGHTS = {
    "evidence_kind": pl.String(),
    "stage": pl.String(),
    "comparison": pl.String(),
    "level": pl.String(),
    "m": pl.Float64(),
    "u": pl.Float64(),
    "bits": pl.Float64(),
}
_BLOCKING = {"evidence_kind": pl.String(), "stage": pl.String(), "rule": pl.String(), "pairs": pl.Int64()}


def weights_report(stages: Mapping[str, Sequence[Stage]]) -> pl.DataFrame:
    """Return m, mean u and mean bits of each level of each comparison of each stage, and each stage's start.

    A level that no weighed pair was in has no u and no bits.
    """
    rows = [row for kind, each in stages.items() for stage in each for row in _stage_weights(kind, stage)]
    return pl.DataFrame(rows, schema=_WEIGHTS, orient="row")


def _stage_weights(kind: str, stage: Stage) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [(kind, stage.name, "start", "", None, None, stage.model.start_bits)]
    for comparison in stage.comparisons:
        seen = stage.seen.get(comparison.name)
        if seen is None:
            continue
        for number, level in enumerate(comparison.levels):
            share = float(stage.model.shares[comparison.name][number])
            mean = float(seen.chance[number] / seen.pairs[number]) if seen.pairs[number] else None
            bits = float(np.log2(share / mean)) if mean else None
            rows.append((kind, stage.name, comparison.name, level, share, mean, bits))
    return rows


def blocking_report(stages: Mapping[str, Sequence[Stage]]) -> pl.DataFrame:
    """Return how many pairs each rule of each stage kept."""
    rows = [
        (kind, stage.name, rule, pairs)
        for kind, each in stages.items()
        for stage in each
        for rule, pairs in stage.kept.items()
    ]
    return pl.DataFrame(rows, schema=_BLOCKING, orient="row")

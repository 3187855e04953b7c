"""The verdicts that stand: what people said belongs together, and what does not."""

from __future__ import annotations

import polars as pl

from pcard.frames import DECISIONS

FOR = ("link", "confirm")
AGAINST = ("unlink", "reject")


def in_force(kind: str, decisions: pl.DataFrame | None) -> pl.DataFrame:
    """Return the verdicts on one kind of evidence that stand: the latest of each pair that was not undone."""
    given = DECISIONS.empty() if decisions is None else decisions
    of_kind = given.filter(
        pl.col("act").is_in([*FOR, *AGAINST])
        & pl.col("undone_by").is_null()
        & (pl.col("evidence_kind").fill_null("receipt") == kind)
    )
    return of_kind.sort("at", "decision_id").unique(["subject", "evidence_id"], keep="last", maintain_order=True)

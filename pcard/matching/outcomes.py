"""From links to what the ledger's reader sees: accepted or a question, with the runner-up and the other candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pcard.frames import CANDIDATES, MATCHES
from pcard.matching.arrays import Floats, Ints
from pcard.matching.coverage import covered_cents
from pcard.matching.linked import Stage, evidence_copies
from pcard.matching.meeting import Meeting, Pairs
from pcard.matching.settings import MatchSettings
from pcard.matching.wording import explanations

_SHOWN_FROM = 0.005  # a candidate less probable than this is none


@dataclass(frozen=True)
class Stated:
    """Links that were not computed: a person's or a document's own word, and what the explanation says of them."""

    pairs: Pairs
    limit_cents: Ints
    probability: float
    outcome: str
    words: str


def conclude(
    kind: str, meeting: Meeting, stated: Sequence[Stated], stages: Sequence[Stage], settings: MatchSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one kind's matches and candidates, in the schemas of their borders.

    `meeting` has the evidence's full amounts.
    """
    said = [_stated_rows(number, each) for number, each in enumerate(stated)]
    computed = [_computed_rows(len(said) + number, stage, settings) for number, stage in enumerate(stages)]
    rows = pl.concat([*said, *computed])
    rivals = _rivals(meeting, rows, stages)
    rows = _decided(rows, rivals, settings)
    return _matches(kind, meeting, rows), _candidates(kind, meeting, rows, rivals, settings)


def _stated_rows(number: int, stated: Stated) -> pl.DataFrame:
    group, probability = np.arange(len(stated.pairs)), np.full(len(stated.pairs), stated.probability)
    rows = _rows(number, stated.pairs, group, probability, computed=False)
    return rows.with_columns(
        limit=pl.Series(stated.limit_cents), outcome=pl.lit(stated.outcome), explanation=pl.lit(stated.words)
    )


def _computed_rows(number: int, stage: Stage, settings: MatchSettings) -> pl.DataFrame:
    links = stage.links.take(stage.links.probability >= settings.review_probability)
    rows = _rows(number, links.pairs, links.group, links.probability, computed=True)
    text = explanations(links, stage.comparisons)
    return rows.with_columns(limit=pl.lit(0, pl.Int64), outcome=pl.lit(None, pl.String), explanation=text)


def _rows(number: int, pairs: Pairs, group: Ints, probability: Floats, *, computed: bool) -> pl.DataFrame:
    return pl.DataFrame(
        {"charge": pairs.transaction, "piece": pairs.evidence, "group": group, "probability": probability}
    ).with_columns(source=pl.lit(number), computed=pl.lit(computed))


def _rivals(meeting: Meeting, rows: pl.DataFrame, stages: Sequence[Stage]) -> pl.DataFrame:
    """All weighed pairs that were not linked and are no copies of a link, with their last probability."""
    weighed = pl.concat(
        pl.DataFrame({"charge": stage.weighed.transaction, "piece": stage.weighed.evidence, "rival": stage.probability})
        .filter(pl.col("rival") >= _SHOWN_FROM)
        .with_columns(stage=pl.lit(number))
        for number, stage in enumerate(stages)
    )
    weighed = weighed.sort("charge", "piece", "stage", "rival").unique(
        ["charge", "piece"], keep="last", maintain_order=True
    )
    weighed = weighed.join(rows, on=["charge", "piece"], how="anti")
    first = rows.sort("charge", "piece").unique("charge", keep="first").select("charge", linked="piece")
    weighed = weighed.join(first, on="charge", how="left", maintain_order="left")
    linked = weighed["linked"].fill_null(0).to_numpy()
    copies = evidence_copies(meeting, linked, weighed["piece"].to_numpy()) if weighed.height else np.empty(0, bool)
    return weighed.filter(~(pl.Series(copies) & pl.col("linked").is_not_null())).select("charge", "piece", "rival")


def _decided(rows: pl.DataFrame, rivals: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """Add the runner-up, and accept what is sure enough and far enough ahead; a group is accepted as a whole."""
    ranked = rivals.sort(["rival", "charge", "piece"], descending=[True, False, False])
    of_charge = ranked.unique("charge", keep="first").select("charge", runner_up="piece", runner_up_probability="rival")
    of_piece = ranked.unique("piece", keep="first").select("piece", elsewhere="rival")
    rows = rows.join(of_charge, on="charge", how="left").join(of_piece, on="piece", how="left")
    strongest = pl.max_horizontal("runner_up_probability", "elsewhere").fill_null(0.0)
    ahead = pl.col("probability") * (1 - strongest) >= settings.margin_odds * strongest * (1 - pl.col("probability"))
    sure = (pl.col("probability") >= settings.accept_probability) & ahead
    verdict = pl.when(sure.all().over("source", "group")).then(pl.lit("accepted")).otherwise(pl.lit("review"))
    outcome = pl.coalesce("outcome", verdict)
    return rows.with_columns(outcome=outcome.replace("accepted", "review") if settings.suggest_only else outcome)


def _matches(kind: str, meeting: Meeting, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as matches; what a person or a document stated is served first, then the earlier charge."""
    day = pl.Series(meeting.charges.day).gather(rows["charge"])
    rows = rows.with_columns(day=day).sort("computed", "day", "charge", "piece")
    pairs = Pairs(rows["charge"].to_numpy(), rows["piece"].to_numpy())
    amount = covered_cents(meeting.charges, meeting.evidence, pairs, rows["limit"].to_numpy())
    charge_id, piece_id = meeting.charges.rows["id"], meeting.evidence.rows["id"]
    shared = pl.when(pl.len().over("piece") > 1).then("evidence_id").otherwise("transaction_id")
    return MATCHES.of(
        rows.with_columns(
            transaction_id=charge_id.gather(rows["charge"]),
            evidence_id=piece_id.gather(rows["piece"]),
            evidence_kind=pl.lit(kind),
            amount_cents=pl.Series(amount),
            runner_up_id=piece_id.gather(rows["runner_up"]),
        ).with_columns(group_id=pl.format("{}:{}", "evidence_kind", shared))
    )


def _candidates(
    kind: str, meeting: Meeting, rows: pl.DataFrame, rivals: pl.DataFrame, settings: MatchSettings
) -> pl.DataFrame:
    """Return the other candidates of every question and of every charge that found nothing."""
    settled = rows.filter(pl.col("outcome") != "review").select("charge").unique()
    asked = rivals.join(settled, on="charge", how="anti")
    asked = asked.sort(["charge", "rival", "piece"], descending=[False, True, False])
    rank = (pl.int_range(pl.len(), dtype=pl.Int32) + 1).over("charge")
    asked = asked.with_columns(rank=rank).filter(pl.col("rank") <= settings.candidates_shown)
    return CANDIDATES.of(
        asked.with_columns(
            transaction_id=meeting.charges.rows["id"].gather(asked["charge"]),
            evidence_id=meeting.evidence.rows["id"].gather(asked["piece"]),
            evidence_kind=pl.lit(kind),
            probability="rival",
        )
    )

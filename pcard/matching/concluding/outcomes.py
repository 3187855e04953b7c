"""From links to what the ledger's reader sees: accepted or a question, with the runner-up and the other candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pcard.matching.arrays import Flags, Floats, Ints, count_of, sorted_rows, starts_of
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.concluding.coverage import covered_cents
from pcard.matching.concluding.wording import explanations
from pcard.matching.settings import MatchSettings
from pcard.matching.weighing.linked import Stage, evidence_copies

_OUTCOMES = pl.Enum(["accepted", "review", "confirmed"])
_KINDS = pl.Enum(["order", "receipt"])  # in their order as texts
_DAY_BITS = 17  # of the days of a century
_HALF_A_LINK = 0.5  # may be expected to be wrong in any run: a short list has no average
_SHOWN_FROM = 0.005  # a candidate less probable than this is none


@dataclass(frozen=True)
class Stated:
    """Links that were not computed: a person's or a document's own word, and what the explanation says of them."""

    pairs: Pairs
    limit_cents: Ints
    probability: float
    outcome: str
    words: str


@dataclass(frozen=True)
class _Rows:
    """The links of all sources: `group` is one number a group, `computed` tells those that nobody stated."""

    pairs: Pairs
    group: Ints
    probability: Floats
    computed: Flags
    limit_cents: Ints
    said: pl.DataFrame  # outcome (null where it is to be decided), explanation


@dataclass(frozen=True)
class _Rivals:
    """Weighed pairs that were not linked and are no copies of a link, by evidence, then charge."""

    pairs: Pairs
    probability: Floats


def conclude(
    kind: str, meeting: Meeting, stated: Sequence[Stated], stages: Sequence[Stage], settings: MatchSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one kind's matches, to be put `together`, and its candidates with the columns of their border, in no order.

    `meeting` has the evidence's full amounts.
    """
    rows = _united([*map(_stated_rows, stated), *(_computed_rows(stage, settings) for stage in stages)])
    rivals = _rivals(meeting, rows, stages)
    found = _decided(meeting, rows, rivals, settings)
    return _matches(kind, meeting, rows, found), _candidates(kind, meeting, rows, found, rivals, settings)


def _stated_rows(stated: Stated) -> _Rows:
    count = len(stated.pairs)
    said = pl.select(
        outcome=pl.repeat(stated.outcome, count, dtype=_OUTCOMES),
        explanation=pl.repeat(stated.words, count, dtype=pl.String),
    )
    probability, computed = np.full(count, stated.probability), np.zeros(count, bool)
    return _Rows(stated.pairs, np.arange(count), probability, computed, stated.limit_cents, said)


def _computed_rows(stage: Stage, settings: MatchSettings) -> _Rows:
    links = stage.links.take(stage.links.probability >= settings.review_probability)
    text = explanations(links, stage.comparisons)
    count = len(links.pairs)
    said = text.to_frame("explanation").select(outcome=pl.lit(None, _OUTCOMES), explanation="explanation")
    computed, limit = np.ones(count, bool), np.zeros(count, np.int64)
    return _Rows(links.pairs, links.group, links.probability, computed, limit, said)


def _united(sources: Sequence[_Rows]) -> _Rows:
    sizes = [int(each.group.max(initial=-1)) + 1 for each in sources]
    first = np.cumsum([0, *sizes])
    return _Rows(
        Pairs(*(np.concatenate(rows) for rows in zip(*(each.pairs.rows for each in sources), strict=True))),
        np.concatenate([each.group + start for each, start in zip(sources, first, strict=False)]),
        np.concatenate([each.probability for each in sources]),
        np.concatenate([each.computed for each in sources]),
        np.concatenate([each.limit_cents for each in sources]),
        pl.concat(each.said for each in sources),
    )


def _rivals(meeting: Meeting, rows: _Rows, stages: Sequence[Stage]) -> _Rivals:
    """Take of each weighed pair that was not linked its last probability."""
    size = max(len(meeting.charges), 1)
    packed: list[Ints] = [np.empty(0, np.int64)]
    probability: list[Floats] = [np.empty(0)]
    for stage in stages:
        shown = np.flatnonzero(stage.probability >= _SHOWN_FROM)
        shown = shown[np.argsort(stage.probability[shown], kind="stable")] if stage.links.is_grouped else shown
        packed.append(stage.weighed.evidence[shown] * size + stage.weighed.transaction[shown])
        probability.append(stage.probability[shown])
    order, keys = sorted_rows(np.concatenate(packed))
    last = np.flatnonzero(np.append(starts_of(keys)[1:], True)) if len(keys) else order
    keys, latest = keys[last], np.concatenate(probability)[order[last]]
    linked = np.sort(rows.pairs.evidence * size + rows.pairs.transaction)
    place = np.minimum(np.searchsorted(linked, keys), max(len(linked) - 1, 0))
    free = linked[place] != keys if len(linked) else np.ones(len(keys), bool)
    pairs, latest = Pairs(keys[free] % size, keys[free] // size), latest[free]
    first = np.full(size, len(meeting.evidence))
    np.minimum.at(first, rows.pairs.transaction, rows.pairs.evidence)
    link = first[pairs.transaction]
    has_link = np.flatnonzero(link < len(meeting.evidence))
    copy = np.zeros(len(pairs), bool)
    copy[has_link] = evidence_copies(meeting, link[has_link], pairs.evidence[has_link])
    return _Rivals(pairs.take(~copy), latest[~copy])


@dataclass(frozen=True)
class _Decided:
    """Per link its outcome, and its charge's runner-up (-1: none) with its probability."""

    outcome: pl.Series
    runner_up: Ints
    runner_up_probability: Floats


def _decided(meeting: Meeting, rows: _Rows, rivals: _Rivals, settings: MatchSettings) -> _Decided:
    """Find the runners-up, and accept what is sure enough and far enough ahead; a group is accepted as a whole."""
    best_last = np.argsort(-rivals.probability, kind="stable")[::-1]
    best = np.full(max(len(meeting.charges), 1), -1)
    best[rivals.pairs.transaction[best_last]] = best_last  # of several to one place the last stays: the best
    elsewhere = np.zeros(max(len(meeting.evidence), 1))
    np.maximum.at(elsewhere, rivals.pairs.evidence, rivals.probability)
    rival = best[rows.pairs.transaction]
    runner_up = np.append(rivals.pairs.evidence, -1)[rival]
    second = np.append(rivals.probability, 0.0)[rival]
    strongest = np.maximum(second, elsewhere[rows.pairs.evidence])
    ahead = rows.probability * (1 - strongest) >= settings.margin_odds * strongest * (1 - rows.probability)
    sure = (rows.probability >= settings.accept_probability) & ahead
    unsure = ~sure | (rows.probability < _accepted_from(rows.probability[sure & rows.computed], settings))
    doubted = np.bincount(rows.group, unsure, minlength=1)[rows.group] > 0
    verdict = pl.select(
        pl.when(pl.lit(pl.Series(doubted))).then(pl.lit("review", _OUTCOMES)).otherwise(pl.lit("accepted", _OUTCOMES))
    )
    outcome = rows.said.select(pl.coalesce("outcome", verdict.to_series())).to_series()
    if settings.suggest_only:
        outcome = outcome.cast(pl.String).replace("accepted", "review").cast(_OUTCOMES)
    return _Decided(outcome, runner_up, second)


def _accepted_from(probability: Floats, settings: MatchSettings) -> float:
    """Return the probability from which on few enough of the links that are sure enough are expected to be wrong."""
    likeliest = np.sort(probability)[::-1]
    wrong = np.cumsum(1.0 - likeliest)
    within = wrong <= settings.accepted_wrong_share * np.arange(1, len(wrong) + 1) + _HALF_A_LINK
    count = int(np.flatnonzero(within)[-1]) + 1 if within.any() else 0
    return float(likeliest[count - 1]) if count else 1.0


def _matches(kind: str, meeting: Meeting, rows: _Rows, found: _Decided) -> pl.DataFrame:
    """Return the rows as matches; what a person or a document stated is served first, then the earlier charge."""
    charge, piece = rows.pairs.rows
    by_pair = sorted_rows(charge * max(len(meeting.evidence), 1) + piece)[0]
    served = (rows.computed[by_pair].astype(np.int64) << _DAY_BITS) + meeting.charges.day[charge[by_pair]] + 1
    order = by_pair[sorted_rows(served)[0]]
    amount = np.empty(len(order), np.int64)
    amount[order] = covered_cents(meeting.charges, meeting.evidence, rows.pairs.take(order), rows.limit_cents[order])
    charge_id, piece_id = meeting.charges.rows["id"], meeting.evidence.rows["id"]
    return pl.DataFrame(
        {
            "evidence_kind": pl.repeat(kind, len(charge), dtype=_KINDS, eager=True),
            "transaction_id": charge_id.gather(charge),
            "evidence_id": piece_id.gather(piece),
            "amount_cents": amount,
            "probability": rows.probability,
            "outcome": found.outcome,
            "runner_up_id": piece_id.gather(pl.Series(found.runner_up).replace(-1, None)),
            "runner_up_probability": np.where(found.runner_up >= 0, found.runner_up_probability, np.nan),
            "explanation": rows.said["explanation"],
            "shared": count_of(piece) > 1,
            "charge_rank": meeting.charges.rank[charge],
            "evidence_rank": meeting.evidence.rank[piece],
        },
        schema_overrides={"explanation": pl.String},
    )


def together(matches: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the matches of all kinds of evidence with the columns of their border, in its order.

    They are put in order by numbers, and before the texts that tell the kinds apart are written.
    """
    in_order = pl.concat(matches).sort("charge_rank", "evidence_kind", "evidence_rank")
    group = pl.when("shared").then("evidence_id").otherwise("transaction_id")
    return in_order.select(
        pl.format("{}:{}", "evidence_kind", group).alias("group_id"),
        pl.col("evidence_kind", "outcome").cast(pl.String),
        pl.exclude("evidence_kind", "outcome", "shared", "charge_rank", "evidence_rank", "runner_up_probability"),
        pl.col("runner_up_probability").fill_nan(None),
    )


def _candidates(
    kind: str, meeting: Meeting, rows: _Rows, found: _Decided, rivals: _Rivals, settings: MatchSettings
) -> pl.DataFrame:
    """Return the other candidates of every question and of every charge that found nothing."""
    settled = np.zeros(max(len(meeting.charges), 1), bool)
    settled[rows.pairs.transaction[(found.outcome != "review").to_numpy()]] = True
    asked = np.flatnonzero(~settled[rivals.pairs.transaction])
    asked = asked[np.argsort(-rivals.probability[asked], kind="stable")]
    order, charge = sorted_rows(rivals.pairs.transaction[asked])
    asked = asked[order]
    starts = np.flatnonzero(starts_of(charge))
    rank = np.arange(len(asked)) - np.repeat(starts, np.diff(np.append(starts, len(asked))))
    shown = rank < settings.candidates_shown
    asked = asked[shown]
    return pl.DataFrame(
        {
            "transaction_id": meeting.charges.rows["id"].gather(rivals.pairs.transaction[asked]),
            "evidence_id": meeting.evidence.rows["id"].gather(rivals.pairs.evidence[asked]),
            "rank": (rank[shown] + 1).astype(np.int32),
            "probability": rivals.probability[asked],
        }
    ).select(pl.lit(kind).alias("evidence_kind"), pl.all())

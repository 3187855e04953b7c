"""Ledger to matches: the steps in order.

encode      records as numbers, names made comparable
verdicts    what people and documents said stands
receipts    equal amounts, sums of several receipts, leftovers
orders      numbers named, what is open, shipments, leftovers
conclude    accepted or a question, runner-up, part covered, explanation
automation  how often people overturned what was accepted, and what is accepted hence
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from pcard.extensions import Comparison
from pcard.frames import CANDIDATES, MATCHES, Ledger
from pcard.matching.arrays import at_once, give_back
from pcard.matching.automation import Automation, automation
from pcard.matching.comparing.added import added, told_apart
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.concluding.outcomes import conclude, together
from pcard.matching.concluding.report import blocking_report, weights_report
from pcard.matching.concluding.standing import Standing, standing, with_numbers_of_receipts
from pcard.matching.records.encode import Encoded, encode
from pcard.matching.settings import DEFAULT_SETTINGS, MatchSettings
from pcard.matching.stages.orders import match_orders
from pcard.matching.stages.receipts import match_equal, match_receipts
from pcard.matching.weighing.linked import Stage


@dataclass(frozen=True)
class Matching:
    """What matching concludes: `matches` (MATCHES), `candidates` (CANDIDATES), and how it came to it.

    `weights` are the numbers of this run, frozen with it: evidence_kind,
    stage, comparison, level, m (share of true pairs), u (mean chance), bits.
    `blocking` counts the pairs each rule kept: evidence_kind, stage, rule, pairs.
    `automation` is what people's verdicts say of accepted links; `settings`
    the thresholds in force, tightened where these ask for it.
    """

    matches: pl.DataFrame
    candidates: pl.DataFrame
    weights: pl.DataFrame
    blocking: pl.DataFrame
    automation: Automation
    settings: MatchSettings = DEFAULT_SETTINGS


def match(
    ledger: Ledger,
    settings: MatchSettings = DEFAULT_SETTINGS,
    decisions: pl.DataFrame | None = None,
    comparisons: Sequence[Comparison] = (),
) -> Matching:
    """Link the ledger's charges with its receipts and orders.

    Pure and deterministic: the same records, settings and decisions give the
    same frames, whatever the order of the rows. `comparisons` are those of
    plugins, beside the built-in ones.

    Raises:
        Refused: a plugin's comparison is not what its door asks for.
    """
    read = _read(ledger, comparisons)
    del ledger  # where nobody else holds it, the matching has its room
    found = _solved(read, settings, decisions)
    give_back()
    concluded = _concluded(found, replace(settings, suggest_only=False))
    accepted = sum(int((matches["outcome"] == "accepted").sum()) for matches, _ in concluded)
    earned = automation(settings, accepted, decisions)
    in_force = replace(settings, accept_probability=earned.accept_probability)
    if earned.tightened or earned.suggest_only:
        concluded = _concluded(found, in_force)
    stages = {kind: solved for kind, _, solved in found}
    weights, blocking = weights_report(stages), blocking_report(stages)
    del found, stages  # putting the links in order needs the room
    give_back()
    matches = together([matches for matches, _ in concluded])
    candidates = pl.concat([candidates for _, candidates in concluded])
    del concluded
    return Matching(
        matches=MATCHES.of(matches),
        candidates=CANDIDATES.of(candidates),
        weights=weights,
        blocking=blocking,
        automation=earned,
        settings=in_force,
    )


@dataclass(frozen=True)
class _Read:
    """The ledger as numbers, and the comparisons of plugins by kind of evidence."""

    encoded: Encoded
    added: Mapping[str, tuple[BuiltIn, ...]]


def _read(ledger: Ledger, comparisons: Sequence[Comparison]) -> _Read:
    encoded = encode(ledger)
    more = added(ledger, encoded, comparisons)
    return _Read(told_apart(ledger, encoded, comparisons), more)


def _solved(
    read: _Read, settings: MatchSettings, decisions: pl.DataFrame | None
) -> list[tuple[str, Standing, list[Stage]]]:
    """Return for each kind of evidence what was settled before, and the stages that computed the rest."""
    encoded, more = read.encoded, read.added
    before = standing("receipt", encoded, decisions, more["receipt"])
    equal = match_equal(before.meeting, before.still, settings)
    give_back()

    def match_rest() -> tuple[Standing, list[Stage]]:
        stages = match_receipts(before.meeting, equal, settings)
        return before.completed(stages), stages

    def match_with_orders(charges: Encoded) -> tuple[Standing, list[Stage]]:
        orders = standing("order", charges, decisions, more["order"])
        return orders, match_orders(orders.meeting, orders.still, equal.stage.model.aliases, settings)

    if encoded.receipts_name_orders:
        receipts, receipt_stages = match_rest()
        orders, order_stages = match_with_orders(with_numbers_of_receipts(encoded, receipts, receipt_stages))
    else:  # then orders need nothing of receipts but the aliases
        (receipts, receipt_stages), (orders, order_stages) = at_once(match_rest, lambda: match_with_orders(encoded))
    found = ("receipt", receipts, receipt_stages), ("order", orders, order_stages)
    return [(kind, side, [stage.named(more[kind]) for stage in stages]) for kind, side, stages in found]


def looked_at(ledger: Ledger, pairs: pl.DataFrame, settings: MatchSettings = DEFAULT_SETTINGS) -> pl.DataFrame:
    """Return which of some pairs (evidence_kind, transaction_id, evidence_id) a stage weighed or linked.

    Matching is done anew for it, without anybody's verdicts: all weighed pairs are too many to be kept.
    """
    found = [pairs.clear()]
    for kind, side, stages in _solved(_read(ledger, ()), settings, None):
        charges, evidence = side.whole.charges.rows, side.whole.evidence.rows
        asked = (
            pairs.filter(pl.col("evidence_kind") == kind)
            .join(charges.select(transaction_id="id").with_row_index("charge"), on="transaction_id")
            .join(evidence.select(evidence_id="id").with_row_index("piece"), on="evidence_id")
        )
        size = max(charges.height, 1)
        packed = asked["piece"].to_numpy().astype(np.int64) * size + asked["charge"].to_numpy()
        seen = np.zeros(len(packed), bool)
        weighed = [part for stage in stages for part in (stage.weighed, stage.links.pairs)]
        for part in (*weighed, *(stated.pairs for stated in side.stated)):
            seen |= np.isin(packed, part.evidence * size + part.transaction)
        found.append(asked.filter(seen).select(pairs.columns))
    return pl.concat(found)


def _concluded(
    found: Sequence[tuple[str, Standing, list[Stage]]], settings: MatchSettings
) -> Sequence[tuple[pl.DataFrame, pl.DataFrame]]:
    """Return the matches of each kind of evidence under these thresholds, to be put together, and their candidates."""
    return at_once(*(partial(_concluded_kind, each, settings) for each in found))


def _concluded_kind(
    found: tuple[str, Standing, list[Stage]], settings: MatchSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    kind, side, stages = found
    return conclude(kind, side.whole, side.stated, stages, settings)

"""Ledger to matches: the steps in order.

encode      records as numbers, names made comparable
verdicts    what people and documents said stands
receipts    equal amounts, sums of several receipts, leftovers
orders      numbers named, what is open, shipments, leftovers
conclude    accepted or a question, runner-up, part covered, explanation
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pcard.frames import Ledger
from pcard.matching.encode import encode
from pcard.matching.orders import match_orders
from pcard.matching.outcomes import conclude
from pcard.matching.receipts import match_receipts
from pcard.matching.report import blocking_report, weights_report
from pcard.matching.settings import DEFAULT_SETTINGS, MatchSettings
from pcard.matching.standing import standing, with_numbers_of_receipts


@dataclass(frozen=True)
class Matching:
    """What matching concludes: `matches` (MATCHES), `candidates` (CANDIDATES), and how it came to it.

    `weights` are the numbers of this run, frozen with it: evidence_kind,
    stage, comparison, level, m (share of true pairs), u (mean chance), bits.
    `blocking` counts the pairs each rule kept: evidence_kind, stage, rule, pairs.
    """

    matches: pl.DataFrame
    candidates: pl.DataFrame
    weights: pl.DataFrame
    blocking: pl.DataFrame
    settings: MatchSettings = DEFAULT_SETTINGS


def match(
    ledger: Ledger, settings: MatchSettings = DEFAULT_SETTINGS, decisions: pl.DataFrame | None = None
) -> Matching:
    """Link the ledger's charges with its receipts and orders.

    Pure and deterministic: the same records, settings and decisions give the
    same frames, whatever the order of the rows.
    """
    encoded = encode(ledger)
    receipts = standing("receipt", encoded, decisions)
    receipt_stages = match_receipts(receipts.meeting, receipts.still, settings)
    receipts = receipts.completed(receipt_stages)
    orders = standing("order", with_numbers_of_receipts(encoded, receipts, receipt_stages), decisions)
    order_stages = match_orders(orders.meeting, orders.still, receipt_stages[0].model.aliases, settings)
    concluded = [
        conclude("receipt", receipts.whole, receipts.stated, receipt_stages, settings),
        conclude("order", orders.whole, orders.stated, order_stages, settings),
    ]
    stages = {"receipt": receipt_stages, "order": order_stages}
    return Matching(
        matches=pl.concat(matches for matches, _ in concluded).sort("transaction_id", "evidence_kind", "evidence_id"),
        candidates=pl.concat(candidates for _, candidates in concluded).sort("transaction_id", "evidence_kind", "rank"),
        weights=weights_report(stages),
        blocking=blocking_report(stages),
        settings=settings,
    )

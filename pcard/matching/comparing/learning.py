"""What people's verdicts teach: aliases, lags, and how true pairs spread over the levels of each comparison.

A confirmed link is a pair of which the answer is known. It is counted beside
the unlabelled ones, as one match among all: the shipped shares and the pairs
that nobody was asked about keep their say, so that ten decisions cannot swing
a year. A rejected pair is never weighed again, and counts against its alias:
the descriptor was seen once more, and not with this vendor. All of it is a
function of the ledger and the decisions in force; an undone one teaches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pcard.frames import Ledger
from pcard.ledger.verdicts import AGAINST, in_force
from pcard.matching.arrays import Floats
from pcard.matching.comparing.aliases import Aliases
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.comparing.meeting import Meeting
from pcard.schema import Table, columns

# What a link covers and what was open before are the stage's to say: a part of a group teaches no amount.
_OF_THE_STAGE = ("amount", "order")
# `what`: alias, not an alias, lag, never again. One row a decision and thing taught.
LEARNT = Table(
    "learnt",
    columns("decision_id! at! who! what! teaches! transaction_id! evidence_kind! evidence_id!"),
    ("decision_id", "what"),
)


def taught_levels(meeting: Meeting, comparisons: Sequence[BuiltIn]) -> dict[str, Floats]:
    """Return how many confirmed links are in each level of each comparison."""
    counts: dict[str, Floats] = {}
    for each in comparisons:
        if each.name not in _OF_THE_STAGE and len(meeting.confirmed):
            level = each.compare(meeting, meeting.confirmed).level
            counts[each.name] = np.bincount(level[level >= 0], minlength=len(each.levels)).astype(np.float64)
    return counts


def taught_aliases(meeting: Meeting, before: Aliases) -> Aliases:
    """Return the aliases with a match for each confirmed link and a miss for each rejected pair."""
    charges, evidence = meeting.charges, meeting.evidence
    confirmed, rejected = (
        (charges.name[p.transaction], evidence.name[p.evidence]) for p in (meeting.confirmed, meeting.rejected)
    )
    known = (confirmed[0] >= 0) & (confirmed[1] >= 0)
    taught = before.counted(confirmed[0][known], confirmed[1][known], np.ones(int(known.sum())))
    missed = (rejected[0] >= 0) & (rejected[1] >= 0)
    return taught.missed(rejected[0][missed])


def learnt(ledger: Ledger, decisions: pl.DataFrame | None) -> pl.DataFrame:
    """List what each verdict in force teaches, with who said it and when: `LEARNT`.

    An alias names the descriptor's merchant key and the vendor; a lag the days from the charge to the evidence.
    """
    said = [_told(ledger, kind, in_force(kind, decisions)) for kind in ("receipt", "order")]
    return LEARNT.of(pl.concat([LEARNT.empty(), *(LEARNT.of(rows) for rows in said)]))


def _told(ledger: Ledger, kind: str, verdicts: pl.DataFrame) -> pl.DataFrame:
    charges = ledger.transactions.select(
        transaction_id="transaction_id", key="merchant_key", day=pl.coalesce("date", "posted")
    )
    evidence = (
        ledger.receipts.select(evidence_id="id", vendor="vendor", dated="date")
        if kind == "receipt"
        else ledger.orders.select(evidence_id="po_number", vendor="vendor", dated="date")
    )
    against = pl.col("act").is_in(AGAINST)
    lag = (pl.col("dated") - pl.col("day")).dt.total_days()
    teaches: Mapping[str, pl.Expr] = {
        "alias": pl.when(~against).then(pl.format("{} is {}", "key", "vendor")),
        "not an alias": pl.when(against).then(pl.format("{} was not {}", "key", "vendor")),
        "lag": pl.when(~against).then(_days(kind, lag)),
        "never again": pl.when(against).then(pl.format("{} with {}", "transaction_id", "evidence_id")),
    }
    rows = verdicts.rename({"subject": "transaction_id"}).drop_nulls("evidence_id")
    rows = rows.join(charges, on="transaction_id").join(evidence, on="evidence_id")
    told = [
        rows.with_columns(what=pl.lit(what), teaches=text, evidence_kind=pl.lit(kind)).drop_nulls("teaches")
        for what, text in teaches.items()
    ]
    return pl.concat(told)


def _days(kind: str, lag: pl.Expr) -> pl.Expr:
    side = pl.when(lag < 0).then(pl.lit("before")).otherwise(pl.lit("after"))
    away = pl.format("dated {} days {} the charge", lag.abs(), side)
    return (
        pl.when(lag == 0)
        .then(pl.lit(f"{kind} dated the day of the charge"))
        .otherwise(pl.format("{} {}", pl.lit(kind), away))
    )

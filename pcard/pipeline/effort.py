"""How the work went: what was matched untouched, how soon charges were reconciled, which receipts came in time."""

from __future__ import annotations

import polars as pl

from pcard.frames import Ledger
from pcard.periods import Period
from pcard.rebate.benchmarks import Effort
from pcard.reports.reconciliation import NEEDS_RECEIPT

_VERDICTS = ("confirm", "link")


def effort(
    ledger: Ledger, matches: pl.DataFrame, decisions: pl.DataFrame, imports: pl.DataFrame, period: Period
) -> Effort:
    """Count the charges of a stretch that need a receipt, and what became of them.

    `imports` has the columns document, at, undone_by: the day a document came
    is that of its first import that stands. A charge is reconciled on the day
    its receipt was linked to it: when both were imported, and where a person
    had to say so, when that was said.
    """
    needing = ledger.transactions.filter(
        ~pl.col("memo") & pl.col("kind").is_in(NEEDS_RECEIPT) & pl.col("posted").is_between(period.first, period.last)
    )
    links = matches.filter((pl.col("evidence_kind") == "receipt") & (pl.col("outcome") != "review"))
    came = _days(imports.filter(pl.col("undone_by").is_null()), "document")
    said = _days(decisions.filter(pl.col("act").is_in(_VERDICTS) & pl.col("undone_by").is_null()), "subject")
    receipts = ledger.receipts.select(evidence_id="id", evidence_document="document")
    dated = (
        needing.select("transaction_id", "posted", "document")
        .join(links.select("transaction_id", "evidence_id", "outcome"), on="transaction_id")
        .join(receipts, on="evidence_id", how="left")
        .join(came, on="document", how="left")
        .join(came.rename({"document": "evidence_document", "day": "receipt_day"}), on="evidence_document", how="left")
        .join(said.rename({"subject": "transaction_id", "day": "said"}), on="transaction_id", how="left")
        .group_by("transaction_id", "posted")
        .agg(
            untouched=(pl.col("outcome") == "accepted").all(),
            receipt_day=pl.col("receipt_day").min(),
            day=pl.max_horizontal(pl.col("day").max(), pl.col("receipt_day").max(), pl.col("said").max()),
        )
        .with_columns(
            waited=(pl.col("receipt_day") - pl.col("posted")).dt.total_days().clip(0),
            took=(pl.col("day") - pl.col("posted")).dt.total_days().clip(0),
        )
        .sort("transaction_id")
    )
    known = dated.drop_nulls(["took", "waited"])
    return Effort(needing.height, int(dated["untouched"].sum()), tuple(known["took"]), tuple(known["waited"]))


def _days(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the first day of each key."""
    day = pl.col("at").str.slice(0, 10).str.to_date("%Y-%m-%d")
    return frame.group_by(key).agg(day=day.min()).sort(key)

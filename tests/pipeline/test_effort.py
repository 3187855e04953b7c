from __future__ import annotations

from datetime import date

import polars as pl

from pcard.frames import DECISIONS, MATCHES, RECEIPTS, TRANSACTIONS
from pcard.ledger.assemble import assemble
from pcard.periods import Period
from pcard.pipeline.effort import effort
from pcard.rebate.benchmarks import Effort

MAY = Period(date(2026, 5, 1), date(2026, 5, 31), "2026-05")


def charge(
    key: str, document: str = "bank.ofx", kind: str = "purchase", day: date = date(2026, 5, 4)
) -> dict[str, object]:
    return {
        "transaction_id": key, "identity": key, "document": document, "line": 1, "merchant": "Shop", "kind": kind,
        "memo": False, "posted": day, "date": day, "amount_cents": 100,
    }  # fmt: skip


def link(key: str, receipt: str, outcome: str) -> dict[str, object]:
    return {
        "group_id": f"G{key}", "transaction_id": key, "evidence_kind": "receipt", "evidence_id": receipt,
        "amount_cents": 100, "probability": 0.9, "outcome": outcome, "explanation": "x",
    }  # fmt: skip


def test_days_run_from_posting_to_the_last_of_import_and_verdict() -> None:
    records = {
        "transactions": TRANSACTIONS.rows(
            [charge("T1"), charge("T2"), charge("T3"), charge("T4", kind="fee"), charge("T5", day=date(2026, 6, 1))]
        ),
        "receipts": RECEIPTS.rows(
            {"id": key, "vendor": "Shop", "identity": key, "document": document, "line": 1, "total_cents": 100}
            for key, document in (("R1", "early.csv"), ("R2", "late.csv"), ("R3", "late.csv"))
        ),
    }
    matches = MATCHES.rows([link("T1", "R1", "accepted"), link("T2", "R2", "confirmed"), link("T3", "R3", "review")])
    imports = pl.DataFrame(
        {
            "document": ["bank.ofx", "early.csv", "late.csv", "late.csv"],
            "at": ["2026-05-10T08:00:00", "2026-05-06T08:00:00", "2026-05-08T08:00:00", "2026-05-20T08:00:00"],
            "undone_by": [None, None, "U1", None],
        }
    )
    decisions = DECISIONS.rows([
        {"decision_id": "D1", "at": "2026-05-24T10:00:00", "who": "x", "act": "confirm", "subject": "T2"},
        {"decision_id": "D2", "at": "2026-05-30T10:00:00", "who": "x", "act": "confirm", "subject": "T1", "undone_by": "D3"},
    ])  # fmt: skip
    found = effort(assemble(records), matches, decisions, imports, MAY)
    # T1: here on the 10th, its receipt on the 6th; T2: its receipt on the 20th, the word of a person on the 24th.
    assert found == Effort(need_receipt=3, untouched=1, days_to_reconcile=(6, 20), days_to_receipt=(2, 16))

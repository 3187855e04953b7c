from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import Document
from pcard.frames import ENRICHED, RECORDS, Ledger
from pcard.ledger.assemble import assemble
from pcard.ledger.normalise import normalise
from pcard.ledger.statements import tie_out
from tests.ledger.conftest import extract_of

charges = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["A", "B", "C", None, None]),
        "account": st.sampled_from(["9021", "7750", None]),
        "card": st.sampled_from(["7911", "5500", "C12", None]),
        "cardholder": st.sampled_from(["Ana Reyes", "Bo Lind", None]),
        "date": st.dates().map(lambda day: f"2026-{day.month:02}-{min(day.day, 28):02}"),
        "amount": st.integers(-5000, 5000).map(lambda cents: f"{cents / 100:.2f}"),
        "merchant": st.sampled_from(["SQ *ACME", "PAYMENT THANK YOU", "ACME LLC"]),
        "memo": st.sampled_from(["true", None, None]),
    }
)
codings = st.fixed_dictionaries(
    {
        "transaction": st.sampled_from(["A", "A~2", "B", "Z"]),
        "line_no": st.sampled_from(["1", "2", "3"]),
        "amount": st.integers(-5000, 5000).map(lambda cents: f"{cents / 100:.2f}"),
        "site": st.sampled_from(["010", None]),
    }
)
REGISTERS = {
    "cards": [
        {"card": "7911", "account": "9021", "cardholder": "Ana Reyes", "site": "010"},
        {"card": "7911", "account": "7750", "cardholder": "Bo Lind"},
        {"card": "5500", "account": None, "cardholder": "Art Room"},
    ],
    "sites": [{"site": "010", "name": "North", "fund": "11"}],
    "custody": [{"card": "5500", "person": "kay", "out": "2026-03-01", "in": "2026-09-30"}],
    "statements": [
        {
            "account": "9021",
            "opened": f"2026-0{month}-26",
            "closed": f"2026-0{month + 1}-25",
            "closing_balance": "10.00",
        }
        for month in (4, 5)
    ],
}


def records_of(
    *documents: list[dict[str, Any]], coding: list[dict[str, Any]] | None = None
) -> dict[str, list[pl.DataFrame]]:
    found: dict[str, list[pl.DataFrame]] = {}
    tables: list[dict[str, Any]] = [{"transactions": rows} for rows in documents] + [
        {"coding": coding or []},
        REGISTERS,
    ]
    for number, table in enumerate(tables):
        for name, frame in normalise(extract_of(table), Document(f"{number}.csv", b"", "")).records.items():
            found.setdefault(name, []).append(frame)
    return found


def joined(parts: dict[str, list[pl.DataFrame]], seed: int | None = None) -> dict[str, pl.DataFrame]:
    """Put the documents together, shuffled by a seed."""
    if seed is None:
        return {name: pl.concat(frames) for name, frames in parts.items()}
    return {name: pl.concat(frames[::-1]).sample(fraction=1, shuffle=True, seed=seed) for name, frames in parts.items()}


def same(one: Ledger, other: Ledger) -> bool:
    return one.absent == other.absent and all(
        getattr(one, name).equals(getattr(other, name)) for name in one.__dataclass_fields__ if name != "absent"
    )


@settings(max_examples=30)
@given(st.lists(charges, max_size=8), st.lists(charges, max_size=8), st.lists(codings, max_size=5), st.integers(0, 99))
def test_order_and_repetition_change_nothing(
    first: list[dict[str, Any]], second: list[dict[str, Any]], coding: list[dict[str, Any]], seed: int
) -> None:
    parts = records_of(first, second, coding=coding)
    ledger = assemble(joined(parts))
    assert same(ledger, assemble(joined(parts, seed)))
    assert same(ledger, assemble(joined({name: frames * 2 for name, frames in parts.items()})))
    assert tie_out(ledger, None).proof.equals(tie_out(assemble(joined(parts, seed)), None).proof)


@settings(max_examples=30)
@given(st.lists(charges, max_size=12), st.lists(codings, max_size=6))
def test_parts_sum_to_their_transactions(rows: list[dict[str, Any]], coding: list[dict[str, Any]]) -> None:
    ledger = assemble(joined(records_of(rows, coding=coding)))
    sums = ledger.allocations.group_by("transaction_id").agg(pl.col("amount_cents").sum().alias("sum"))
    counted = ledger.transactions.filter(~pl.col("memo")).join(sums, on="transaction_id", how="left")
    assert counted.filter(pl.col("sum").ne_missing(pl.col("amount_cents"))).is_empty()
    assert ledger.allocations["amount_cents"].sum() == counted["amount_cents"].sum()


@settings(max_examples=30)
@given(st.lists(charges, max_size=12))
def test_the_proof_counts_every_line_once(rows: list[dict[str, Any]]) -> None:
    ledger = assemble(joined(records_of(rows)))
    proof = tie_out(ledger, None).proof
    activity = (
        proof["charges_cents"]
        - proof["credits_cents"]
        - proof["payments_cents"]
        + proof["fees_cents"]
        + proof["other_cents"]
    )
    assert activity.sum() == ledger.transactions.filter(~pl.col("memo"))["amount_cents"].sum()


def test_nothing_gives_an_empty_ledger() -> None:
    ledger = assemble({})
    assert ledger.transactions.equals(ENRICHED.empty())
    assert ledger.absent == frozenset(RECORDS)
    assert not tie_out(ledger, None).proves


def test_one_id_in_two_documents_with_two_meanings_is_two_charges() -> None:
    row = {"id": "A", "account": "9021", "amount": "1.00", "merchant": "ACME"}
    ledger = assemble(joined(records_of([row | {"date": "2026-05-02"}], [row | {"date": "2026-05-01"}])))
    first, second = ledger.transactions["transaction_id"].to_list()
    assert first == "A"
    assert second.startswith("A~")
    assert ledger.transactions.filter(pl.col("transaction_id") == "A")["date"].dt.day().to_list() == [1]


def test_days_to_post_and_merchant_key() -> None:
    row = {
        "id": "A",
        "account": "9021",
        "date": "2026-05-01",
        "posted": "2026-05-04",
        "amount": "1",
        "merchant": "SQ *ACME LLC",
    }
    ledger = assemble(joined(records_of([row])))
    assert ledger.transactions.select("days_to_post", "merchant_key").rows() == [(3, "ACME")]

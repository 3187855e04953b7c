"""The peers of the matching benchmark: what of them needs no foreign package links a small district right."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from benchmarks.peers import links, naive_peer


def test_names_are_made_comparable() -> None:
    """What banks write and what receipts say of one merchant, of one person, comes out alike."""
    banks = ["SQ *LÓPEZ'S BAKERY BEND OR", "STAPLES 005944 NEWARK NJ", "AMZN MKTP US*RVBRFS6", "ADOBE *679624789"]
    said = ["López's Bakery, Inc.", "Staples Inc", "Smith & Sons Company LLC"]
    plain = pl.DataFrame({"bank": banks}).select(links.plain_name(pl.col("bank"), state=True)).to_series()
    assert plain.to_list() == ["LOPEZS BAKERY BEND", "STAPLES NEWARK", "AMZN MKTP", "ADOBE"]
    plain = pl.DataFrame({"said": said}).select(links.plain_name(pl.col("said"))).to_series()
    assert plain.to_list() == ["LOPEZS BAKERY", "STAPLES", "SMITH AND SONS"]
    people = pl.DataFrame({"person": ["Mike B Cook", "M. Cook", "Cook, Mike B", "Ana Peña", None]})
    plain = people.select(links.plain_person(pl.col("person"))).to_series()
    assert plain.to_list() == ["M COOK", "M COOK", "M COOK", "A PENA", None]


def test_one_to_one_takes_mutual_best_and_breaks_ties_by_date() -> None:
    """Receipt 1 loses charge 0 to receipt 0 and gets charge 1; of equals the nearer date is taken."""
    pairs = pl.DataFrame(
        {
            "charge": [0, 0, 1, 2, 2],
            "receipt": [0, 1, 1, 2, 3],
            "weight": [9.0, 8.0, 1.0, 5.0, 5.0],
            "probability": [0.9, 0.8, 0.1, 0.5, 0.5],
            "apart": [0, 0, 0, 4, 1],
        }
    )
    chosen = links.one_to_one(pairs).select("charge", "receipt").sort("charge").rows()
    assert chosen == [(0, 0), (1, 1), (2, 3)]


def test_the_naive_way_links_by_site_amount_and_the_best_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two equal amounts are told apart by name; another site, another month and an own amount are not linked."""
    day = date(2026, 3, 2)
    same = {"cardholder": "Ana Ruiz", "card": "1234"}
    charges = [
        {"id": "T1", "date": day, "amount": "20.00", "merchant": "STAPLES 0059 BEND OR", "site": "S1"},
        {"id": "T2", "date": day, "amount": "20.00", "merchant": "SQ *CORNER BAKERY", "site": "S1"},
        {"id": "T3", "date": day, "amount": "31.10", "merchant": "LOWES #1327", "site": "S2"},
        {"id": "T4", "date": day, "amount": "-8.00", "merchant": "LOWES #1327", "site": "S1"},
    ]
    receipts = [
        {"id": "R1", "date": day, "total": "20.00", "vendor": "Corner Bakery", "site": "S1"},
        {"id": "R2", "date": day, "total": "20.00", "vendor": "Staples Inc", "site": "S1"},
        {"id": "R3", "date": day, "total": "31.10", "vendor": "Lowe's", "site": "S1"},
        {"id": "R4", "date": date(2026, 4, 2), "total": "-8.00", "vendor": "Lowe's", "site": "S1"},
    ]
    pl.DataFrame([row | same for row in charges]).write_parquet(tmp_path / "transactions.parquet")
    pl.DataFrame([row | same for row in receipts]).write_parquet(tmp_path / "receipts.parquet")
    out = tmp_path / "matches.csv"
    monkeypatch.setattr(sys, "argv", ["naive_peer", str(tmp_path), str(out)])
    links.main(naive_peer.scored, "polars")
    matches = pl.read_csv(out)
    assert matches.columns == ["transaction_id", "evidence_kind", "evidence_id", "probability", "outcome"]
    assert sorted(matches.select("transaction_id", "evidence_id").rows()) == [("T1", "R2"), ("T2", "R1")]

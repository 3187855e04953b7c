"""The laws of matching, and how well it does on a simulated programme."""

from __future__ import annotations

import importlib.util
import math
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pcard.frames import CANDIDATES, ENRICHED, MATCHES, ORDERS, RECEIPTS, Ledger
from pcard.matching import match
from pcard.matching.explanation import read_sum
from pcard.money import read_cents
from tests.matching.conftest import charge, decisions_of, ledger_of, order, random_ledger, receipt, shuffled, verdict

SEEDS = st.integers(0, 10_000)
few = settings(max_examples=12)


def _sums(matches: pl.DataFrame, by: str) -> pl.DataFrame:
    return matches.group_by("evidence_kind", by).agg(pl.col("amount_cents").abs().sum())


@few
@given(SEEDS)
def test_nothing_serves_beyond_its_amount(seed: int) -> None:
    ledger = random_ledger(seed)
    matches = match(ledger).matches
    stated = pl.concat(
        [
            ledger.receipts.select(evidence_kind=pl.lit("receipt"), evidence_id="id", size=pl.col("total_cents").abs()),
            ledger.orders.select(
                evidence_kind=pl.lit("order"),
                evidence_id="po_number",
                size=pl.coalesce("open_amount_cents", "amount_cents"),
            ),
        ]
    ).drop_nulls()
    served = _sums(matches, "evidence_id").join(stated, on=["evidence_kind", "evidence_id"])
    assert served.filter(pl.col("amount_cents") > pl.col("size")).is_empty()
    charged = ledger.transactions.select("transaction_id", size=pl.col("amount_cents").abs())
    covered = _sums(matches, "transaction_id").join(charged, on="transaction_id")
    assert covered.filter(pl.col("amount_cents") > pl.col("size")).is_empty()


@few
@given(SEEDS)
def test_parts_of_a_group_sum_exactly(seed: int) -> None:
    ledger = random_ledger(seed)
    grouped = match(ledger).matches.filter(
        pl.col("explanation").str.contains("sum to the cent") & (pl.col("evidence_kind") == "receipt")
    )
    whole = _sums(grouped, "transaction_id").join(
        ledger.transactions.select("transaction_id", size=pl.col("amount_cents").abs()), on="transaction_id"
    )
    assert whole.filter(pl.col("amount_cents") != pl.col("size")).is_empty()


@few
@given(SEEDS, st.integers(0, 10_000))
def test_a_verdict_is_never_overridden(seed: int, pick: int) -> None:
    ledger = random_ledger(seed)
    free = match(ledger).matches.filter(pl.col("outcome") != "confirmed")
    if free.is_empty():
        return
    rejected = free.row(pick % free.height, named=True)
    confirmed = free.row((pick // 7) % free.height, named=True)
    if rejected["transaction_id"] == confirmed["transaction_id"]:
        return
    said = decisions_of(
        verdict("reject", rejected["transaction_id"], rejected["evidence_id"], rejected["evidence_kind"]),
        verdict("confirm", confirmed["transaction_id"], confirmed["evidence_id"], confirmed["evidence_kind"]),
    )
    matching = match(ledger, decisions=said)
    key = ("transaction_id", "evidence_kind", "evidence_id")
    again = {tuple(row[name] for name in key): row["outcome"] for row in matching.matches.to_dicts()}
    assert again[tuple(confirmed[name] for name in key)] == "confirmed"
    assert tuple(rejected[name] for name in key) not in again
    asked = {tuple(row[name] for name in key) for row in matching.candidates.to_dicts()}
    assert tuple(rejected[name] for name in key) not in asked


@few
@given(SEEDS)
def test_parts_sum_to_a_score_and_the_probability_follows_it(seed: int) -> None:
    for row in match(random_ledger(seed)).matches.to_dicts():
        parts, score = read_sum(row["explanation"])
        assert sum((part.bits for part in parts), Decimal(0)) == score
        if parts and row["probability"] < 1 - 1e-9:
            # A tenth of a bit is what the text rounds to: so the probability is monotone in the score.
            assert math.log2(row["probability"] / (1 - row["probability"])) == pytest.approx(float(score), abs=0.051)


@few
@given(SEEDS, SEEDS)
def test_the_order_of_rows_changes_nothing(seed: int, other: int) -> None:
    ledger = random_ledger(seed)
    once, again = match(ledger), match(shuffled(ledger, other))
    for name in ("matches", "candidates", "weights", "blocking"):
        assert_frame_equal(getattr(once, name), getattr(again, name))


def test_a_receipt_and_an_order_of_a_single_charge_are_found() -> None:
    ledger = ledger_of([charge("T1", 1234)], [receipt("R1", 1234)], [order("PO-1", 1234)])
    assert match(ledger).matches.select("evidence_id", "outcome", "amount_cents").rows() == [
        ("PO-1", "accepted", 1234),
        ("R1", "accepted", 1234),
    ]


@pytest.mark.parametrize("parts", [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1)])
def test_empty_sides_give_no_links(parts: tuple[int, int, int]) -> None:
    charges, receipts, orders = [charge("T1", 100)], [receipt("R1", 99_999)], [order("PO-1", 55_555, "Harbor Lumber")]
    ledger = ledger_of(charges[: parts[0]], receipts[: parts[1]], orders[: parts[2]])
    matching = match(ledger)
    assert matching.matches.is_empty()
    assert matching.matches.schema == MATCHES.schema
    assert matching.candidates.schema == CANDIDATES.schema


@pytest.mark.parametrize("receipts", [1000, 900])
def test_a_thousand_equal_charges_are_linked_in_the_order_of_their_ids(receipts: int) -> None:
    ledger = ledger_of(
        [charge(f"T{number:04}", 999, site="S1", cardholder="Ana Ruiz") for number in range(1000)],
        [receipt(f"R{number:04}", 999, site="S1", cardholder="Ana Ruiz") for number in range(receipts)],
    )
    matches = match(ledger).matches
    assert matches.height == receipts
    assert matches["evidence_id"].n_unique() == receipts


def test_payments_fees_and_memo_lines_take_no_receipt() -> None:
    kinds = ("payment", "transfer", "rebate", "finance_charge", "fee")
    charges = [charge(f"T{kind}", 1234, kind=kind) for kind in kinds] + [charge("Tmemo", 1234, memo=True)]
    assert match(ledger_of(charges, [receipt("R1", 1234)])).matches.is_empty()


def _script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _simulated(files: dict[str, pl.DataFrame]) -> Ledger:
    origin = {"identity": pl.lit("i"), "document": pl.lit("d"), "line": pl.lit(1, pl.Int32)}
    charges = files["transactions"].with_columns(
        transaction_id="id", amount_cents=read_cents(pl.col("amount")), memo=False, cycle=pl.lit("c"),
        merchant_key="merchant", days_to_post=pl.lit(0, pl.Int32), **origin,
    )  # fmt: skip
    receipts = files["receipts"].with_columns(
        total_cents=read_cents(pl.col("total")), tax_cents=read_cents(pl.col("tax")), **origin
    )
    orders = files["orders"].with_columns(
        amount_cents=read_cents(pl.col("amount")), open_amount_cents=read_cents(pl.col("open_amount")), **origin
    )
    return Ledger(transactions=ENRICHED.of(charges), receipts=RECEIPTS.of(receipts), orders=ORDERS.of(orders))


@pytest.mark.parametrize(("profile", "receipts", "orders"), [("default", 0.97, 0.93), ("hard", 0.92, 0.92)])
def test_a_simulated_programme_is_matched(
    shared: Path, tmp_path: Path, profile: str, receipts: float, orders: float
) -> None:
    simulate, score = _script(shared / "bench" / "simulate.py"), _script(shared / "bench" / "score.py")
    parts = simulate.simulate(2000, 5, 1.0, profile)
    simulate.write(str(tmp_path), parts)
    matching = match(_simulated(simulate.contract(parts)[0]))
    MATCHES.as_text(matching.matches).write_csv(tmp_path / "matches.csv")
    found = score.report(str(tmp_path), str(tmp_path / "matches.csv"))
    assert found["receipt"]["f1"] > receipts
    assert found["order"]["f1"] > orders
    assert found["receipt"]["accepted_wrong_per_10k"] < 40
    assert found["receipt"]["ece"] < 0.02

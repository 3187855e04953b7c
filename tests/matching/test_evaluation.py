"""The figures of an evaluation, by hand and against the shared scorer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.frames import MATCHES, Ledger
from pcard.matching.engine import looked_at, match
from pcard.matching.evaluation import TRUTH, Evaluation, confirmed_links, evaluate
from tests.matching.conftest import DAY, charge, decisions_of, ledger_of, order, random_ledger, receipt, verdict


def link(charge_id: str, evidence: str, probability: float = 0.99, outcome: str = "accepted", kind: str = "receipt") -> dict[str, object]:  # fmt: skip
    row = {"transaction_id": charge_id, "evidence_kind": kind, "evidence_id": evidence, "probability": probability}
    return {**row, "outcome": outcome, "group_id": f"{kind}:{charge_id}", "amount_cents": 1, "explanation": ""}


def truth_of(*pairs: tuple[str, str], kind: str = "receipt") -> pl.DataFrame:
    return TRUTH.rows({"evidence_kind": kind, "transaction_id": t, "evidence_id": e} for t, e in pairs)


def measured(ledger: Ledger, links: list[dict[str, object]], truth: pl.DataFrame, minutes: float = 1.0) -> Evaluation:
    return evaluate(ledger, MATCHES.rows(links), truth, truth.clear(), minutes)


def ledger() -> Ledger:
    charges = [charge(f"T{n}", 1000 + 111 * n, "SHOP", DAY, card="1234", cardholder="Ana Ruiz") for n in range(1, 6)]
    pieces = [receipt(f"R{n}", 1000 + 111 * n, "Shop", DAY, cardholder="Ana Ruiz") for n in range(1, 6)]
    return ledger_of(charges, pieces, [order("P1", 9000)])


def test_figures_by_hand() -> None:
    links = [
        link("T1", "R1", 0.999), link("T2", "R3", 0.98), link("T3", "R2", 0.6, "review"), link("T4", "R4", 0.7, "review")
    ]  # fmt: skip
    truth = truth_of(("T1", "R1"), ("T2", "R2"), ("T4", "R4"), ("T5", "R5"))
    found = evaluate(ledger(), MATCHES.rows(links), truth, truth_of(("T2", "R2")), minutes=2.5)
    (row,) = found.kinds.to_dicts()
    assert (row["links"], row["truth"], row["right"]) == (4, 4, 2)
    assert (row["precision"], row["recall"], row["f1"]) == (0.5, 0.5, 0.5)
    assert (row["accepted"], row["accepted_wrong"], row["wrong_per_10k"], row["coverage"]) == (2, 1, 5000.0, 0.25)
    assert row["never_looked_at"] == 1  # T5: T2's true pair was weighed and lost
    assert row["ece"] == pytest.approx((0.001 + 0.98 + 0.6 + 0.3) / 4)
    assert row["worst_bin"] is None
    (left,) = found.review.to_dicts()
    assert (left["questions"], left["right"], left["not_proposed"], left["minutes"]) == (2, 1, 2, 5.0)


def test_each_kind_and_shape_has_its_row() -> None:
    links = [link("T1", "R1"), link("T1", "R2"), link("T2", "R3"), link("T3", "P1", kind="order"), link("T4", "P1", kind="order")]  # fmt: skip
    truth = pl.concat(
        [truth_of(("T1", "R1"), ("T1", "R2"), ("T2", "R4")), truth_of(("T3", "P1"), ("T4", "P1"), kind="order")]
    )
    shapes = {(row["evidence_kind"], row["shape"]): row for row in measured(ledger(), links, truth).shapes.to_dicts()}
    assert shapes["receipt", "one charge, several receipts"]["f1"] == 1.0
    assert shapes["receipt", "one to one"]["precision"] == 0.0
    assert shapes["order", "several charges, one order"]["recall"] == 1.0


def test_a_kind_the_truth_does_not_name_is_left_out() -> None:
    found = measured(ledger(), [link("T1", "R1"), link("T3", "P1", kind="order")], truth_of(("T1", "R1")))
    assert found.kinds["evidence_kind"].to_list() == ["receipt"]


def test_a_link_to_a_copy_counts_once() -> None:
    twice = [charge(name, 4321, "SHOP", DAY, card="1234", cardholder="Ana Ruiz") for name in ("T1", "T2")]
    pieces = [receipt(name, 4321, "Shop", DAY, cardholder="Ana Ruiz") for name in ("R1", "R2")]
    other = ledger_of(twice, [*pieces, receipt("R3", 4321, "Other", DAY + timedelta(days=9))])
    truth = truth_of(("T1", "R1"))
    assert measured(other, [link("T2", "R2")], truth).kinds["right"].item() == 1
    both = measured(other, [link("T1", "R1", 0.9), link("T2", "R2", 0.99)], truth).kinds.to_dicts()[0]
    assert (both["right"], both["precision"], both["recall"]) == (1, 0.5, 1.0)
    assert measured(other, [link("T1", "R3")], truth).kinds["right"].item() == 0


def test_coverage_at_an_error_rate_takes_equal_probabilities_together() -> None:
    links = [link("T1", "R1", 0.9), link("T2", "R2", 0.8), link("T3", "R4", 0.8)]
    truth = truth_of(("T1", "R1"), ("T2", "R2"), ("T3", "R3"))
    for row in measured(ledger(), links, truth).coverage.to_dicts():
        assert (row["links"], row["probability"], row["coverage"]) == (1, 0.9, pytest.approx(1 / 3))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.floats(0.0, 1.0)), max_size=8, unique_by=lambda x: x[:2]))  # fmt: skip
def test_counts_add_up(drawn: list[tuple[int, int, float]]) -> None:
    links = [link(f"T{t}", f"R{r}", p, "accepted" if p > 0.9 else "review") for t, r, p in drawn]
    found = measured(ledger(), links, truth_of(*((f"T{n}", f"R{n}") for n in range(1, 6))))
    (row,) = found.kinds.to_dicts()
    assert found.calibration["links"].sum() == row["links"] == len(links)
    assert found.shapes["links"].sum() == row["links"]
    assert found.shapes["truth"].sum() == row["truth"] == 5
    assert found.shapes["found"].sum() == found.shapes["right"].sum() == row["right"]
    assert found.review["not_proposed"].item() == 5 - row["right"]


def test_every_proposed_link_was_looked_at_and_a_far_pair_was_not() -> None:
    drawn = random_ledger(7)
    proposed = match(drawn).matches.select(TRUTH.names)
    assert looked_at(drawn, proposed).sort(TRUTH.names).equals(proposed.sort(TRUTH.names))
    years = timedelta(days=900)
    apart = ledger_of([charge("T1", 100, "SHOP")], [receipt("R1", 7300, "Elsewhere", DAY - years)])
    assert looked_at(apart, truth_of(("T1", "R1"))).is_empty()


def test_confirmed_links_are_those_in_force() -> None:
    said = decisions_of(
        verdict("confirm", "T1", "R1"), verdict("reject", "T2", "R2"), verdict("link", "T3", "P1", "order"),
        verdict("confirm", "T4", "R4", undone_by="D9"), verdict("reject", "T5", None),
    )  # fmt: skip
    assert confirmed_links(said).rows() == [("order", "T3", "P1"), ("receipt", "T1", "R1")]


def test_it_agrees_with_the_shared_scorer(shared: Path, tmp_path: Path) -> None:
    from pcard.cli.session import read_tables
    from pcard.ledger.assemble import assemble

    simulate = [
        sys.executable,
        str(shared / "bench" / "simulate.py"),
        "--n",
        "2000",
        "--seed",
        "31",
        "--out",
        str(tmp_path),
    ]
    subprocess.run(simulate, check=True, capture_output=True)
    records, _ = read_tables({name: tmp_path / f"{name}.parquet" for name in ("transactions", "receipts", "orders")})
    whole = assemble(records)
    matches = match(whole).matches
    MATCHES.as_text(matches).write_csv(tmp_path / "m.csv")
    truth = pl.read_parquet(tmp_path / "truth" / "truth.parquet").select(TRUTH.names)
    spec = importlib.util.spec_from_file_location("score", shared / "bench" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    theirs = score.report(str(tmp_path), str(tmp_path / "m.csv"))
    for row in evaluate(whole, matches, truth, truth.clear()).kinds.to_dicts():
        same = theirs[row["evidence_kind"]]
        assert (row["links"], row["truth"], row["accepted"]) == (same["links"], same["truth"], same["accepted"])
        # Copies are told from the records here, and known there.
        loose = 0.0 if row["evidence_kind"] == "order" else 0.002
        for mine, other in (("precision",) * 2, ("recall",) * 2, ("f1",) * 2, ("coverage", "accepted_coverage")):
            assert row[mine] == pytest.approx(same[other], abs=loose + 1e-9)
        assert row["ece"] == pytest.approx(same["ece"], abs=loose + 1e-6)

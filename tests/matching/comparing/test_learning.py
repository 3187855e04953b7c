"""What verdicts teach: other charges of the same merchant, in plain sight, and gone once undone."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pcard.frames import Ledger
from pcard.matching import match
from pcard.matching.comparing.learning import LEARNT, learnt
from tests.matching.conftest import DAY, ELSEWHERE, charge, decisions_of, ledger_of, random_ledger, receipt, verdict


def _owner_s_name(known: int) -> Ledger:
    """Charges of a shop whose receipts bear its owner's name; `known` of them a person may answer, one is open.

    Another shop charged the same amount as the open one, a day nearer to its receipt.
    """
    charges = [
        charge(f"T{n}", 4_000 + 37 * n, "SUNRISE BOOKS", DAY + timedelta(days=n), site="S1") for n in range(known + 1)
    ]
    receipts = [
        receipt(f"R{n}", 4_000 + 37 * n, "Quill & Daughters", DAY + timedelta(days=n + 2)) for n in range(known + 1)
    ]
    rival = charge("X", 4_000 + 37 * known, "WALRUS BICYCLES", DAY + timedelta(days=known + 1), site="S1")
    others = [rival, *(charge(f"X{n}", 4_000 + n, shop.upper()) for n, shop in enumerate(ELSEWHERE))]
    return ledger_of([*charges, *others], receipts)


def _probability(ledger: Ledger, *said: dict[str, object]) -> float:
    links = match(ledger, decisions=decisions_of(*said)).matches.filter(pl.col("transaction_id") == "T6")
    return float(links["probability"].item()) if links.height else 0.0


def test_confirmed_links_teach_an_alias_and_a_lag() -> None:
    ledger = _owner_s_name(6)
    said = [verdict("confirm", f"T{n}", f"R{n}") for n in range(6)]
    gone = [f"{letter}{n}" for letter in "TR" for n in range(6)]
    untaught = ledger_of(
        ledger.transactions.filter(~pl.col("transaction_id").is_in(gone)).to_dicts(),
        ledger.receipts.filter(~pl.col("id").is_in(gone)).to_dicts(),
    )
    assert _probability(untaught) < 0.5
    assert _probability(ledger, *said) > 0.9


def test_a_rejected_pair_counts_against_its_alias() -> None:
    ledger = _owner_s_name(6)
    confirmed = [verdict("confirm", f"T{n}", f"R{n}") for n in range(3)]
    rejected = [verdict("reject", f"T{n}", f"R{n}") for n in range(3, 6)]
    assert _probability(ledger, *confirmed, *rejected) < _probability(ledger, *confirmed)


def test_each_entry_says_who_taught_it_and_when() -> None:
    ledger = _owner_s_name(2)
    told = learnt(ledger, decisions_of(verdict("confirm", "T0", "R0"), verdict("reject", "T1", "R1")))
    assert told.select("decision_id", "who", "at", "what", "teaches").rows() == [
        ("confirm-T0-R0", "clerk", "2026-04-01T00:00:00Z", "alias", "SUNRISE BOOKS is Quill & Daughters"),
        ("confirm-T0-R0", "clerk", "2026-04-01T00:00:00Z", "lag", "receipt dated 2 days after the charge"),
        ("reject-T1-R1", "clerk", "2026-04-01T00:00:00Z", "never again", "T1 with R1"),
        ("reject-T1-R1", "clerk", "2026-04-01T00:00:00Z", "not an alias", "SUNRISE BOOKS was not Quill & Daughters"),
    ]


def test_nothing_is_learnt_of_what_is_undone_replaced_or_gone() -> None:
    ledger = _owner_s_name(2)
    said = decisions_of(
        verdict("confirm", "T0", "R0", undone_by="D9"),
        verdict("confirm", "T1", "R1"),
        verdict("reject", "T1", "R1", at="2026-05-01T00:00:00Z"),
        verdict("confirm", "T404", "R0"),
        verdict("reject", "T0", None),
    )
    assert set(learnt(ledger, said)["decision_id"]) == {"reject-T1-R1"}
    assert learnt(ledger, None).equals(LEARNT.empty())


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_an_undone_verdict_leaves_everything_as_it_was(seed: int, pick: int) -> None:
    ledger = random_ledger(seed)
    before = match(ledger)
    if before.matches.is_empty():
        return
    link = before.matches.row(pick % before.matches.height, named=True)
    act = "reject" if pick % 2 else "confirm"
    undone = verdict(act, link["transaction_id"], link["evidence_id"], link["evidence_kind"], undone_by="D-000002")
    after = match(ledger, decisions=decisions_of(undone))
    for name in ("matches", "candidates", "weights", "blocking"):
        assert_frame_equal(getattr(after, name), getattr(before, name))


@settings(max_examples=12)
@given(st.integers(0, 10_000))
def test_no_rejected_pair_comes_back_alone_or_in_a_group(seed: int) -> None:
    ledger, said = random_ledger(seed), list[dict[str, object]]()
    for _ in range(3):
        matching = match(ledger, decisions=decisions_of(*said))
        proposed = pl.concat(
            frame.select("transaction_id", "evidence_id", "evidence_kind")
            for frame in (matching.matches, matching.candidates)
        ).unique(maintain_order=True)
        refused = {(row["subject"], row["evidence_id"]) for row in said}
        assert refused.isdisjoint(proposed.select("transaction_id", "evidence_id").rows())
        said += [verdict("reject", *row) for row in proposed.rows()]


def test_rejecting_one_part_of_a_group_takes_the_group_apart() -> None:
    charges = [charge("T1", 52_000, site="S1", card="4321")]
    parts = [receipt("R1", 21_740, site="S1", card="4321"), receipt("R2", 30_260, site="S1", card="4321")]
    assert match(ledger_of(charges, parts)).matches.height == 2
    left = match(ledger_of(charges, parts), decisions=decisions_of(verdict("reject", "T1", "R1"))).matches
    assert left["evidence_id"].to_list() == ["R2"]
    assert "sum to the cent" not in left["explanation"].item()


def test_ten_decisions_cannot_swing_the_shares() -> None:
    """Ten odd links - confirmed at another site - leave the site's weight for the rest nearly what it was."""
    charges = [charge(f"T{n}", 3_000 + 11 * n, day=DAY + timedelta(days=n % 9), site="S1") for n in range(60)]
    receipts = [receipt(f"R{n}", 3_000 + 11 * n, day=DAY + timedelta(days=n % 9), site="S1") for n in range(60)]
    odd = [receipt(f"R{n}", 3_000 + 11 * n, day=DAY + timedelta(days=n % 9), site="S2") for n in range(10)]
    ledger = ledger_of(charges, [*odd, *receipts[10:]])
    said = decisions_of(*(verdict("confirm", f"T{n}", f"R{n}") for n in range(10)))
    weights = match(ledger, decisions=said).weights
    another = weights.filter((pl.col("comparison") == "site") & (pl.col("level") == "another"))
    assert another.filter(pl.col("stage") == "equal amounts")["m"].item() < 0.12

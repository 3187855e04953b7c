"""Whether accepting is earned: the bound, the threshold it tightens, and suggest-only."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.frames import Ledger
from pcard.matching import MatchSettings, match
from pcard.matching.automation import automation, upper_bound, value_of
from tests.matching.conftest import DAY, charge, decisions_of, ledger_of, random_ledger, receipt, verdict

SETTINGS = MatchSettings()


def _overturned(count: int) -> pl.DataFrame:
    return decisions_of(*(verdict("reject", f"T{n}", f"R{n}", value="accepted") for n in range(count)))


def test_the_bound_is_wilsons() -> None:
    assert upper_bound(0, 0) == 1.0
    assert upper_bound(0, 268) == pytest.approx(0.01, abs=1e-4)  # z²/(n + z²)
    assert upper_bound(1, 1000) == pytest.approx(0.004474, abs=1e-5)
    assert upper_bound(5, 5) == pytest.approx(1.0)


@given(st.integers(0, 40), st.integers(40, 4_000))
def test_more_overturned_never_loosens_and_more_upheld_never_tightens(wrong: int, accepted: int) -> None:
    here = automation(SETTINGS, accepted, _overturned(wrong))
    worse, longer = (
        automation(SETTINGS, accepted, _overturned(wrong + 1)),
        automation(SETTINGS, 2 * accepted, _overturned(wrong)),
    )
    assert SETTINGS.accept_probability <= here.accept_probability <= worse.accept_probability < 1.0
    assert longer.accept_probability <= here.accept_probability


def test_the_room_for_error_shrinks_as_the_bound_exceeds_what_is_allowed() -> None:
    found = automation(SETTINGS, 297, _overturned(3))
    bound = upper_bound(3, 300)
    assert found.tightened
    assert found.accept_probability == pytest.approx(1 - 0.03 * 0.01 / bound)
    assert "links are now accepted from" in found.words()
    assert not automation(SETTINGS, 3_000, _overturned(3)).tightened
    assert "3 of 3,003" in automation(SETTINGS, 3_000, _overturned(3)).words()
    assert automation(SETTINGS, 3, None).accept_probability == SETTINGS.accept_probability


def test_an_accepted_link_that_gave_way_to_another_is_overturned_and_an_answered_question_is_not() -> None:
    said = decisions_of(
        verdict("confirm", "T1", "R2", value="instead"),
        verdict("reject", "T3", "R3", value="review"),
        verdict("reject", "T4", "R4"),
        verdict("confirm", "T5", "R5", value="accepted"),
        verdict("unlink", "T6", "R6", value="accepted", undone_by="D-000009"),
        verdict("reject", "T7", "PO-1", "order", value="accepted"),
    )
    found = automation(SETTINGS, 100, said)
    assert (found.upheld, found.overturned, found.judged) == (1, 2, 102)


def test_what_a_verdict_finds() -> None:
    ledger = ledger_of([charge("T1", 5_000, site="S1")], [receipt("R1", 5_000, site="S1"), receipt("R2", 900, "Zebra")])
    row, matches = ledger.transactions.row(0, named=True), match(ledger).matches
    assert value_of(matches, row, "receipt", "R1") == "accepted"
    assert value_of(matches, row, "receipt", "R2") == "instead"
    assert value_of(matches, row, "order", "PO-1") is None
    part = matches.with_columns(amount_cents=pl.lit(4_100, pl.Int64))
    assert value_of(part, row, "receipt", "R2") is None  # the rest of the charge was open


def _month() -> Ledger:
    days = [DAY + timedelta(days=n % 20) for n in range(40)]
    charges = [charge(f"T{n:02}", 3_000 + 113 * n, day=days[n], site="S1") for n in range(40)]
    return ledger_of(charges, [receipt(f"R{n:02}", 3_000 + 113 * n, day=days[n], site="S1") for n in range(40)])


def test_a_tightened_threshold_turns_the_least_sure_links_into_questions() -> None:
    ledger, said = _month(), [verdict("reject", f"T{n:02}", f"R{n:02}", value="accepted") for n in range(8)]
    before, after = match(ledger), match(ledger, decisions=decisions_of(*said))
    assert after.automation.overturned == 8
    assert after.settings.accept_probability == after.automation.accept_probability > 0.99
    accepted = after.matches.filter(pl.col("outcome") == "accepted")
    assert (accepted["probability"] >= after.automation.accept_probability).all()
    undone = decisions_of(*({**row, "undone_by": "D-000099"} for row in said))
    assert match(ledger, decisions=undone).matches.equals(before.matches)


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_suggest_only_accepts_nothing_and_changes_nothing_else(seed: int) -> None:
    ledger = random_ledger(seed, 9)
    free, asked = match(ledger), match(ledger, MatchSettings(suggest_only=True))
    assert "accepted" not in asked.matches["outcome"].to_list()
    assert asked.matches.drop("outcome").equals(free.matches.drop("outcome"))
    assert asked.automation.accepted == free.matches["outcome"].to_list().count("accepted")


def test_suggest_only_says_when_accepting_is_earned() -> None:
    asked = MatchSettings(suggest_only=True)
    upheld = decisions_of(*(verdict("confirm", f"T{n}", f"R{n}", value="accepted") for n in range(270)))
    assert "not earned yet" in automation(asked, 500, upheld.head(100)).words()
    assert automation(asked, 500, upheld).words().endswith("accepting is earned.")
    assert automation(asked, 500, upheld).facts()["earned"] is True

"""What is counted among evidence that was moved in time, and what a count makes of a score."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.concluding.standing import standing
from pcard.matching.engine import match
from pcard.matching.records.encode import encode
from pcard.matching.weighing.coincidences import AS_ASSUMED, Correction, corrected, counted, moved
from tests.matching.conftest import DAY, charge, ledger_of, random_ledger, receipt

REACH = 31


def drawn(true: int, chance: int, offset: float, slope: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Scores of real pairs and of as many coincidences as are among them, whose odds are offset + slope * score."""
    rng = np.random.default_rng(seed)
    score = rng.uniform(-3.0, 6.0, 400_000)
    odds = np.exp2(offset + slope * score)
    coincidence = np.exp2(-0.9 * score)  # they thin out as scores rise
    coincidence /= coincidence.max()
    by_chance = rng.choice(score, chance, p=coincidence / coincidence.sum())
    also = rng.choice(score, chance, p=coincidence / coincidence.sum())
    matching = coincidence * odds
    return np.concatenate([rng.choice(score, true, p=matching / matching.sum()), also]), by_chance


@pytest.mark.parametrize(("offset", "slope"), [(0.0, 1.0), (1.5, 0.8), (-1.0, 0.9)])
def test_a_correction_is_what_the_counts_say(offset: float, slope: float) -> None:
    # As many true pairs as make the odds of a score what they are meant to be.
    score = np.linspace(-3.0, 6.0, 10_000)
    thin = np.exp2(-0.9 * score) / np.exp2(2.7)
    chance = 40_000
    true = int(chance * (thin * np.exp2(offset + slope * score)).sum() / thin.sum())
    real, by_chance = drawn(true, chance, offset, slope)
    found = corrected(real, by_chance, 1.0, found=0.0)
    assert found.offset == pytest.approx(offset, abs=0.25)
    assert found.slope == pytest.approx(slope, abs=0.06)


def test_where_nothing_was_moved_scores_are_worth_what_was_assumed() -> None:
    real, nothing = np.linspace(-3, 6, 50), np.empty(0)
    assert counted(real, nothing, 0.0, 50) == AS_ASSUMED
    assert (AS_ASSUMED.of(real) == 0.0).all()


def test_where_all_was_looked_at_and_nothing_found_scores_are_worth_more() -> None:
    real, nothing = np.repeat([0.0, 2.0, 4.0], 20), np.empty(0)
    assert counted(real, nothing, 1.0, 60).offset > 1.0


def test_a_handful_of_pairs_moves_little() -> None:
    found = corrected(np.array([1.0, 2.0, 4.0]), np.array([0.0]), 1.0, found=0.5)
    assert abs(found.offset) < 1.0
    assert found.slope >= 0.9


def test_more_coincidences_than_pairs_take_bits_off() -> None:
    few, many = np.repeat([0.0, 1.0, 2.0], 50), np.repeat([0.0, 1.0, 2.0], 60)
    assert Correction.of(corrected(few, many, 1.0, found=0.0), np.array([2.0])).item() < -1.0


@given(
    st.lists(st.floats(-20, 40), max_size=30), st.lists(st.floats(-20, 40), min_size=1, max_size=30), st.integers(1, 9)
)
def test_a_better_score_stays_better(real: list[float], by_chance: list[float], weight: int) -> None:
    found = counted(np.array(real), np.array(by_chance), float(weight), len(real))
    scores = np.linspace(-10.0, 30.0, 41)
    assert (np.diff(scores + found.of(scores)) > 0.0).all()


def moved_days(span_days: int) -> list[int]:
    """Days of the receipts of one charge a day, moved by 49 days."""
    days = [DAY + timedelta(days=day) for day in range(span_days)]
    ledger = ledger_of(
        [charge(f"T{n:03}", 1000 + n, day=day) for n, day in enumerate(days)],
        [receipt(f"R{n:03}", 1000 + n, day=day) for n, day in enumerate(days)],
    )
    side = standing("receipt", encode(ledger), None)
    chance = moved(side.meeting, side.still, 49, REACH)
    before = side.meeting.evidence.day[chance.rows]
    assert ((chance.meeting.evidence.day - before) % span_days == 49).all()
    return [abs(int(days)) for days in chance.meeting.evidence.day - before]


def test_moved_evidence_is_out_of_the_reach_of_its_own_charge() -> None:
    days = moved_days(120)
    assert len(days) == 120
    assert min(days) > REACH


def test_in_a_short_ledger_nothing_is_moved() -> None:
    assert moved_days(80) == []


def test_moved_evidence_is_judged_by_the_frequencies_of_the_whole() -> None:
    days = [DAY + timedelta(days=day) for day in range(120)]
    ledger = ledger_of(
        [charge(f"T{n:03}", 1000 + n % 7, day=day, site=f"S{n % 3}") for n, day in enumerate(days)],
        [receipt(f"R{n:03}", 1000 + n % 7, day=day, site=f"S{n % 3}") for n, day in enumerate(days)],
    )
    side = standing("receipt", encode(ledger), None)
    some = side.meeting.moved(np.array([5, 17, 90]), 49)
    for ours, whole in zip(some.equal_share, side.meeting.equal_share, strict=True):
        assert ours.tolist() == whole[[5, 17, 90]].tolist()
    for ours, whole in zip(some.vendor_shares, side.meeting.vendor_shares, strict=True):
        assert ours.tolist() == whole[[5, 17, 90]].tolist()
    assert some.evidence.rows["id"].to_list() == side.meeting.evidence.rows["id"][[5, 17, 90]].to_list()
    assert len(some.barred) == 0


def test_a_link_says_what_the_count_adds_and_still_adds_up() -> None:
    """Months of charges at one shop whose receipts leave a changing tip out: days alone tell them apart."""
    days = [DAY + timedelta(days=n // 2) for n in range(300)]
    tips = [1.15 + (n % 17) / 100 for n in range(300)]
    who = [{"site": f"S{n % 3}"} for n in range(300)]
    ledger = ledger_of(
        [charge(f"T{n:03}", round((4000 + 37 * n) * tips[n]), day=day, **who[n]) for n, day in enumerate(days)],
        [receipt(f"R{n:03}", 4000 + 37 * n, day=day, **who[n]) for n, day in enumerate(days)],
    )
    matches = match(ledger).matches
    counted_ones = [text for text in matches["explanation"] if "coincidences" in text]
    assert counted_ones
    for text in counted_ones:
        parts, total = text.rsplit(" = ", 1)
        tenths = [round(float(part.rsplit(" ", 1)[1]) * 10) for part in parts.split("; ")]
        assert sum(tenths) == round(float(total.split(" ", 1)[0]) * 10)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_no_count(seed: int) -> None:
    ledger = random_ledger(seed, 60)
    shuffled = ledger_of(
        ledger.transactions.sample(fraction=1.0, shuffle=True, seed=seed).to_dicts(),
        ledger.receipts.sample(fraction=1.0, shuffle=True, seed=seed).to_dicts(),
        ledger.orders.sample(fraction=1.0, shuffle=True, seed=seed).to_dicts(),
    )
    assert match(ledger).matches.equals(match(shuffled).matches)

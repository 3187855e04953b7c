from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.rebate.terms import Grid, Rate, Step, Tiers
from pcard.rebate.tiers import Volume, earned_cents, four_decimals, marginal_bps, reached

STEPS = tuple(
    Step.model_validate({"from": start, "bps": bps}) for start, bps in ((0, 100), (5_000_000, 135), (10_000_000, 150))
)
cents = st.integers(-10_000_000_00, 40_000_000_00)


def tiers(method: str, **more: object) -> Rate:
    return Rate(tiers=Tiers.model_validate({"method": method, "steps": STEPS, **more}))


@pytest.mark.parametrize(
    ("dollars", "cliff", "marginal"),
    [
        ("0", "0", "0"),
        ("4999999.99", "50000.00", "50000.00"),
        ("5000000.00", "67500.00", "50000.00"),
        ("5000000.01", "67500.00", "50000.00"),
        ("12000000.00", "180000.00", "147500.00"),
        ("-100.00", "-1.00", "-1.00"),
    ],
)
def test_a_step_holds_from_its_first_cent(dollars: str, cliff: str, marginal: str) -> None:
    volume = Volume({"standard": int(Decimal(dollars) * 100)})
    for method, expected in (("cliff", cliff), ("marginal", marginal)):
        rate = reached(tiers(method), "standard", volume)
        assert earned_cents(volume.total_cents, rate.bps) == int(Decimal(expected) * 100)


def test_a_cliff_looks_at_all_buckets_and_marginal_slices_at_their_own() -> None:
    volume = Volume({"standard": 4_000_000_00, "large_ticket": 2_000_000_00})
    assert reached(tiers("cliff"), "standard", volume).bps == 135
    assert reached(tiers("cliff", of="bucket"), "standard", volume).bps == 100
    assert reached(tiers("marginal"), "standard", volume).bps == 100
    assert reached(tiers("marginal", of="total"), "standard", volume).bps == Fraction(100 * 5 + 135, 6)


def test_the_pool_decides_where_its_volume_is_known() -> None:
    volume = Volume({"standard": 1_000_000_00}, pool_cents=10_000_000_00)
    assert reached(tiers("cliff"), "standard", volume).bps == 150
    assert reached(tiers("cliff", of="total"), "standard", volume).bps == 100
    assert reached(tiers("cliff", of="pool"), "standard", Volume({"standard": 1_00})).bps == 100


def test_a_grid_is_read_by_row_and_column() -> None:
    amounts = {"volume": (0, 1000), "average_ticket": (0, 150), "bps": ((80, 90), (95, 105))}
    rate = Rate(grid=Grid.model_validate(amounts))
    at = {(v, t): reached(rate, "a", Volume({"a": v}, 1, None, t)).bps for v in (99999, 100000) for t in (14999, 15000)}
    assert list(at.values()) == [80, 90, 95, 105]


def test_tiers_by_average_ticket_count_the_purchases() -> None:
    rate = tiers("cliff", by="average_ticket", steps=[{"from": 0, "bps": 80}, {"from": 150, "bps": 90}])
    assert reached(rate, "a", Volume({"a": 300_00}, purchases=2)).bps == 90
    assert reached(rate, "a", Volume({"a": 299_99}, purchases=2)).bps == 80
    assert reached(rate, "a", Volume({"a": 300_00}, purchases=0)).bps == 80


@given(cents, cents)
def test_more_volume_never_earns_less_where_no_tier_falls(one: int, other: int) -> None:
    less, more = sorted((one, other))
    for method in ("cliff", "marginal"):
        earned = [earned_cents(each, reached(tiers(method), "a", Volume({"a": each})).bps) for each in (less, more)]
        assert earned[0] <= earned[1]


@given(st.lists(st.integers(1, 9_000_000_00), min_size=1, max_size=6))
def test_slices_sum_to_the_whole(parts: list[int]) -> None:
    edges = [sum(parts[:count]) for count in range(len(parts) + 1)]
    exact = [edge * marginal_bps(STEPS, edge) for edge in edges]
    assert sum(b - a for a, b in pairwise(exact)) == exact[-1] - exact[0]
    assert all(b >= a for a, b in pairwise(exact))


@given(st.integers(-(10**13), 10**13), st.decimals(0, 1000, places=4))
def test_rounding_is_half_up_away_from_zero(volume: int, bps: Decimal) -> None:
    earned = earned_cents(volume, Fraction(bps))
    exact = abs(volume) * Fraction(bps) / 10_000
    assert abs(earned) - exact <= Fraction(1, 2)
    assert exact - abs(earned) < Fraction(1, 2)
    assert earned == -earned_cents(-volume, Fraction(bps))
    assert four_decimals(Fraction(bps)) == bps

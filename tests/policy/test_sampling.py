"""Samples: the same seed draws the same charges, whatever the order of the rows."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.policy.sampling import ALL, draw_money, draw_random, sealed


def charges(amounts: list[int]) -> pl.DataFrame:
    """Return charges of some amounts in cents, at two sites."""
    return pl.DataFrame(
        {
            "transaction_id": [f"t{index}" for index in range(len(amounts))],
            "date": [date(2026, 9, 16)] * len(amounts),
            "posted": [date(2026, 9, 17)] * len(amounts),
            "merchant": ["ROSEBAY"] * len(amounts),
            "site": ["101" if index % 4 else None for index in range(len(amounts))],
            "amount_cents": amounts,
        },
        schema_overrides={"amount_cents": pl.Int64, "site": pl.String},
    )


@given(st.integers(0, 30), st.text(max_size=5))
def test_a_draw_depends_on_the_seed_and_not_on_the_order(size: int, seed: str) -> None:
    frame = charges(list(range(100, 125)))
    drawn = draw_random(frame, size, seed)
    assert drawn.rows.height == min(size, 25)
    mixed = frame.sample(fraction=1, shuffle=True, seed=len(seed))
    assert draw_random(mixed, size, seed).rows.equals(drawn.rows)


def test_another_seed_draws_other_charges() -> None:
    frame = charges([100] * 200)
    one, other = draw_random(frame, 20, "one"), draw_random(frame, 20, "other")
    assert one.name != other.name
    assert one.seal != other.seal


def test_strata_give_in_proportion_and_one_at_the_least() -> None:
    drawn = draw_random(charges([100] * 40), 8, "s", by="site")
    assert drawn.rows["stratum"].value_counts().sort("stratum").rows() == [("101", 6), ("none", 2)]
    assert {name: part.charges for name, part in drawn.strata.items()} == {"101": 30, "none": 10}
    assert draw_random(charges([100] * 40), 1, "s", by="site").rows.height == 2


@given(st.lists(st.integers(-500, 90_000), min_size=1, max_size=60), st.integers(1, 20), st.text(max_size=3))
def test_every_interval_has_one_unit_and_a_large_charge_is_always_in(amounts: list[int], size: int, seed: str) -> None:
    drawn = draw_money(charges(amounts), size, seed)
    total = sum(amount for amount in amounts if amount > 0)
    assert drawn.strata[ALL].cents == total
    assert drawn.left_out == sum(amount <= 0 for amount in amounts)
    interval = drawn.interval_cents or 0
    assert abs(int(drawn.rows["units"].sum()) - total / interval) < 1
    large = {f"t{index}" for index, amount in enumerate(amounts) if amount >= interval}
    assert large <= set(drawn.rows["transaction_id"])
    for amount, units in drawn.rows.select("amount_cents", "units").rows():
        assert abs(units - amount / interval) < 1


def test_the_seal_is_of_letters_and_of_any_order() -> None:
    assert sealed(["b", "a"]) == sealed(["a", "b"])
    assert sealed(["a"]).isalpha()

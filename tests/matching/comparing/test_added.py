"""Comparisons of plugins: weighed by the same learning, explained, and refused where they are not what they should be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pcard.errors import Refused
from pcard.matching import match
from pcard.matching.explanation import read_sum
from tests.matching.conftest import ELSEWHERE, charge, ledger_of, order, random_ledger, receipt

_TWINS = [charge(f"T{n}", 5_000, site="S1", description=f"for room {n}") for n in range(2)]
_OTHERS = [charge(f"X{n}", 7_000 + 313 * n, shop) for n, shop in enumerate(ELSEWHERE)]


@dataclass
class Room:
    """The room that a description names."""

    name: str = "room"
    evidence: str = "receipt"
    levels: tuple[str, ...] = ("same", "another")
    shares: tuple[float, ...] = (0.9, 0.1)
    column: str = "charge.description"
    times: int = 1

    def level(self) -> pl.Expr:
        ours, theirs = (
            pl.col(self.column).str.extract(r"room (\d)"),
            pl.col("evidence.purpose").str.extract(r"room (\d)"),
        )
        return (ours != theirs).cast(pl.Int64) * self.times


def test_an_added_comparison_decides_between_twins_and_stands_in_the_sum() -> None:
    ledger = ledger_of([*_TWINS, *_OTHERS], [receipt("R1", 5_000, site="S1", purpose="chairs, room 1")])
    assert match(ledger).matches["transaction_id"].to_list() == ["T0"]  # equal charges are one claim
    matching = match(ledger, comparisons=[Room()])
    (link,) = matching.matches.to_dicts()
    assert link["transaction_id"] == "T1"
    assert link["probability"] > 0.9
    parts, score = read_sum(link["explanation"])
    assert sum(part.bits for part in parts) == score
    assert "room same" in [part.what for part in parts]
    weights = matching.weights.filter((pl.col("comparison") == "room") & (pl.col("stage") == "equal amounts"))
    assert weights["level"].to_list() == ["same", "another"]


def test_nothing_to_compare_weighs_nothing() -> None:
    ledger = random_ledger(7)
    assert_frame_equal(match(ledger, comparisons=[Room()]).matches, match(ledger).matches)


def test_orders_are_compared_in_ways_of_their_own() -> None:
    @dataclass
    class Fund:
        name: str = "fund"
        evidence: str = "order"
        levels: tuple[str, ...] = ("same", "another")
        shares: tuple[float, ...] = (9.0, 1.0)

        def level(self) -> pl.Expr:
            return (pl.col("charge.fund") != pl.col("evidence.fund")).cast(pl.Int64)

    charges = [charge("T1", 5_000, site="S1", fund="11"), charge("T2", 5_000, site="S1", fund="21"), *_OTHERS]
    matching = match(ledger_of(charges, orders=[order("PO-4001", 5_000, site="S1", fund="21")]), comparisons=[Fund()])
    (link,) = matching.matches.to_dicts()
    assert link["transaction_id"] == "T2"
    assert "fund same" in link["explanation"]


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (replace(Room(), name="amount"), "a built-in comparison has this name"),
        (replace(Room(), evidence="statement"), "that is receipt or order"),
        (replace(Room(), shares=(1.0,)), "each with a share above zero"),
        (replace(Room(), column="charge.colour"), "there is no column charge.colour"),
        (replace(Room(), times=7), "does not give every pair one of its levels"),
    ],
)
def test_a_comparison_that_is_not_what_the_door_asks_for_is_refused(room: Room, said: str) -> None:
    ledger = ledger_of([*_TWINS, *_OTHERS], [receipt("R1", 5_000, site="S1", purpose="room 1")])
    with pytest.raises(Refused, match=said) as refused:
        match(ledger, comparisons=[room])
    assert refused.value.faults[0].code == "comparison-broken"

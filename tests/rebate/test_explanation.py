from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.explanation import explain, how_counted
from tests.rebate.conftest import Charges, ProgramOf

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")
TERMS = """buckets:
- {id: supplies, when: {txn.mcc: "5943"}, rate: {bps: 90}}
- {id: standard, rate: {tiers: {over: contract_year, steps: [{from: 0, bps: 100}, {from: 500, bps: 112.5}]}}}
fees: [{id: access_fee, bps: 6.5}]
"""


def test_a_total_is_shown_as_a_sum(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1000_00}, {"cents": 33_33, "mcc": "5943"}, {"cents": 5_00, "kind": "fee"})
    accrual = accrue(frame, program_of(TERMS), QUARTER)
    assert explain(accrual).text() == (
        "Example terms, 2026Q1 (rounded half-up to the cent, each part once)\n"
        "  supplies     0.30  33.33 at 90 bps: flat rate\n"
        "  standard    11.25  1,000.00 at 112.5 bps: total volume of the contract year to date 1,033.33,"
        " tier from 500.00\n"
        "  access_fee  -0.67  1,033.33 at 6.5 bps: a fee on eligible\n"
        "  total       10.88\n"
    )
    supplies = explain(accrual, "supplies")
    assert supplies.lines.select("transaction_id", "volume_cents", "amount_cents").rows() == [("t000001", 33_33, 30)]
    assert explain(accrual, "access_fee").lines["amount_cents"].sum() == -67
    floor = accrue(frame, program_of(TERMS + "floor: {amount: 20.00}\n"), QUARTER)
    assert "  floor        8.45  20.00: raises the gross rebate to at least 20.00\n" in explain(floor).text()
    with pytest.raises(KeyError):
        explain(accrual, "nothing")


def test_each_charge_says_how_it_is_counted(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1000_00}, {"cents": 5_00, "kind": "fee"}, {"cents": 1, "day": date(2026, 4, 1)})
    accrual = accrue(frame, program_of(TERMS), QUARTER)
    assert [how_counted(accrual, name) for name in ("t000000", "t000001", "t000002")] == [
        "1,000.00 in the bucket standard",
        "fee does not count in this contract",
        "it is not dated in 2026Q1",
    ]


@given(st.lists(st.integers(-900_00, 900_00), min_size=1, max_size=20))
def test_the_lines_of_a_part_sum_to_it(program_of: ProgramOf, charges: Charges, amounts: list[int]) -> None:
    accrual = accrue(charges(*({"cents": cents} for cents in amounts)), program_of(TERMS), QUARTER)
    whole = explain(accrual)
    assert sum(part.amount_cents for part in whole.parts) == whole.total_cents == accrual.total_cents
    for part in whole.parts:
        shown = explain(accrual, part.name)
        if shown.lines["volume_cents"].sum():
            assert shown.lines["amount_cents"].sum() == part.amount_cents

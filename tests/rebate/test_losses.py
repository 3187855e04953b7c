from __future__ import annotations

from datetime import date

import pytest

from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.figures import Facts
from tests.rebate.conftest import Charges, ProgramOf

FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"
QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")


@pytest.mark.parametrize(
    ("trigger", "lost", "total"),
    [
        ("{above_bps: 20}", 20_00, 100_00),  # 20 bps of 10,000.00 is not above
        ("{above_bps: 20}", 20_01, 0),
        ("{above_bps: 20, losses: net}", 20_01, 0),
        ("{above_bps: 20, then: less, less_bps: 15}", 20_01, 85_00),
        ("{above_bps: 20, then: less, less_bps: 15}", 20_00, 100_00),
        ("{above_bps: 20, then: less, less_bps: 500}", 20_01, 0),
        ("{above_bps: 0}", 0, 100_00),
    ],
)
def test_losses_above_their_rate_take_the_rebate_or_a_part(
    program_of: ProgramOf, charges: Charges, trigger: str, lost: int, total: int
) -> None:
    program = program_of(FLAT + f"loss_trigger: {trigger}\n")
    found = accrue(charges({"cents": 10000_00}), program, QUARTER, Facts(gross_losses_cents=lost))
    assert found.total_cents == total == found.accruals["amount_cents"].sum()

from __future__ import annotations

from datetime import date

import pytest

from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.dues import due, estimate_due, lead_fee_cents, next_business_day
from tests.rebate.conftest import Charges, ProgramOf

FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"
QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30), "2026Q3")


@pytest.mark.parametrize(
    ("day", "open_day"),
    [
        (date(2026, 10, 15), date(2026, 10, 15)),
        (date(2026, 10, 10), date(2026, 10, 13)),  # a Saturday before Columbus Day
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 4)),
    ],
)
def test_a_due_day_moves_to_the_next_business_day(day: date, open_day: date) -> None:
    assert next_business_day(day) == open_day


def test_days_are_counted_from_the_periods_end(program_of: ProgramOf, charges: Charges) -> None:
    def days(payment: str) -> tuple[date | None, date | None]:
        accrual = accrue(charges({"cents": 100_00, "day": date(2026, 8, 1)}), program_of(FLAT + payment), QUARTER)
        return due(accrual), estimate_due(accrual)

    assert days("") == (None, None)
    assert days("payment: {due_days_after_period: 10}") == (date(2026, 10, 10), None)
    both = "payment: {due_days_after_period: 10, next_business_day: true, estimate_due_days_after_period: 3}"
    assert days(both) == (date(2026, 10, 13), date(2026, 10, 5))


def test_a_leads_fee_is_rounded_once_and_never_taken_from_a_debt(program_of: ProgramOf, charges: Charges) -> None:
    terms = FLAT + "payment: {due_days_after_period: 10, lead_fee_bps: 250}\n"
    accrual = accrue(charges({"cents": 5021_00, "day": date(2026, 8, 1)}), program_of(terms), QUARTER)
    assert (accrual.total_cents, lead_fee_cents(accrual)) == (50_21, 1_26)
    refunds = accrue(charges({"cents": -5021_00, "day": date(2026, 8, 1)}), program_of(terms), QUARTER)
    assert lead_fee_cents(refunds) == 0

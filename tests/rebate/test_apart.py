from __future__ import annotations

from datetime import date

import pytest

from pcard.rebate.accruals import accrue_periods
from pcard.rebate.apart import kept_apart
from tests.rebate.conftest import Charges, ProgramOf

TERMS = """buckets: [{id: standard, rate: {bps: 100}}]
sign_on: {amount: 5000.00, paid_on: 2026-01-01, cite: {contract: "section 7"}}
"""


def test_a_sum_for_signing_is_no_rebate(program_of: ProgramOf, charges: Charges) -> None:
    program = program_of(TERMS)
    accruals = accrue_periods(charges({"cents": 1000_00}), [program])
    assert [each.total_cents for each in accruals] == [10_00]
    assert kept_apart(program, accruals).select("what", "amount_cents", "cite").rows() == [
        ("sign_on", 5000_00, "contract: section 7")
    ]
    assert kept_apart(program_of("buckets: [{id: standard, rate: {bps: 100}}]")).is_empty()


@pytest.mark.parametrize(
    ("claw_back", "ended", "expected"),
    [
        ("{until: 2026-12-31}", date(2026, 7, 1), {"sign_on_returned": -5000_00}),
        ("{until: 2026-12-31}", date(2026, 12, 31), {}),
        ("{until: 2026-12-31}", None, {}),
        # 183 of 364 days were left: 2513.736 dollars.
        ("{until: 2026-12-31, sign_on: days_left}", date(2026, 7, 1), {"sign_on_returned": -2513_74}),
        ("{until: 2026-12-31, sign_on: none, months: 4}", date(2026, 7, 31), {"rebates_returned": -20_00}),
        ("{until: 2026-12-31, sign_on: none, months: 6}", date(2026, 7, 31), {"rebates_returned": -30_00}),
        ("{until: 2026-12-31, sign_on: none, months: 1}", date(2026, 3, 31), {"rebates_returned": -10_00}),
    ],
)
def test_what_goes_back_where_the_contract_ends_early(
    program_of: ProgramOf, charges: Charges, claw_back: str, ended: date | None, expected: dict[str, int]
) -> None:
    program = program_of(TERMS + f"claw_back: {claw_back}\n")
    frame = charges({"cents": 1000_00}, {"cents": 2000_00, "day": date(2026, 5, 1)})
    found = kept_apart(program, accrue_periods(frame, [program]), ended)
    assert dict(found.select("what", "amount_cents").rows()) == {"sign_on": 5000_00, **expected}

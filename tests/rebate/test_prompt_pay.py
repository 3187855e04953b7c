from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from pcard.rebate.clauses import PromptPay
from pcard.rebate.programs import load_program
from pcard.rebate.prompt_pay import average_days_to_pay, prompt_pay_bps, shown_days, whole_days
from pcard.shipped import shipped

TERMS = PromptPay.model_validate({"table": [{"days": 1, "bps": 20}, {"days": 5, "bps": 16}, {"days": 45, "bps": 1}]})


@pytest.mark.parametrize(
    ("average", "bps"),
    [("-3", 20), ("0", 20), ("1", 20), ("1.01", 16), ("5", 16), ("5.5", 1), ("45", 1), ("45.01", 0), ("300", 0)],
)
def test_a_row_holds_up_to_its_own_day(average: str, bps: int) -> None:
    assert prompt_pay_bps(TERMS, Decimal(average))[1] == bps


@pytest.mark.parametrize(("rounding", "days"), [("ceil", 6), ("floor", 5), ("half_up", 6)])
def test_a_fraction_of_a_day_is_rounded_as_the_contract_says(rounding: str, days: int) -> None:
    assert whole_days(Fraction(11, 2), rounding) == days
    assert whole_days(Decimal("5.49"), "half_up") == 5


def test_the_shipped_table_has_every_day_and_falls_unevenly() -> None:
    terms = load_program(shipped("rules") / "rebates" / "prompt-pay.yaml").terms.prompt_pay
    assert terms is not None
    assert [row.days for row in terms.table] == list(range(1, 46))
    rates = {row.days: row.bps for row in terms.table}
    found = [rates[day] for day in (1, 7, 8, 19, 20, 21, 40, 41, 45)]
    assert found == list(map(Decimal, ("20", "14", "13.5", "8.12", "7.75", "7.37", "1.5", "1.25", "0.25")))
    assert all(earlier.bps > later.bps for earlier, later in zip(terms.table, terms.table[1:], strict=False))


def test_days_are_weighted_by_dollars_and_each_step_is_shown() -> None:
    charges = pl.DataFrame(
        {
            "account": ["A"] * 4,
            "cycle": ["2026-01", "2026-01", "2026-02", "2026-03"],
            "posted": [date(2026, 1, 1), date(2026, 1, 21), date(2026, 2, 10), date(2026, 3, 1)],
            "amount_cents": [300_00, 100_00, 600_00, 50_00],
        }
    )
    payments = pl.DataFrame(
        {
            "account": ["A"] * 3,
            "cycle": ["2026-01", "2026-02", "2026-02"],
            "paid": [date(2026, 2, 5), date(2026, 3, 2), date(2026, 3, 12)],
            "amount_cents": [400_00, 300_00, 300_00],
        }
    )
    found = average_days_to_pay(charges, payments)
    # January: mean posting day 6, paid 36 days into the year: 30 days. February: paid on the mean day, 7 March: 25.
    assert found.average == Fraction(30 * 400 + 25 * 600, 1000) == 27
    assert found.unpaid_cents == 50_00
    assert found.steps["days"].to_list() == [30.0, 25.0, None]
    assert found.steps["paid"].to_list() == [date(2026, 2, 5), date(2026, 3, 7), None]
    assert shown_days(Fraction(55, 2)) == "27.50"


def test_without_a_payment_there_is_no_average() -> None:
    charges = pl.DataFrame(
        {"account": ["A"], "cycle": ["2026-01"], "posted": [date(2026, 1, 1)], "amount_cents": [100]}
    )
    none = charges.rename({"posted": "paid"}).clear()
    assert average_days_to_pay(charges, none).average is None

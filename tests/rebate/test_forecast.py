from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.rebate.accruals import accrue_periods, sort_out_versions
from pcard.rebate.forecast import forecast, forecast_months
from pcard.rebate.programs import Program
from tests.rebate.conftest import Charges, ProgramOf

TIERED = """buckets:
- id: standard
  rate: {tiers: {over: contract_year, method: marginal, steps: [{from: 0, bps: 100}, {from: 20000, bps: 200}]}}
"""


def program(program_of: ProgramOf) -> Program:
    return program_of(TIERED, first="2024-01-01", last="2030-12-31")


def months(charges: Charges, volumes: list[int]) -> pl.DataFrame:
    return charges(
        *({"cents": cents, "day": date(2024 + index // 12, index % 12 + 1, 5)} for index, cents in enumerate(volumes))
    )


def rows(program_of: ProgramOf, frame: pl.DataFrame, as_of: date) -> list[dict[str, Any]]:
    terms = program(program_of)
    (done,) = sort_out_versions(frame, [terms])
    return forecast(done, accrue_periods(frame, [terms]), as_of).to_dicts()


def test_steady_growth_gives_one_figure_thrice(program_of: ProgramOf, charges: Charges) -> None:
    # 1,000.00 a month, then 2,000.00; to the end of June 2026 4,000.00: each year doubles.
    frame = months(charges, [1000_00] * 12 + [2000_00] * 12 + [4000_00] * 6)
    found = rows(program_of, frame, date(2026, 7, 15))
    assert [row["case"] for row in found] == ["1 low", "2 middle", "3 high"]
    middle = found[1]
    # 24,000.00 so far: 200.00 + 80.00; six more months of 4,000.00 at 200 bps: 480.00.
    assert (middle["rebate_to_date_cents"], middle["volume_left_cents"], middle["rebate_of_year_cents"]) == (
        280_00, 24000_00, 760_00,
    )  # fmt: skip
    assert found[0]["rebate_of_year_cents"] == found[2]["rebate_of_year_cents"] == 760_00


def test_the_running_period_is_counted_once(program_of: ProgramOf, charges: Charges) -> None:
    frame = months(charges, [1000_00] * 31)
    (_, middle, _) = rows(program_of, frame, date(2026, 8, 10))
    assert (middle["rebate_to_date_cents"], middle["volume_left_cents"]) == (60_00, 5000_00)
    assert middle["rebate_of_year_cents"] == 120_00


def test_the_months_go_on_from_what_is_known_to_the_years_forecast(program_of: ProgramOf, charges: Charges) -> None:
    frame = months(charges, [1000_00] * 12 + [2000_00] * 12 + [3000_00] * 3 + [4000_00] * 3)
    (done,) = sort_out_versions(frame, [program(program_of)])
    found = forecast_months(done, date(2026, 7, 15))
    assert found["known_cents"].to_list()[:6] == [3000_00, 6000_00, 9000_00, 13000_00, 17000_00, 21000_00]
    assert found["known_cents"].null_count() == found["low_cents"].null_count() + 1 == 6
    low, middle, high = rows(program_of, frame, date(2026, 7, 15))
    for name, case in (("low_cents", low), ("middle_cents", middle), ("high_cents", high)):
        assert found[name].to_list()[5] == 21000_00
        assert abs(found[name].to_list()[-1] - 21000_00 - case["volume_left_cents"]) <= 6
    assert (
        forecast_months(sort_out_versions(months(charges, [1_00] * 5), [program(program_of)])[0], date(2024, 6, 1))[
            "low_cents"
        ].null_count()
        == 12
    )


@pytest.mark.parametrize("count", [0, 1, 23])
def test_below_24_months_nothing_is_forecast(program_of: ProgramOf, charges: Charges, count: int) -> None:
    frame = months(charges, [1000_00] * count)
    (row,) = rows(program_of, frame, date(2024 + count // 12, count % 12 + 1, 1))
    assert row["assumption"] == f"not enough history: {count} months of the 24 needed"
    assert row["rebate_of_year_cents"] is None


@given(st.lists(st.integers(1, 900_00), min_size=25, max_size=36))
def test_the_range_holds_the_middle(program_of: ProgramOf, charges: Charges, volumes: list[int]) -> None:
    as_of = date(2024 + len(volumes) // 12, len(volumes) % 12 + 1, 20)
    low, middle, high = rows(program_of, months(charges, volumes), as_of)
    assert low["volume_left_cents"] <= middle["volume_left_cents"] <= high["volume_left_cents"]
    assert low["rebate_of_year_cents"] <= middle["rebate_of_year_cents"] <= high["rebate_of_year_cents"]

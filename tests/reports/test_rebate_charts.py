from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from pcard.frames import SETTLEMENTS, SHARES
from pcard.reports.rebate_charts import by_site, forecast_band, three_ways, tier_progress
from pcard.reports.report import Band, Chart, Grouped, Ladder

STEPS = pl.DataFrame(
    {
        "program_id": ["p"] * 4, "period": ["2026Q1"] * 4, "bucket": ["standard"] * 4, "volume_cents": [300] * 4,
        "step_cents": [0, 200, 500, 90_000], "bps": [Decimal(90), Decimal(120), Decimal(140), Decimal(150)],
        "reached": [True, True, False, False],
    }
)  # fmt: skip
MONTHS = pl.DataFrame(
    {
        "program_id": ["p"] * 2, "month": [date(2026, 1, 1), date(2026, 2, 1)], "known_cents": [300, None],
        "low_cents": [300, 350], "middle_cents": [300, 400], "high_cents": [300, 600],
    }
)  # fmt: skip


def test_the_way_to_the_steps() -> None:
    (ladder,) = tier_progress(STEPS)
    assert isinstance(ladder, Ladder)
    assert (ladder.rows[0].value, ladder.rows[0].steps[2]) == (300, (500, "140 bps"))
    assert list(tier_progress(STEPS.clear())) == []


def test_a_forecast_has_the_steps_within_its_reach() -> None:
    (band,) = forecast_band(MONTHS, STEPS)
    assert isinstance(band, Band)
    assert (band.labels, band.series[0]) == (("Jan 26", "Feb 26"), ("known", (300, None)))
    assert [level for level, _ in band.marks] == [200, 500]
    unknown = MONTHS.with_columns(
        pl.lit(None, pl.Int64).alias(name) for name in ("low_cents", "middle_cents", "high_cents")
    )
    assert list(forecast_band(unknown, STEPS)) == []


def test_three_figures_side_by_side() -> None:
    rows = [
        {"program_id": program, "period": "2026Q1", "last": date(2026, 3, 31), "earned_cents": 10, "lead_fee_cents": 0,
         "estimated_cents": 0, "received_cents": 4, "difference_cents": -6, "state": "x"}
        for program in ("a", "b")
    ]  # fmt: skip
    (one,) = three_ways(SETTLEMENTS.rows(rows[:1]))
    assert isinstance(one, Grouped)
    assert (one.labels, [values for _, values in one.series]) == (("2026Q1",), [(10,), (None,), (4,)])
    (two,) = three_ways(SETTLEMENTS.rows(rows))
    assert isinstance(two, Grouped)
    assert two.labels == ("a 2026Q1", "b 2026Q1")
    assert list(three_ways(SETTLEMENTS.empty())) == []


def test_spend_and_share_stand_in_the_same_order() -> None:
    shares = SHARES.rows(
        {"program_id": "p", "period": "2026Q1", "site": site, "fund": "1", "volume_cents": volume, "share_cents": share}
        for site, volume, share in (("a", 100, 3), ("b", 200, 2), (None, 5, 0))
    )
    spend, share = by_site(shares)
    assert isinstance(spend, Chart)
    assert isinstance(share, Chart)
    assert spend.bars == (("b", 200), ("a", 100), ("no site", 5))
    assert share.bars == (("b", 2), ("a", 3), ("no site", 0))

from __future__ import annotations

from datetime import date

import pytest

from pcard.errors import Refused
from pcard.extensions import Plugin
from pcard.periods import Period
from pcard.rebate import program_checks
from pcard.rebate.accruals import accrue
from tests.rebate.conftest import Charges, ProgramOf

TERMS = (
    "buckets: [{{id: standard, rate: {{bps: 100}}}}]\nscheme: {{use: growth, with: {{bps: 50, least_bps: {least}}}}}\n"
)
QUARTER = Period(date(2027, 1, 1), date(2027, 3, 31), "2027Q1")


@pytest.mark.parametrize(
    ("before", "least", "grown"),
    [(600_00, 0, 2_00), (600_00, 6667, 0), (600_00, 6666, 2_00), (0, 0, 0), (1000_00, 0, 0)],
)
def test_growth_pays_on_what_was_bought_more_than_a_year_before(
    program_of: ProgramOf, charges: Charges, before: int, least: int, grown: int
) -> None:
    frame = charges(
        {"cents": 1000_00, "day": date(2027, 2, 1)}, {"cents": before, "day": date(2026, 3, 31)},
        {"cents": 7000_00, "day": date(2026, 4, 1)}, {"cents": 50_00, "day": date(2026, 2, 1), "kind": "fee"},
    )  # fmt: skip
    found = accrue(frame, program_of(TERMS.format(least=least)), QUARTER)
    assert found.earned.figures["growth"] == grown
    assert found.total_cents == 10_00 + grown == found.accruals["amount_cents"].sum()


def test_a_plugins_scheme_must_be_enabled(program_of: ProgramOf, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Plugin(program_checks.SCHEMES, "growth", "other-package", "1.0", "other:Growth", builtin=False)]
    monkeypatch.setattr(program_checks, "installed", lambda _: iter(found))
    with pytest.raises(Refused, match="pcard plugins enable growth") as refused:
        program_of(TERMS.format(least=0))
    assert [fault.code for fault in refused.value.faults] == ["scheme-not-enabled"]

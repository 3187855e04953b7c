from __future__ import annotations

from datetime import date

from pcard.ledger.assemble import assemble
from pcard.rebate.accruals import accrue_periods
from pcard.rebate.facts import NOTHING_STATED
from pcard.rebate.prospects import TABLES, prospects
from tests.rebate.conftest import Charges, ProgramOf

TIERED = "buckets: [{id: standard, rate: {tiers: {steps: [{from: 0, bps: 90}, {from: 5000, bps: 120}]}}}]\n"


def test_each_program_that_has_begun_looks_ahead(program_of: ProgramOf, charges: Charges) -> None:
    programs = [program_of(TIERED, id=name) for name in ("a", "b")]
    ledger = assemble({"transactions": charges({"cents": 1000_00})})
    accruals = [each for program in programs for each in accrue_periods(ledger.transactions, [program])]
    found = prospects(ledger, programs, accruals, NOTHING_STATED, date(2026, 2, 20))
    assert [table.name for table, _ in found.tables] == list(TABLES)
    assert found.frames["next_steps"]["program_id"].to_list() == ["a", "b"]
    assert found.frames["rebate_steps"].height == 4
    assert found.frames["assumptions"].height == 3
    before = prospects(ledger, programs, accruals, NOTHING_STATED, date(2025, 12, 31))
    assert before.frames["next_steps"].is_empty()

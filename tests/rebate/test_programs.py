from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pcard.errors import Refused
from pcard.rebate.programs import load_program, load_programs
from tests.rebate.conftest import ROOT, ProgramOf

FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"
RAISED = [ROOT / "rules" / "rebates" / f"raised-rate-{year}.yaml" for year in (2015, 2014)]


def test_versions_are_ordered_and_may_not_overlap(tmp_path: Path) -> None:
    assert [program.effective.first.year for program in load_programs(RAISED)] == [2014, 2015]
    late = tmp_path / "late.yaml"
    late.write_text(RAISED[1].read_text(encoding="utf-8").replace("2015-07-14", "2016-01-01"), encoding="utf-8")
    with pytest.raises(Refused, match=r"two versions in force on 2015-07-15; the other is late\.yaml"):
        load_programs([RAISED[0], late])


def test_the_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("format: pcard-rebate/2\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_programs([tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "missing.yaml"])
    assert {fault.place.source for fault in refused.value.faults} == {"a.yaml", "b.yaml", "missing.yaml"}


@pytest.mark.parametrize(
    ("period", "first", "day", "year"),
    [
        ("quarter", "2026-07-01", date(2027, 6, 30), date(2026, 7, 1)),
        ("quarter", "2026-07-01", date(2027, 7, 1), date(2027, 7, 1)),
        ("year", "2026-07-01", date(2027, 6, 30), date(2027, 1, 1)),
        ("{year_starts: 06-01}", "2026-01-01", date(2027, 5, 31), date(2026, 6, 1)),
        ("month", "2024-02-29", date(2026, 2, 28), date(2026, 2, 28)),
    ],
)
def test_the_contract_year_is_stated_the_periods_or_the_anniversary(
    program_of: ProgramOf, period: str, first: str, day: date, year: date
) -> None:
    program = program_of(FLAT, period=period, first=first, last="2029-12-31")
    assert program.contract_year(day).first == year


def test_a_stated_contract_year_goes_before(program_of: ProgramOf) -> None:
    program = program_of(FLAT, period="quarter\n  contract_year_starts: 10-01", last="2029-12-31")
    assert program.contract_year(date(2027, 9, 30)).first == date(2026, 10, 1)


def test_a_period_is_found_by_its_label(program_of: ProgramOf) -> None:
    program = program_of(FLAT, period="{year_starts: 06-01}")
    named = program.period_named("FY2027")
    assert named is not None
    assert (named.first, named.last) == (date(2026, 6, 1), date(2027, 5, 31))
    quarter = program.period_named("2026Q3")
    assert quarter is not None
    assert quarter.first == date(2026, 7, 1)
    assert program.period_named("FY27") is None
    assert program.period_named("next year") is None


@pytest.mark.parametrize("day", ["02-30", "13-01", "6-1", "02-29"])
def test_a_year_starts_on_a_day_that_every_year_has(program_of: ProgramOf, day: str) -> None:
    with pytest.raises(Refused, match=r"month and a day|no such day"):
        program_of(FLAT, period=f"{{year_starts: {day}}}")


def test_a_program_keeps_its_file_and_hash() -> None:
    program = load_program(RAISED[0])
    assert (program.id, program.file, len(program.sha256)) == ("raised-rate", "raised-rate-2015.yaml", 64)
    assert program.catch_all == "standard"


def test_an_empty_list_is_told(program_of: ProgramOf) -> None:
    with pytest.raises(Refused, match="at least one is needed"):
        program_of("buckets: []\n")

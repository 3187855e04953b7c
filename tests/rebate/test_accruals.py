from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.frames import ACCRUALS
from pcard.periods import Period, parse_period, period_holding
from pcard.rebate.accruals import Accrual, accrue, accrue_periods
from pcard.rebate.dues import due
from pcard.rebate.figures import Facts
from pcard.rebate.programs import load_programs
from tests.rebate.conftest import ROOT, Charges, ProgramOf, Row

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")
FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"
STEPS = "steps: [{from: 0, bps: 100}, {from: 1000, bps: 120}, {from: 5000, bps: 135}]"
TIERED = "buckets: [{{id: standard, rate: {{tiers: {{over: contract_year, method: {method}, {steps}}}}}}}]\n"
MIXED = """eligible: {exclude: [{txn.mcc: "6011"}]}
buckets:
- {id: large_ticket, when: {any: [{txn.large_ticket: true}, {txn.amount|gte: 500.00}]}, rate: {bps: 50}}
- {id: supplies, when: {txn.mcc: "5943"}, rate: {bps: 90}}
- {id: standard, rate: {bps: 100}}
"""

rows = st.lists(
    st.fixed_dictionaries(
        {
            "cents": st.integers(-2000_00, 3000_00),
            "day": st.dates(date(2026, 1, 1), date(2026, 12, 31)),
            "kind": st.sampled_from(["purchase", "purchase", "credit", "fee", "payment", "rebate"]),
            "mcc": st.sampled_from([None, "5943", "6011"]),
            "large_ticket": st.sampled_from([None, True, False]),
            "memo": st.sampled_from([False, False, False, True]),
        }
    ),
    max_size=25,
)


def cents(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].sum())


def total(accruals: list[Accrual]) -> int:
    return sum(accrual.total_cents for accrual in accruals)


def test_a_quarter_from_its_transactions_up(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges(
        {"cents": 1000_00}, {"cents": -100_00, "kind": "credit"}, {"cents": 600_00}, {"cents": 80_00, "mcc": "6011"},
        {"cents": -2000_00, "kind": "payment"}, {"cents": 30_00, "mcc": "5943", "day": date(2026, 3, 31)},
        {"cents": 50_00, "day": date(2026, 4, 1)}, {"cents": 12_00, "kind": "fee"},
    )  # fmt: skip
    program = program_of(MIXED + "payment: {due_days_after_period: 15}\n")
    accrual = accrue(frame, program, QUARTER)
    found = ACCRUALS.as_text(accrual.accruals).select("bucket", "volume", "excluded", "rate_bps", "amount", "cite")
    assert found.rows() == [
        ("large_ticket", "1600.00", "0.00", "50", "8.00", "contract: section 1"),
        ("standard", "-100.00", "92.00", "100", "-1.00", "contract: section 1"),
        ("supplies", "30.00", "0.00", "90", "0.27", "contract: section 1"),
    ]
    assert accrual.total_cents == 7_27 == accrual.accruals["amount_cents"].sum()
    assert accrual.earned.net_charge_volume_cents == 1622_00
    assert accrual.lines.height == 7
    assert due(accrual) == date(2026, 4, 15)
    assert accrual.exclusions.rows() == [
        ("excluded: the merchant category is 6011", "purchase", 1, 80_00),
        ("fee does not count in this contract", "fee", 1, 12_00),
        ("payments never count", "payment", 1, -2000_00),
    ]


def test_volume_that_no_bucket_takes_is_a_row_of_its_own(program_of: ProgramOf, charges: Charges) -> None:
    program = program_of('buckets: [{id: only, when: {txn.mcc: "5943"}, rate: {bps: 10}}]')
    found = accrue(charges({"cents": 100_00}), program, QUARTER).accruals
    assert found.select("bucket", "volume_cents", "excluded_cents").rows() == [("no_bucket", 0, 100_00), ("only", 0, 0)]


@pytest.mark.parametrize(
    ("period", "labels"),
    [
        ("month", ["2026-02", "2026-03", "2026-04", "2026-05"]),
        ("quarter", ["2026Q1", "2026Q2"]),
        ("half_year", ["2026H1"]),
        ("year", ["2026"]),
        ("{year_starts: 04-01}", ["FY2026", "FY2027"]),
    ],
)
def test_periods_are_the_contracts_own(program_of: ProgramOf, charges: Charges, period: str, labels: list[str]) -> None:
    frame = charges({"cents": 100_00}, {"cents": 200_00, "day": date(2026, 5, 31)})
    accruals = accrue_periods(frame, [program_of(FLAT, period=period)])
    assert [accrual.period.label for accrual in accruals] == labels
    assert total(accruals) == 3_00


def test_a_stretch_asked_for_gives_the_periods_in_it_or_itself(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 100_00}, {"cents": 200_00, "day": date(2026, 5, 31)})

    def labels(asked: str) -> list[str]:
        return [each.period.label for each in accrue_periods(frame, [program_of(FLAT)], parse_period(asked))]

    assert labels("2026H1") == ["2026Q1", "2026Q2"]
    assert labels("2026Q2") == ["2026Q2"]
    assert labels("2026-05") == ["2026-05"]
    assert labels("2025") == []
    assert accrue_periods(frame.clear(), [program_of(FLAT)]) == []


@pytest.mark.parametrize(
    ("method", "true_up", "quarters"),
    [
        ("cliff", False, [9_00, 7_20, 67_50]),
        ("cliff", True, [9_00, 9_00, 69_75]),
        ("marginal", False, [9_00, 7_00, 62_25]),
    ],
)
def test_a_contract_year_goes_on_from_quarter_to_quarter(
    program_of: ProgramOf, charges: Charges, method: str, true_up: bool, quarters: list[int]
) -> None:
    # The year to date is 900, 1,500 and 6,500: one tier further each quarter.
    frame = charges(
        {"cents": 900_00}, {"cents": 600_00, "day": date(2026, 5, 1)}, {"cents": 5000_00, "day": date(2026, 9, 30)},
        {"cents": 100_00, "day": date(2027, 1, 1)},
    )  # fmt: skip
    terms = TIERED.format(method=method, steps=STEPS) + ("true_up: true\n" if true_up else "")
    found = accrue_periods(frame, [program_of(terms)])
    expected = [*quarters, 0, 1_00]  # nothing in the last quarter, then a new contract year
    assert [accrual.total_cents for accrual in found] == expected


def test_what_a_period_carries_forward_goes_into_the_next(program_of: ProgramOf, charges: Charges) -> None:
    program = program_of(FLAT + "offsets: {credit_losses: gross, carry_forward: true}\n")
    frame = charges({"cents": 1000_00}, {"cents": 1000_00, "day": date(2026, 5, 1)})
    losses = {"2026Q1": Facts(gross_losses_cents=14_00)}
    found = accrue_periods(frame, [program], facts=lambda _, period: losses.get(period.label, Facts()))
    assert [accrual.total_cents for accrual in found] == [0, 6_00]
    assert [accrual.earned.carry_out_cents for accrual in found] == [4_00, 0]


def test_each_transaction_counts_under_the_terms_in_force(charges: Charges) -> None:
    folder = ROOT / "rules" / "rebates"
    versions = load_programs([folder / "raised-rate-2015.yaml", folder / "raised-rate-2014.yaml"])
    days = [date(2015, 7, 14), date(2015, 7, 15)]
    frame = charges(*({"cents": 1000_00, "day": day} for day in days))
    found = accrue_periods(frame, versions)
    assert [(each.period.label, each.total_cents) for each in found] == [
        ("2015Q3", 16_00),
        ("2015Q3 from 2015-07-15", 16_50),
    ]
    assert [each.lines.height for each in found] == [1, 1]


def test_the_years_volume_goes_on_across_versions(program_of: ProgramOf, charges: Charges) -> None:
    terms = TIERED.format(method="cliff", steps=STEPS)
    old = program_of(terms, first="2026-01-01", last="2026-05-14")
    new = program_of(terms.replace("bps: 120", "bps: 200"), first="2026-05-15", last="2027-12-31")
    frame = charges({"cents": 900_00}, {"cents": 200_00, "day": date(2026, 5, 15)})
    assert accrue(frame, new, period_holding(date(2026, 5, 15), "quarter"), earlier=[old]).total_cents == 4_00
    assert [each.total_cents for each in accrue_periods(frame, [old, new])] == [9_00, 0, 4_00]


def test_what_is_not_known_is_asked(program_of: ProgramOf, charges: Charges) -> None:
    terms = """buckets: [{id: standard, rate: {tiers: {of: pool, steps: [{from: 0, bps: 100}]}}}]
prompt_pay: {table: [{days: 30, bps: 10}]}
offsets: {credit_losses: gross}
"""
    frame, program = charges({"cents": 100_00}), program_of(terms)
    asked = accrue(frame, program, QUARTER).questions
    assert [question.code for question in asked] == [
        "rebate-days-unknown", "rebate-losses-unknown", "rebate-pool-unknown",
    ]  # fmt: skip
    assert all(question.warning for question in asked)
    known = Facts(pool_volume_cents=1, average_days_to_pay=Decimal(3), gross_losses_cents=0)
    assert accrue(frame, program, QUARTER, known).questions == ()


@given(rows)
def test_every_cent_is_in_a_bucket_or_excluded_with_a_reason(
    program_of: ProgramOf, charges: Charges, given_rows: list[Row]
) -> None:
    frame = charges(*given_rows)
    for accrual in accrue_periods(frame, [program_of(MIXED)]):
        within = frame.filter(pl.col("posted").is_between(accrual.period.first, accrual.period.last))
        buckets, excluded = cents(accrual.accruals, "volume_cents"), cents(accrual.exclusions, "volume_cents")
        assert buckets + excluded == cents(within, "amount_cents") == cents(accrual.lines, "volume_cents")
        net = buckets + cents(accrual.accruals, "excluded_cents")
        assert net == accrual.earned.net_charge_volume_cents
        assert accrual.accruals["amount_cents"].sum() == accrual.total_cents


@given(rows)
def test_the_order_of_rows_changes_nothing(program_of: ProgramOf, charges: Charges, given_rows: list[Row]) -> None:
    frame = charges(*given_rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=len(given_rows))
    program = program_of(MIXED)
    for one, other in zip(accrue_periods(frame, [program]), accrue_periods(shuffled, [program]), strict=True):
        assert one.accruals.equals(other.accruals)
        assert one.lines.equals(other.lines)
        assert one.earned == other.earned


@given(rows, rows)
def test_parts_sum_to_the_whole_where_the_contract_is_linear(
    program_of: ProgramOf, charges: Charges, one: list[Row], other: list[Row]
) -> None:
    # At 100 bps every whole dollar earns a whole cent, so that rounding takes no part.
    whole = [{**row, "cents": row["cents"] // 100 * 100} for row in (*one, *other)]
    program = program_of(FLAT, period="year")
    parts = [accrue_periods(charges(*part), [program]) for part in (whole[: len(one)], whole[len(one) :])]
    assert total(accrue_periods(charges(*whole), [program])) == sum(total(part) for part in parts)


@given(rows, st.integers(1, 6000_00), st.sampled_from(["cliff", "marginal"]))
def test_more_eligible_spend_never_lowers_a_years_rebate(
    program_of: ProgramOf, charges: Charges, given_rows: list[Row], more: int, method: str
) -> None:
    positive = [{**row, "cents": abs(row["cents"]), "kind": "purchase"} for row in given_rows]
    program = program_of(TIERED.format(method=method, steps=STEPS), period="year")
    without = total(accrue_periods(charges(*positive), [program]))
    assert total(accrue_periods(charges(*positive, {"cents": more}), [program])) >= without


@given(rows)
def test_the_quarters_of_a_marginal_year_sum_to_the_year(
    program_of: ProgramOf, charges: Charges, given_rows: list[Row]
) -> None:
    terms = TIERED.format(method="marginal", steps=STEPS)
    frame = charges(*given_rows)
    assert total(accrue_periods(frame, [program_of(terms)])) == total(
        accrue_periods(frame, [program_of(terms, period="year")])
    )


def test_a_cliff_year_trued_up_sums_to_the_year(program_of: ProgramOf, charges: Charges) -> None:
    terms = TIERED.format(method="cliff", steps=STEPS) + "true_up: true\nminimum: {volume: 1000}\n"
    frame = charges(*({"cents": 333_33 * month, "day": date(2026, month, 9)} for month in range(1, 13)))
    assert total(accrue_periods(frame, [program_of(terms)])) == total(
        accrue_periods(frame, [program_of(terms, period="year")])
    )


@pytest.mark.parametrize(
    ("first", "annualise", "rate"),
    [
        ("2026-10-01", "true", 135),
        ("2026-10-01", "false", 100),
        ("2026-01-01", "true", 100),
        ("2026-10-16", "true", 135),
    ],
)
def test_a_part_years_volume_is_looked_up_as_a_whole_years(
    program_of: ProgramOf, charges: Charges, first: str, annualise: str, rate: int
) -> None:
    tiers = f"tiers: {{over: contract_year, annualise: {annualise}, steps: [{{from: 0, bps: 100}}, {{from: 4000, bps: 135}}]}}"
    program = program_of(f"buckets: [{{id: standard, rate: {{{tiers}}}}}]\n", first=first)
    program = replace(program, terms=program.terms.model_copy(update={"program": program.terms.program.model_copy(
        update={"contract_year_starts": "01-01"})}))  # fmt: skip
    quarter = Period(date(2026, 10, 1), date(2026, 12, 31), "2026Q4")
    (part,) = accrue(charges({"cents": 1000_00, "day": date(2026, 11, 1)}), program, quarter).earned.parts
    assert part.bps == rate
    assert ("annualised from" in part.words) == (annualise == "true" and first > "2026-01-01")

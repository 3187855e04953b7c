from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.frames import ALLOCATIONS, SHARES
from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.shares import apportion, by_the_charge, siteless
from tests.rebate.conftest import Charges, ProgramOf

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")
FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"


def lines(*rows: tuple[int, int, str | None, str | None]) -> pl.DataFrame:
    """Make ALLOCATIONS of (number of the charge, cents, site, fund)."""
    return ALLOCATIONS.rows(
        {
            "transaction_id": f"t{number:06}", "line_no": f"{index:03}", "amount_cents": cents, "site": site,
            "fund": fund, "source": "coding",
        }
        for index, (number, cents, site, fund) in enumerate(rows)
    )  # fmt: skip


def test_shares_follow_the_coding_lines_by_site_and_fund(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1000_00}, {"cents": 500_00}, {"cents": -400_00, "kind": "credit"}, {"cents": 9_00})
    coded = lines(
        (0, 600_00, "hs", "10"), (0, 400_00, "ms", "20"), (1, 500_00, "hs", "20"), (2, -400_00, "es", "10")
    )  # fmt: skip
    program = program_of(FLAT)
    shares = apportion(accrue(frame, program, QUARTER), coded, program)
    # 11.09 over 600 + 500 + 400 + 9; the site with only refunds has no weight, the uncoded charge no site.
    assert shares.drop("program_id", "period").rows() == [
        ("es", "10", -400_00, 0),
        ("hs", "10", 600_00, 4_41),
        ("hs", "20", 500_00, 3_67),
        ("ms", "20", 400_00, 2_94),
        (None, None, 9_00, 7),
    ]
    assert shares.schema == SHARES.schema


def test_a_program_may_share_by_site_alone(program_of: ProgramOf, charges: Charges) -> None:
    program = program_of(FLAT + "allocation: {by: [site, site]}\n")
    coded = lines((0, 600_00, "hs", "10"), (0, 400_00, "hs", "20"))
    shares = apportion(accrue(charges({"cents": 1000_00}), program, QUARTER), coded, program)
    assert shares.select("site", "fund", "share_cents").rows() == [("hs", None, 10_00)]


@pytest.mark.parametrize("volume", [0, -500_00])
def test_a_floor_nobody_earned_stands_under_no_site(program_of: ProgramOf, charges: Charges, volume: int) -> None:
    program = program_of(FLAT + "floor: {amount: 50.00}\n")
    frame = charges({"cents": volume, "kind": "credit"})
    shares = apportion(accrue(frame, program, QUARTER), lines((0, volume, "hs", "10")), program)
    assert shares.select("site", "share_cents").rows() == [("hs", 0), (None, 50_00)]
    nothing = apportion(accrue(frame.clear(), program, QUARTER), lines(), program)
    assert nothing.select("site", "share_cents").rows() == [(None, 50_00)]


def test_what_the_district_owes_is_shared_too(program_of: ProgramOf, charges: Charges) -> None:
    from pcard.rebate.figures import Facts

    program = program_of(FLAT + "offsets: {credit_losses: gross, may_be_negative: true}\n")
    frame = charges({"cents": 100_00}, {"cents": 200_00})
    accrual = accrue(frame, program, QUARTER, Facts(gross_losses_cents=13_01))
    shares = apportion(accrual, lines((0, 100_00, "es", "10"), (1, 200_00, "hs", "10")), program)
    assert shares["share_cents"].to_list() == [-3_34, -6_67]


@pytest.mark.parametrize(
    ("terms", "funds"),
    [
        ('allocation: {redirect: {"60": "10"}}', {"10": 500_00, "22": 200_00, "51": 300_00}),
        ('allocation: {others: "10"}', {"10": 1000_00}),
        ('allocation: {others: "10", federal: ["51"], keep: ["22"]}', {"10": 500_00, "22": 200_00, "51": 300_00}),
        ('allocation: {others: "10", redirect: {"60": "61"}, federal: ["51"], federal_funds: as_others, keep: ["22"]}',
         {"10": 400_00, "22": 200_00, "61": 400_00}),
    ],
)  # fmt: skip
def test_a_funds_part_goes_where_the_district_says(
    program_of: ProgramOf, charges: Charges, terms: str, funds: dict[str, int]
) -> None:
    program = program_of(FLAT + terms)
    coded = lines((0, 400_00, "hs", "60"), (0, 100_00, "hs", "10"), (0, 200_00, "hs", "22"), (0, 300_00, "hs", "51"))
    shares = apportion(accrue(charges({"cents": 1000_00}), program, QUARTER), coded, program)
    assert dict(shares.select("fund", "volume_cents").rows()) == funds
    assert shares["share_cents"].sum() == 10_00


allocated = st.lists(
    st.tuples(st.integers(-500_00, 900_00), st.sampled_from(["a", "b", "c", None]), st.sampled_from(["1", "2", None])),
    max_size=20,
)


def test_a_site_that_only_the_card_names_gets_no_share(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1000_00}, {"cents": 500_00}, {"cents": 500_00})
    coded = lines((0, 1000_00, "hs", "10"), (1, 500_00, "ms", "10"), (2, 500_00, "ms", "51"))
    coded = coded.with_columns(
        source=pl.when(pl.col("transaction_id") != "t000000").then(pl.lit("card")).otherwise("source")
    )
    funds = frame.select("transaction_id").with_columns(fund_from=pl.Series(["coding", "site", "transaction"]))
    program = program_of(FLAT)
    shares = apportion(accrue(frame, program, QUARTER), by_the_charge(coded, funds), program)
    assert shares.select("site", "fund", "share_cents").rows() == [
        ("hs", "10", 10_00),
        (None, "51", 5_00),
        (None, None, 5_00),
    ]
    (question,) = siteless(shares)
    assert question.startswith("example 2026Q1: 1,000.00 of the volume names no site")
    assert by_the_charge(lines((0, 1, "hs", "10")), funds).height == 1


@given(
    allocated,
    st.sampled_from(["", "floor: {amount: 7.77}\n", "fees: [{id: fee, bps: 120}]\n", 'allocation: {others: "1"}\n']),
)
def test_shares_sum_to_the_accrual(
    program_of: ProgramOf, charges: Charges, parts: list[tuple[int, str | None, str | None]], more: str
) -> None:
    program = program_of(FLAT + more)
    frame = charges(*({"cents": cents, "kind": "purchase" if cents > 0 else "credit"} for cents, _, _ in parts))
    coded = lines(*((number, *part) for number, part in enumerate(parts)))
    accrual = accrue(frame, program, QUARTER)
    shares = apportion(accrual, coded, program)
    assert shares["share_cents"].sum() == accrual.total_cents
    assert shares["volume_cents"].sum() == accrual.earned.eligible_cents
    assert (
        "others" in more
        or shares.filter(
            (pl.col("volume_cents") < 0) & (pl.col("share_cents") != 0) & pl.col("site").is_not_null()
        ).is_empty()
    )
    assert apportion(accrual, coded.reverse(), program).equals(shares)

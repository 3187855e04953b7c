from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.bank_report import REPORT_LINES, REPORT_TYPES, BankReport
from pcard.rebate.claim import claim_letter
from pcard.rebate.comparison import Comparison, compare, name_key
from tests.rebate.conftest import Charges, ProgramOf

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")
TWO = """buckets:
- {id: large_ticket, when: {txn.amount|gte: 5000.00}, rate: {bps: 50}, called: [LT]}
- {id: standard, rate: {bps: 100}}
eligible: {exclude: [{txn.mcc: "6011"}]}
"""


def report_of(*rows: dict[str, Any]) -> BankReport:
    """Make a report of a line a transaction: cents, type, and what differs from 1 February at Shop."""
    lines = REPORT_LINES.rows(
        {"line": index, "date": date(2026, 2, 1), "merchant": "SHOP", "amount_cents": row["cents"],
         **{name: value for name, value in row.items() if name != "cents"}}
        for index, row in enumerate(rows, 2)
    )  # fmt: skip
    return BankReport("bank.csv", lines, REPORT_TYPES.empty())


def standard(cents: int, **more: Any) -> dict[str, Any]:
    return {"cents": cents, "type": "Standard", "rate_bps": Decimal(100), **more}


def compared(program_of: ProgramOf, frame: pl.DataFrame, report: BankReport) -> Comparison:
    return compare(accrue(frame, program_of(TWO), QUARTER), report, frame)


def whys(found: Comparison) -> list[tuple[str, str | None, int, str]]:
    return found.explained.select("bucket", "transaction_id", "volume_cents", "why").rows()


def test_a_report_that_agrees(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 100_00}, {"cents": 100_00}, {"cents": 6000_00, "reference": "R3"})
    report = report_of(
        standard(100_00), standard(100_00),
        {"cents": 6000_00, "type": "LT", "rate_bps": Decimal(50), "reference": "R3", "date": date(2026, 1, 31)},
    )  # fmt: skip
    found = compared(program_of, frame, report)
    assert (found.difference_cents, found.reported_cents, whys(found)) == (0, 32_00, [])
    assert "We claim nothing" in claim_letter(found, "Wrenfield", date(2026, 5, 1))


def test_each_difference_is_named_by_its_charge(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges(
        {"cents": 100_00}, {"cents": 6000_00}, {"cents": 70_00, "mcc": "6011"}, {"cents": 30_00, "reference": "R4"},
        {"cents": 11_00, "day": date(2026, 4, 2), "reference": "R5"},
    )  # fmt: skip
    report = report_of(
        standard(6000_00), standard(70_00), standard(29_00, reference="R4"), standard(11_00, reference="t000004"),
        standard(5_00),
    )  # fmt: skip
    found = compared(program_of, frame, report)
    other = "the bank has it as standard, by the contract it is large_ticket"
    assert whys(found) == [
        ("large_ticket", "t000001", 6000_00, other),
        ("standard", "t000000", 100_00, "missing in the bank's report"),
        ("standard", "t000001", -6000_00, other),
        ("standard", "t000002", -70_00, "the bank counts it; by the contract: excluded: the merchant category is 6011"),
        ("standard", "t000003", 1_00, "the bank has another amount"),
        ("standard", None, -11_00, "the bank counts it here, we in another period"),
        ("standard", None, -5_00, "in the bank's report, not among our charges of the period"),
    ]
    assert found.variance.select("bucket", "our_amount_cents", "bank_amount_cents").rows() == [
        ("large_ticket", 30_00, 0), ("standard", 1_30, 61_15),
    ]  # fmt: skip


def test_a_summary_splits_volume_rate_and_arithmetic(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1000_00}, {"cents": 6000_00})
    types = REPORT_TYPES.rows(
        [
            {"line": 2, "type": "Standard", "amount_cents": 900_00, "rate_bps": Decimal(90), "rebate_cents": 8_00},
            {
                "line": 3,
                "type": "Large Ticket",
                "amount_cents": 6000_00,
                "rate_bps": Decimal(50),
                "rebate_cents": 30_00,
            },
            {"line": 4, "type": "Speed of pay", "amount_cents": 0, "rebate_cents": 3_00},
        ]
    )
    found = compared(program_of, frame, BankReport("bank.csv", REPORT_LINES.empty(), types))
    columns = ("bucket", "difference_cents", "of_volume_cents", "of_rate_cents", "of_arithmetic_cents")
    assert found.variance.select(columns).rows() == [
        ("Speed of pay", -3_00, 0, -3_00, 0), ("large_ticket", 0, 0, 0, 0), ("standard", 2_00, 1_00, 90, 10),
    ]  # fmt: skip
    assert found.difference_cents == -1_00


def test_a_claim_names_the_clause_and_the_charges(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 100_00}, {"cents": 900_00, "merchant": "EVIL\x1b[2J SHOP"})
    letter = claim_letter(compared(program_of, frame, report_of(standard(100_00))), "Wrenfield", date(2026, 5, 1))
    assert "the difference\nof 9.00" in letter
    assert "Contract: contract: section 1." in letter
    assert "900.00 (t000001), standard: missing in the bank's report" in letter
    assert "\x1b" not in letter


def test_names_are_compared_without_signs_and_case() -> None:
    assert name_key(" Large-Ticket ") == name_key("large_ticket") == "large_ticket"


sides = st.lists(
    st.tuples(
        st.integers(-900, 700_000), st.sampled_from(["6011", None]), st.sampled_from([0, 0, 1, 2, 3]), st.booleans()
    ),
    max_size=8,
)


@given(sides, st.lists(st.integers(1, 900), max_size=3))
def test_the_lines_sum_to_the_difference_of_each_buckets_volume(
    program_of: ProgramOf, charges: Charges, rows: list[tuple[int, str | None, int, bool]], extra: list[int]
) -> None:
    frame = charges(
        *({"cents": cents, "mcc": mcc, "reference": f"R{index}"} for index, (cents, mcc, _, _) in enumerate(rows))
    )
    lines = [
        {
            "cents": cents + (how == 2),
            "type": "LT" if how == 3 else "Standard",
            "reference": f"R{index}" if named else None,
        }
        for index, (cents, _, how, named) in enumerate(rows)
        if how != 1
    ]
    found = compared(program_of, frame, report_of(*lines, *({"cents": cents, "type": "Standard"} for cents in extra)))
    if not lines and not extra:
        return
    by_bucket = dict(found.explained.group_by("bucket").agg(pl.col("volume_cents").sum()).rows())
    for row in found.variance.iter_rows(named=True):
        assert row["our_volume_cents"] - row["bank_volume_cents"] == by_bucket.get(row["bucket"], 0)
        parts = row["of_volume_cents"] + row["of_rate_cents"] + row["of_arithmetic_cents"]
        assert parts == row["difference_cents"] == row["our_amount_cents"] - row["bank_amount_cents"]
    assert found.difference_cents == found.accrual.total_cents - found.reported_cents

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pcard.rebate.eligibility import LINES, as_lines, is_volume, sort_out
from tests.rebate.conftest import Charges, ProgramOf

TERMS = """
eligible: {include: [purchase, credit], exclude: [{txn.mcc|in: ["6010", "6011"]}]}
buckets:
- id: large_ticket
  when: WHEN
  rate: {bps: 50}
- id: standard
  rate: {bps: 100}
"""
EITHER = "{any: [{txn.large_ticket: true}, {txn.amount|gte: 7255.00}]}"


@pytest.mark.parametrize(
    ("when", "buckets"),
    [
        # dollars and the bank's flag: 8000 unsaid, 8000 said no, 100 said yes, 100 unsaid, 7255.00, 7254.99
        (EITHER, "large standard large standard large standard"),
        ("{txn.amount|gte: 7255.00}", "large standard large standard large standard"),
        ("{txn.large_ticket: true}", "standard standard large standard standard standard"),
        ("{txn.large_ticket: false, txn.amount|gte: 7255.00}", "standard large standard standard standard standard"),
    ],
)
def test_the_banks_own_flag_beats_an_amount_rule(
    program_of: ProgramOf, charges: Charges, when: str, buckets: str
) -> None:
    rows = [(8000_00, None), (8000_00, False), (100_00, True), (100_00, None), (7255_00, None), (7254_99, None)]
    found = sort_out(
        charges(*({"cents": cents, "large_ticket": flag} for cents, flag in rows)),
        program_of(TERMS.replace("WHEN", when)),
    )
    assert [bucket.removesuffix("_ticket") for bucket in found["bucket"]] == buckets.split()


def test_another_buckets_amount_rule_is_not_the_flags_business(program_of: ProgramOf, charges: Charges) -> None:
    terms = TERMS.replace("WHEN", "{txn.amount|lt: 10.00}").replace("large_ticket", "small")
    found = sort_out(charges({"cents": 9_99, "large_ticket": False}), program_of(terms))
    assert found["bucket"].to_list() == ["small"]


def test_every_charge_that_does_not_count_says_why(program_of: ProgramOf, charges: Charges) -> None:
    program = program_of(TERMS.replace("WHEN", EITHER))
    found = sort_out(
        charges(
            {"cents": 100}, {"cents": -30, "kind": "credit"}, {"cents": 100, "mcc": "6011"},
            {"cents": 5, "kind": "fee"}, {"cents": -900, "kind": "payment"}, {"cents": 7, "kind": "transfer"},
            {"cents": -50, "kind": "rebate"}, {"cents": 100, "memo": True}, {"cents": 100, "day": date(2025, 12, 31)},
            {"cents": -9, "kind": "payment", "memo": True},
        ),
        program,
    )  # fmt: skip
    assert as_lines(found).schema == LINES.schema
    assert found["excluded"].to_list() == [
        None,
        None,
        "excluded: the merchant category is one of 6010, 6011",
        "fee does not count in this contract",
        "payments never count",
        "transfers never count",
        "rebates never count",
        "a memo line, counted elsewhere",
        "outside the days these terms are in force",
        "payments never count",
    ]
    assert found["bucket"].to_list() == ["standard"] * 4 + [None] * 4 + ["standard", None]
    assert found.filter(is_volume())["volume_cents"].sum() == 100 - 30 + 100 + 5


def test_what_no_bucket_takes_is_said(program_of: ProgramOf, charges: Charges) -> None:
    terms = 'buckets: [{id: only, when: {txn.mcc: "5943"}, rate: {bps: 10}}]'
    found = sort_out(charges({"cents": 1, "mcc": "5943"}, {"cents": 2, "mcc": None}), program_of(terms))
    assert found["excluded"].to_list() == [None, "no bucket of the contract takes it"]


@pytest.mark.parametrize(
    ("dated_by", "days"),
    [
        ("posted", ["2026-04-02", "2026-05-05"]),
        ("purchased", ["2026-03-30", "2026-05-05"]),
        ("statement", ["2026-04-25", "2026-05-31"]),
    ],
)
def test_a_contract_dates_by_posting_purchase_or_statement(
    program_of: ProgramOf, charges: Charges, dated_by: str, days: list[str]
) -> None:
    frame = charges(
        {"cents": 1, "posted": date(2026, 4, 2), "date": date(2026, 3, 30)},
        {"cents": 1, "posted": date(2026, 5, 5), "date": date(2026, 5, 5)},
    ).with_columns(cycle=pl.Series(["2026-04", "2026-05b"]))
    cycles = pl.DataFrame({"cycle": ["2026-04"], "opened": [date(2026, 3, 26)], "closed": [date(2026, 4, 25)]})
    program = program_of("buckets: [{id: all, rate: {bps: 10}}]", dated_by=dated_by)
    assert sort_out(frame, program, cycles)["day"].to_list() == [date.fromisoformat(day) for day in days]
    if dated_by == "statement":
        assert sort_out(frame, program)["day"].to_list() == [date(2026, 4, 30), date(2026, 5, 31)]


def test_lines_are_sorted_by_transaction(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges({"cents": 1}, {"cents": 2}, {"cents": 3})
    program = program_of("buckets: [{id: all, rate: {bps: 10}}]")
    assert sort_out(frame.reverse(), program).equals(sort_out(frame, program))

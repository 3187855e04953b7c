"""QIF: our own files with golden outputs, every fault, the order of dates."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.importers.bank_files.qif import Qif
from pcard.ledger.normalise import Normalised, normalise
from pcard.money import format_cents

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "qif"
FILES = sorted(FOLDER.rglob("*.qif"))


def read(text: str) -> Normalised:
    document = document_of("register.qif", text.encode())
    return normalise(Qif().extract(document), document)


def register(*dates: str, kind: str = "Bank") -> str:
    """Write a register with a line of a cent a date."""
    return f"!Type:{kind}\n" + "".join(f"D{day}\nT-0.01\nPPAPER\n^\n" for day in dates)


def days(*written: str) -> list[date] | set[str]:
    """Return the days that are read, or the codes of the faults."""
    result = read(register(*written))
    if result.faults:
        return {fault.code for fault in result.faults}
    return result.records["bank_lines"].sort("line")["date"].to_list()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files(path: Path, as_golden: Any) -> None:
    as_golden(Qif(), path)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("05/13/2026", date(2026, 5, 13)),
        ("13/05/2026", date(2026, 5, 13)),
        ("5/13/26", date(2026, 5, 13)),
        ("5/13/99", date(1999, 5, 13)),
        ("5/13'26", date(2026, 5, 13)),
        ("6/ 5'26", date(2026, 6, 5)),
        ("6/5'26", date(2026, 6, 5)),
        ("13/ 5'26", date(2026, 5, 13)),
        ("05.06.2026", date(2026, 6, 5)),
        ("5.6'2026", date(2026, 6, 5)),
        ("2026-06-05", date(2026, 6, 5)),
        ("5 Jun 2026", date(2026, 6, 5)),
        ("5-Jun-26", date(2026, 6, 5)),
        ("04/04/2026", date(2026, 4, 4)),
    ],
)
def test_a_date_with_one_reading(written: str, read_as: date) -> None:
    assert days(written) == [read_as]


@pytest.mark.parametrize("written", ["05/06/2026", "5-6-26", "05/06/26", "5/6'2026"])
def test_a_date_with_two_readings_refuses_the_file(written: str) -> None:
    assert days(written) == {"qif-dates-ambiguous"}


@settings(max_examples=30)
@given(st.lists(st.dates(date(1990, 1, 1), date(2060, 12, 31)), min_size=1, max_size=6), st.booleans())
def test_one_order_for_the_whole_file(dates: list[date], day_first: bool) -> None:
    written = [f"{day:%d/%m/%Y}" if day_first else f"{day:%m/%d/%Y}" for day in dates]
    told = any(day.day > 12 for day in dates) or all(day.day == day.month for day in dates)
    assert days(*written) == (dates if told else {"qif-dates-ambiguous"})


def test_a_date_that_does_not_fit_the_order_is_named() -> None:
    result = read(register("09/15/2026", "09/16/2026", "17/09/2026"))
    assert [(fault.code, fault.place.line) for fault in result.faults] == [("qif-date", 10)]


def test_cards_turn_their_sign_and_accounts_do_not() -> None:
    card, bank = read(register("09/15/2026", kind="CCard")), read(register("09/15/2026"))
    assert card.records["transactions"]["amount_cents"].to_list() == [1]
    assert card.records["transactions"]["kind"].to_list() == ["purchase"]
    assert bank.records["bank_lines"]["amount_cents"].to_list() == [-1]


@pytest.mark.parametrize(
    ("written", "cents"), [("-1,234.56", -123456), ("1.234,56", 123456), ("-25,24", -2524), ("1 025,53", 102553)]
)
def test_an_amount_with_one_reading(written: str, cents: int) -> None:
    result = read(f"!Type:Bank\nD09/15/2026\nT{written}\n^\n")
    assert not result.faults
    assert result.amount_cents == {"": cents}


@pytest.mark.parametrize("written", ["1,234", "1E+1", "NaN", "12..5", ""])
def test_an_amount_without_one_is_refused_with_its_line(written: str) -> None:
    (fault,) = errors_of(read(f"!Type:Bank\nD09/15/2026\nT{written}\n^\n").faults)
    assert (fault.place.line, fault.place.field) == (2, "amount")


def test_no_full_account_number_is_left(read_with: Any, shown: Any) -> None:
    extract = read_with(Qif(), FOLDER / "checking.qif")
    assert extract.cut == {"Operating 0044 1772 0093"}
    assert "1772" not in shown(extract)


@settings(max_examples=20)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8))
def test_every_record_is_taken(amounts: list[int]) -> None:
    text = "!Type:Bank\n" + "".join(
        f"D09/15/2026\nU{format_cents(c)}\nT{format_cents(c)}\nSA\n$1.00\n^\n" for c in amounts
    )
    result = read(text)
    assert not result.faults
    assert result.accepted == len(amounts)
    assert sum(result.amount_cents.values()) == sum(amounts)
    assert errors_of(read(text[:-2]).faults)


@settings(max_examples=30)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200))
def test_damage_never_raises(noise: str) -> None:
    read(noise)
    read("!Type:Bank\n" + noise)


def test_the_hostile_cases(shared: Path, ingested: Any) -> None:
    folder = shared / "hostile" / "issues"
    cases = [case for case in json.loads((folder / "CASES.json").read_text()) if case["file"].startswith("qif-")]
    assert cases
    for case in cases:
        result = ingested(folder / case["file"])
        if errors_of(result.faults):
            assert case["expect"] == "parse-or-refuse", case
            continue
        assert result.accepted == case["count"]
        assert Decimal(format_cents(-sum(result.amount_cents.values()))) == Decimal(case["sum"])

"""MT940 and MT942: our own files with golden outputs, every fault."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.importers.bank_files.mt940 import Mt940
from pcard.ledger.normalise import Normalised, normalise
from pcard.money import format_cents

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "mt940"
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".sta", ".mt942"))
STATEMENT = (FOLDER / "statement.sta").read_text(encoding="utf-8")


def read(text: str) -> Normalised:
    document = document_of("statement.sta", text.encode())
    return normalise(Mt940().extract(document), document)


def codes(result: Normalised) -> set[str]:
    return {fault.code for fault in result.faults}


def statement(lines: list[str], net: int) -> str:
    """Write a statement whose balances fit its lines."""
    closing = f"{'D' if net < 0 else 'C'}260915USD{format_cents(abs(net)).replace('.', ',')}"
    return "\n".join((":20:A", ":25:0093", ":28C:1/1", ":60F:C260914USD0,00", *lines, f":62F:{closing}", ""))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files(path: Path, as_golden: Any) -> None:
    as_golden(Mt940(), path)


def test_reversals_turn_the_direction_they_reverse() -> None:
    result = read(STATEMENT)
    assert not result.faults
    assert result.records["bank_lines"].sort("line")["amount_cents"].to_list() == [-481290, 12345, -2000, 2050]


def test_the_entry_date_counts_and_crosses_the_year() -> None:
    result = read(statement([":61:2612310102D1,00NMSC"], -100))
    assert [str(day) for day in result.records["bank_lines"]["date"]] == ["2027-01-02"]


def test_no_full_account_number_is_left(read_with: Any, shown: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        extract = read_with(Mt940(), FOLDER / "statement.sta")
        read(STATEMENT.replace(":28C:00183/001", ":28C:004417720093/1"))
    assert extract.cut == {"004417720093", "12500024/004417720093"}
    assert not any(number in shown(extract) for number in extract.cut)
    assert "004417720093" not in caplog.text


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("USD120311,05", "USD120311,04"),
        ("C260914USD125000,00", "D260914USD125000,00"),
        (":62F:C260915USD120311,05\n", ""),
    ],
)
def test_a_balance_that_is_not_reached_refuses(right: str, wrong: str) -> None:
    assert codes(read(STATEMENT.replace(right, wrong))) == {"control-mismatch"}


def test_sums_of_an_interim_report_that_are_off_refuse() -> None:
    interim = (FOLDER / "interim.mt942").read_text(encoding="utf-8")
    for right, wrong in ((":90D:1USD", ":90D:2USD"), (":90C:1USD12,50", ":90C:1USD12,51")):
        assert codes(read(interim.replace(right, wrong))) == {"control-mismatch"}


def test_every_fault_is_said_at_once() -> None:
    wrong = STATEMENT.replace("D4812,90", "D4.812,90").replace("CD123,45", "C1E+2").replace("USD125000,00", "USD1e5")
    assert [(fault.code, fault.place.line) for fault in read(wrong).faults] == [
        ("mt940-field", 5), ("mt940-field", 6), ("mt940-field", 9),
    ]  # fmt: skip


def test_figures_of_thousands_of_digits_are_refused() -> None:
    long = "9" * 5000
    for text in (STATEMENT.replace("4812,90", long), ":20:A\n:90D:" + long + "USD1,\n"):
        assert errors_of(read(text).faults)


LINE = st.tuples(st.sampled_from(["C", "D", "RC", "RD"]), st.integers(0, 10**9))


@settings(max_examples=20)
@given(st.lists(LINE, max_size=8))
def test_lines_add_up_to_the_closing_balance(lines: list[tuple[str, int]]) -> None:
    net = sum(-cents if mark in ("D", "RC") else cents for mark, cents in lines)
    texts = [
        f":61:2609150915{mark}{format_cents(cents).replace('.', ',')}NMSCNONREF//{n}\n:86:line {n}"
        for n, (mark, cents) in enumerate(lines)
    ]
    result = read(statement(texts, net))
    assert not errors_of(result.faults)
    assert result.accepted == len(lines)
    assert sum(result.amount_cents.values()) == net


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30), st.integers(0, len(STATEMENT)))
def test_damage_never_raises(noise: str, at: int) -> None:
    read(STATEMENT[:at] + noise + STATEMENT[at + len(noise) :])
    read(STATEMENT[:at])


@pytest.mark.parametrize(("written", "cents"), [("4,185", 419), (",45", 45), ("4,", 400), ("0004,1", 410)])
def test_amounts_are_rounded_half_up_to_the_cent(written: str, cents: int) -> None:
    result = read(f":20:A\n:25:2718\n:28C:1\n:61:2609160916C{written}NTRFNONREF\n:86:x\n-\x1a")
    assert result.amount_cents == {"": cents}
    assert [fault.code for fault in result.faults] == ["decimals-rounded"] * (written == "4,185")

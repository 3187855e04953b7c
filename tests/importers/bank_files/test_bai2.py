"""BAI2: our own files with golden outputs, every fault, and the laws of its totals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.importers.bank_files.bai2 import Bai2
from pcard.ledger.normalise import Normalised, normalise

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "bai2"
FILES = sorted(FOLDER.rglob("*.bai"))


def read(text: str) -> Normalised:
    document = document_of("prior-day.bai", text.encode())
    return normalise(Bai2().extract(document), document)


def report(amounts: list[tuple[str, int]], *, off_by: int = 0, more: str = "") -> str:
    """Write a report of one account with right totals, or with one that is off."""
    lines = [
        f"16,{code},{amount},,B{place},C{place},TEXT, {place}{more}" for place, (code, amount) in enumerate(amounts)
    ]
    count = "\n".join(lines).count("\n") + 1 if lines else 0
    total = sum(amount for _, amount in amounts)
    return "\n".join(
        (
            "01,CASCADEBANK,ALDERUSD,260916,0530,7,,,2/",
            "02,ALDERUSD,CASCADEBANK,1,260915,2400,USD,2/",
            "03,004417720093,USD/",
            *lines,
            f"49,{total + off_by},{count + 2}/",
            f"98,{total + off_by},1,{count + 4}/",
            f"99,{total + off_by},1,{count + 6}/",
        )
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files(path: Path, as_golden: Any) -> None:
    as_golden(Bai2(), path)


def test_no_full_account_number_is_left(read_with: Any, shown: Any) -> None:
    extract = read_with(Bai2(), FOLDER / "prior-day.bai")
    assert extract.cut == {"004417720093", "004417720101", "004417720119"}
    assert not any(number in shown(extract) for number in extract.cut)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["142", "195", "399", "451", "475", "699", "720", "760", "920", "960"]),
            st.integers(0, 10**9),
        )
    )
)
def test_every_line_is_taken_with_the_sign_of_its_type(amounts: list[tuple[str, int]]) -> None:
    result = read(report(amounts))
    assert not errors_of(result.faults)
    assert result.accepted == len(amounts)
    paid_in = ("142", "195", "399", "720", "920")
    assert sum(result.amount_cents.values()) == sum(cents if code in paid_in else -cents for code, cents in amounts)


@settings(max_examples=20)
@given(st.integers(1, 10**6), st.sampled_from([1, -1]))
def test_a_total_that_is_off_refuses(size: int, sign: int) -> None:
    result = read(report([("142", 500)], off_by=size * sign))
    assert {fault.code for fault in errors_of(result.faults)} == {"control-mismatch"}


@settings(max_examples=20)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])), st.integers(0, 60))
def test_damage_is_said_and_never_raises(noise: str, at: int) -> None:
    text = report([("142", 500), ("475", 700)])
    read(text[: at * 4] + noise + text[at * 4 + len(noise) :])
    assert errors_of(read(text[: -2 - at]).faults)  # only the last slash may be missing


def test_a_text_keeps_its_commas_and_slashes_over_lines() -> None:
    result = read(report([("165", 500)], more="/PO 612, SITE 3\n88,REBATE / Q3/"))
    assert not errors_of(result.faults)
    assert result.records["bank_lines"]["description"].to_list() == ["TEXT, 0/PO 612, SITE 3 REBATE / Q3"]


def test_figures_of_thousands_of_digits_are_refused() -> None:
    for wrong in ("49," + "9" * 5000, "49,5x,3"):
        text = report([("142", 500)]).replace("49,500", wrong)
        assert errors_of(read(text).faults)
    assert errors_of(read(report([("142", int("9" * 30))])).faults)


def test_the_hostile_cases(shared: Path, ingested: Callable[[Path], Normalised]) -> None:
    folder = shared / "hostile" / "issues"
    cases = [case for case in json.loads((folder / "CASES.json").read_text()) if case["file"].startswith("bai2-")]
    assert cases
    for case in cases:
        result = ingested(folder / case["file"])
        assert bool(errors_of(result.faults)) == (case["expect"] == "refuse"), case
        assert case["count"] in (None, result.accepted)

"""Concur's Standard Accounting Extract: our own file with its golden output, every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.importers.card_files.concur import Concur
from pcard.ledger.normalise import Normalised, normalise

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "concur_sae"
FILES = sorted(path for path in FOLDER.rglob("*.txt") if not path.name.endswith(".txt.txt"))
EXTRACT = (FOLDER / "extract.txt").read_text(encoding="utf-8")


def read(text: str) -> Normalised:
    document = document_of("extract.txt", text.encode())
    return normalise(Concur().extract(document), document)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files(path: Path, as_golden: Any) -> None:
    as_golden(Concur(), path)


def test_cash_is_paid_to_the_employee_and_cards_are_coded() -> None:
    result = read(EXTRACT)
    assert not result.faults
    assert (result.accepted, result.amount_cents) == (3, {"": 9845})
    (paid,) = result.records["ap_payments"].to_dicts()
    assert (paid["vendor"], paid["payee_type"], paid["amount_cents"]) == ('RIVER | VALLEY "TRANSIT"', "employee", 6000)
    assert result.records["coding"].sort("line")["amount_cents"].to_list() == [6345, -2500]


@pytest.mark.parametrize(("right", "wrong"), [("|3|98.45", "|4|98.45"), ("|98.4500", "|98.4600"), ("|98.4500", "|")])
def test_a_header_that_disagrees_refuses(right: str, wrong: str) -> None:
    assert {fault.code for fault in read(EXTRACT.replace(right, wrong, 1)).faults} == {"control-mismatch"}


def test_a_lost_or_cut_line_refuses() -> None:
    lines = EXTRACT.splitlines(keepends=True)
    assert errors_of(read("".join(lines[:-1])).faults)
    assert errors_of(read(EXTRACT[: -len(lines[-1]) // 2]).faults)


@pytest.mark.parametrize("written", ["+63,4500", "1E+1", "", "63.4.5"])
def test_a_bad_amount_is_refused_with_its_line(written: str) -> None:
    faults = errors_of(read(EXTRACT.replace("|+63.4500|", f"|{written}|")).faults)
    assert (3, "amount") in {(fault.place.line, fault.place.field) for fault in faults}

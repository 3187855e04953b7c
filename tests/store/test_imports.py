from __future__ import annotations

import json

import pytest

from pcard.documents import Document
from pcard.errors import Fault, Place, Refused
from pcard.frames import Control
from pcard.ledger.normalise import Normalised
from pcard.store.workspace import Workspace
from tests.store.conftest import charge, document, listed, normalised

_PLACE = Place("bank.csv", 3)
_UNBALANCED = Fault(
    "control-mismatch", _PLACE, "the document states total 10.00, its lines give 9.00", "download again"
)
_UNREADABLE = Fault("amount-unreadable", _PLACE, "“x” is no amount", "correct it")


def changed(taken: Normalised, **values: object) -> Normalised:
    return Normalised(**{**vars(taken), **values})


def test_a_document_with_faults_is_refused_with_all_of_them(workspace: Workspace) -> None:
    taken = normalised([charge(1)], faults=[_UNREADABLE, _UNBALANCED])
    with pytest.raises(Refused) as refused:
        workspace.import_document(document("a"), taken)
    assert refused.value.faults == (_UNREADABLE, _UNBALANCED)
    assert workspace.trail()["act"].to_list() == ["init"]


def test_a_warning_refuses_nothing(workspace: Workspace) -> None:
    warning = Fault("amount-rounded", _PLACE, "rounded", "none", warning=True)
    assert workspace.import_document(document("a"), normalised([charge(1)], faults=[warning])).accepted == 1


def test_an_unbalanced_document_is_taken_when_a_person_says_so_and_the_difference_kept(workspace: Workspace) -> None:
    control = Control("total", "10.00", "9.00")
    taken = normalised([charge(1)], faults=[_UNBALANCED], controls=[control, Control("count", "1", "1")])
    with pytest.raises(Refused, match="its lines give"):
        workspace.import_document(document("a"), taken)
    workspace.import_document(document("a"), taken, accepted_unbalanced=True)
    assert json.loads(workspace.imports()["unbalanced"][0]) == [["total", "10.00", "9.00"]]
    with pytest.raises(Refused, match="is no amount"):
        workspace.import_document(
            document("b"), normalised([charge(2)], faults=[_UNREADABLE]), accepted_unbalanced=True
        )


def test_sums_go_by_currency_and_leave_memo_lines_out(workspace: Workspace) -> None:
    rows = [charge(1, currency="USD"), charge(2, currency="CAD"), charge(3), charge(4, memo=True)]
    taken = changed(normalised(rows), amount_cents={"USD": 1001, "CAD": 1002, "": 1003})
    assert workspace.import_document(document("a"), taken).amount_cents == {"USD": 1001, "CAD": 1002, "": 1003}
    more = changed(normalised([*rows, charge(5)]), amount_cents={"USD": 1001, "CAD": 1002, "": 2008})
    assert workspace.import_document(document("b"), more).amount_cents == {"USD": 0, "CAD": 0, "": 1005}


def test_what_a_statement_registers_beside_its_lines_is_not_counted(workspace: Workspace) -> None:
    tables = {"transactions": [charge(1)], "statements": [listed("statements", 1)], "cards": [listed("cards", 1)]}
    taken = workspace.import_document(document("a"), normalised(tables))
    assert (taken.accepted, taken.statements) == (1, 1)
    again = workspace.import_document(document("b"), normalised(tables))
    assert (again.accepted, again.already_present) == (0, 1)


def allocated(*charges: tuple[int, int]) -> Normalised:
    """Return a portal export: so many allocation lines for each charge, one line of the file each."""
    lines, coding = [], []
    for number, parts in charges:
        start = number * 10
        lines.append(charge(number, line=start))
        coding += [
            listed("coding", start + part, transaction=f"T{number}", line=start + part, identity=f"c{start + part}")
            for part in range(parts)
        ]
    taken = normalised({"transactions": lines, "coding": coding})
    return changed(taken, accepted=sum(parts for _, parts in charges))


def test_allocation_lines_are_counted_as_lines(workspace: Workspace) -> None:
    first = workspace.import_document(document("a"), allocated((1, 3), (2, 1)))
    assert (first.accepted, first.already_present) == (4, 0)
    second = workspace.import_document(document("b"), allocated((2, 1), (3, 2)))
    assert (second.accepted, second.already_present, second.amount_cents) == (2, 1, {"": 1003})
    third = workspace.import_document(document("c"), allocated((1, 3), (3, 2)))
    assert (third.accepted, third.already_present) == (0, 5)


def test_a_file_may_be_read_as_two_tables(workspace: Workspace) -> None:
    orders, receipts = normalised({"orders": [listed("orders", 1)]}), normalised({"receipts": [listed("receipts", 1)]})
    assert workspace.import_document(document("a"), orders).import_id == "I-0001"
    assert workspace.import_document(document("a"), receipts).import_id == "I-0002"
    assert workspace.import_document(document("a"), orders).import_id is None
    workspace.undo("I-0001", reason="they were receipts only")
    assert workspace.records()["receipts"].height == 1
    assert workspace.verify().intact


def test_a_document_without_lines_is_taken(workspace: Workspace) -> None:
    taken = workspace.import_document(document("a"), normalised([]))
    assert (taken.accepted, taken.amount_cents, taken.import_id) == (0, {}, "I-0001")
    assert workspace.import_document(document("a"), normalised([])).import_id is None


def test_imports_are_listed_with_who_when_and_what_undid_them(workspace: Workspace) -> None:
    workspace.import_document(document("a", "march.csv"), normalised([charge(1)]))
    undone = workspace.undo("i-1", reason="no")
    row = workspace.imports().row(0, named=True)
    assert (row["import_id"], row["document"], row["who"]) == ("I-0001", "march.csv", "clerk")
    assert (row["at"], row["importer"], row["undone_by"]) == ("2026-09-30T12:00:00+00:00", "made 1", undone)
    assert (row["accepted"], json.loads(row["amounts"])) == (1, {"": 1001})


def test_account_numbers_are_cut_in_the_copy_and_the_name(workspace: Workspace) -> None:
    number = "000123456789"
    raw = f"account,amount\n{number},10.00\n".encode()
    held = Document(f"stmt-{number}.csv", raw, "f" * 64)
    taken = changed(normalised([charge(1)], held.name), cut=frozenset({number}))
    imported = workspace.import_document(held, taken)
    assert imported.name == "stmt-********6789.csv"
    assert workspace.records()["transactions"]["document"].to_list() == [imported.name]
    kept = (workspace.root / "originals" / held.sha256).read_bytes()
    assert kept == b"account,amount\n********6789,10.00\n"
    assert number.encode() not in b"".join(path.read_bytes() for path in workspace.root.rglob("*") if path.is_file())

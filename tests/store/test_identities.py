from __future__ import annotations

import pytest

from pcard.errors import RefusedByState
from pcard.store.workspace import Workspace
from tests.store.conftest import charge, document, normalised


def ids(workspace: Workspace) -> dict[str, str]:
    frame = workspace.records()["transactions"]
    return dict(zip(frame["merchant"], frame["transaction_id"], strict=True))


def test_a_newcomer_with_anothers_id_is_told_apart(workspace: Workspace) -> None:
    newcomer = charge(2, transaction_id="T1")
    workspace.import_document(document("a"), normalised([charge(1)]))
    taken = workspace.import_document(document("b"), normalised([newcomer]))
    assert (taken.accepted, taken.already_present) == (1, 0)
    assert ids(workspace) == {"STORE 1": "T1", "STORE 2": f"T1~{newcomer['identity'][:4]}"}


def test_it_keeps_that_id_in_every_later_document(workspace: Workspace) -> None:
    newcomer = charge(2, transaction_id="T1")
    shown = f"T1~{newcomer['identity'][:4]}"
    workspace.import_document(document("a"), normalised([charge(1)]))
    workspace.import_document(document("b"), normalised([newcomer]))
    workspace.import_document(document("c"), normalised([newcomer, charge(3)]))
    workspace.undo("I-0001", reason="the copy of c serves under the same id")
    workspace.undo("I-0002", reason="the copy of c serves under the same id")
    assert ids(workspace) == {"STORE 2": shown, "STORE 3": "T3"}


def test_a_suffix_that_is_taken_grows(workspace: Workspace) -> None:
    newcomer = charge(2, transaction_id="T1")
    squatter = charge(3, transaction_id=f"T1~{newcomer['identity'][:4]}")
    workspace.import_document(document("a"), normalised([charge(1), squatter]))
    workspace.import_document(document("b"), normalised([newcomer]))
    assert ids(workspace)["STORE 2"] == f"T1~{newcomer['identity'][:8]}"


def test_ids_of_one_document_are_told_apart_from_those_it_is_given(workspace: Workspace) -> None:
    known = charge(2, transaction_id="T1")
    shown = f"T1~{known['identity'][:4]}"
    workspace.import_document(document("a"), normalised([charge(1)]))
    workspace.import_document(document("b"), normalised([known]))
    # The document calls the known charge T9 and a new one by the very id the known charge bears.
    again, new = {**known, "transaction_id": "T9"}, charge(4, transaction_id=shown)
    workspace.import_document(document("c"), normalised([again, new]))
    assert ids(workspace)["STORE 2"] == shown
    assert ids(workspace)["STORE 4"] == f"{shown}~{new['identity'][:4]}"


def test_a_corrected_document_takes_the_ids_of_the_one_undone(workspace: Workspace) -> None:
    workspace.import_document(document("a"), normalised([charge(1)]))
    workspace.undo("I-0001", reason="the amount was wrong")
    workspace.import_document(document("b"), normalised([charge(2, transaction_id="T1")]))
    assert ids(workspace) == {"STORE 2": "T1"}


def test_an_import_whose_ids_others_took_cannot_stand_again(workspace: Workspace) -> None:
    workspace.import_document(document("a"), normalised([charge(1)]))
    undone = workspace.undo("I-0001", reason="the amount was wrong")
    workspace.import_document(document("b"), normalised([charge(2, transaction_id="T1")]))
    head = workspace.head
    with pytest.raises(RefusedByState, match="I-0002 now holds another transaction under the id T1") as refused:
        workspace.undo(undone, reason="it was right after all")
    assert refused.value.faults[0].cure == "undo I-0002 first, then repeat"
    assert workspace.head == head
    workspace.undo("I-0002", reason="first")
    workspace.undo(undone, reason="then")
    assert ids(workspace) == {"STORE 1": "T1"}


def test_nor_can_one_whose_transactions_now_have_other_ids(workspace: Workspace) -> None:
    workspace.import_document(document("a"), normalised([charge(1)]))
    undone = workspace.undo("I-0001", reason="later")
    workspace.import_document(document("b"), normalised([charge(2, transaction_id="T1")]))
    workspace.import_document(document("c"), normalised([charge(1)]))
    workspace.undo("I-0002", reason="gone")
    with pytest.raises(RefusedByState, match="I-0003"):
        workspace.undo(undone, reason="the same charge has another id now")

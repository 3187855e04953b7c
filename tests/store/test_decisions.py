from __future__ import annotations

import pytest

from pcard.errors import Refused, RefusedByState
from pcard.frames import DECISIONS
from pcard.store.workspace import Workspace


def link(workspace: Workspace, act: str, receipt: str = "R1") -> str:
    return workspace.decide(act, "T1", evidence_kind="receipt", evidence_id=receipt, reason="looked at it")


def column(workspace: Workspace, name: str) -> list[str | None]:
    return workspace.decisions()[name].to_list()


def test_a_decision_says_who_when_what_and_why(workspace: Workspace) -> None:
    assert workspace.decide("code", "T1", value="0100-5110", reason="supplies", amount_cents=1250) == "D-000001"
    frame = workspace.decisions()
    assert frame.schema == DECISIONS.schema
    assert frame.row(0, named=True) == {
        "decision_id": "D-000001", "at": "2026-09-30T12:00:00+00:00", "who": "clerk", "act": "code", "subject": "T1",
        "evidence_kind": None, "evidence_id": None, "value": "0100-5110", "reason": "supplies", "replaces": None,
        "undone_by": None, "amount_cents": 1250,
    }  # fmt: skip


def test_a_verdict_replaces_the_one_that_stands_on_the_same_pair(workspace: Workspace) -> None:
    link(workspace, "confirm")
    link(workspace, "confirm", "R2")
    link(workspace, "reject")
    workspace.decide("dispose", "T1", value="justified")
    assert column(workspace, "replaces") == [None, None, "D-000001", None]
    workspace.undo("D-3", reason="too quick")
    link(workspace, "unlink")
    assert column(workspace, "replaces")[-1] == "D-000001"
    workspace.decide("close", "2026-09")
    workspace.decide("reopen", "2026-09")
    assert column(workspace, "replaces")[-1] == "D-000007"


def test_undo_marks_and_undoing_the_undo_takes_the_mark_away(workspace: Workspace) -> None:
    link(workspace, "confirm")
    assert workspace.undo("D-000001", reason="wrong receipt") == "D-000002"
    assert column(workspace, "undone_by") == ["D-000002", None]
    assert workspace.undo("d-2", reason="right after all") == "D-000003"
    assert column(workspace, "undone_by") == [None, "D-000003", None]
    assert workspace.undo("D-000001", reason="wrong") == "D-000004"
    assert column(workspace, "undone_by") == ["D-000004", "D-000003", None, None]
    assert column(workspace, "act") == ["confirm", "undo", "undo", "undo"]


def test_an_undo_of_an_undo_of_an_undo(workspace: Workspace) -> None:
    link(workspace, "confirm")
    for what in ("D-1", "D-2", "D-3"):
        workspace.undo(what, reason="to and fro")
    assert column(workspace, "undone_by") == ["D-000002", None, "D-000004", None]


def test_what_is_undone_cannot_be_undone_again(workspace: Workspace) -> None:
    link(workspace, "confirm")
    workspace.undo("D-1", reason="no")
    with pytest.raises(RefusedByState, match="undone already, by D-000002") as refused:
        workspace.undo("D-1", reason="no")
    assert refused.value.faults[0].cure == "to have it back, undo D-000002"


@pytest.mark.parametrize(
    "what", ["D-000009", "I-0001", "T1", "", "D-", "X-1", "D-1; DROP TABLE trail", "D-99999999999"]
)
def test_what_does_not_exist_cannot_be_undone(workspace: Workspace, what: str) -> None:
    with pytest.raises(Refused, match="no decision or import of that name"):
        workspace.undo(what, reason="no")
    assert workspace.decisions().is_empty()


@pytest.mark.parametrize("act", ["init", "import", "undo"])
def test_what_the_store_records_itself_is_no_decision_of_a_person(workspace: Workspace, act: str) -> None:
    with pytest.raises(ValueError, match="its own method"):
        workspace.decide(act, "I-0001")


def test_text_that_no_encoding_holds_is_kept_as_it_can_be(workspace: Workspace) -> None:
    workspace.decide("dispose", "F1", reason="caf\udce9 — 'quoted' \"too\"")
    assert column(workspace, "reason") == ["caf? — 'quoted' \"too\""]
    assert workspace.verify().intact

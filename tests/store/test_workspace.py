from __future__ import annotations

from pcard.store.workspace import Workspace
from tests.store.conftest import charge, document, normalised


def test_a_document_is_taken_once(workspace: Workspace) -> None:
    first = workspace.import_document(document("a"), normalised(transactions=[charge(1), charge(2)]))
    again = workspace.import_document(document("a"), normalised(transactions=[charge(1), charge(2)]))
    assert (first.accepted, first.already_present, first.import_id) == (2, 0, "I-0001")
    assert first.amount_cents == {"": 2003}
    assert (again.accepted, again.already_present, again.import_id) == (0, 2, None)
    assert again.amount_cents == {"": 0}
    assert workspace.records()["transactions"]["transaction_id"].to_list() == ["T1", "T2"]
    assert workspace.imports().height == 1
    assert workspace.verify().intact

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pcard.errors import RefusedByState
from pcard.frames import RECORDS, REFUSALS
from pcard.ledger.normalise import Normalised
from pcard.store import facts
from pcard.store.workspace import Workspace
from tests.store.conftest import Row, charge, document, listed, normalised


def take(workspace: Workspace, name: str, table: str, *rows: Row) -> None:
    workspace.import_document(document(name, name), normalised({table: rows}, name))


@pytest.mark.parametrize("table", sorted(RECORDS))
def test_every_table_gives_back_what_it_was_given(workspace: Workspace, table: str) -> None:
    given = normalised({table: [listed(table, 1), listed(table, 2)]})
    workspace.import_document(document("a"), given)
    assert workspace.records()[table].equals(given.records[table])


@pytest.mark.parametrize("table", sorted(set(RECORDS) - facts.FIRST_STANDS))
def test_of_a_list_people_keep_the_newest_copy_stands(workspace: Workspace, table: str) -> None:
    first, second = listed(table, 1), listed(table, 1, line=9)
    take(workspace, "a", table, first)
    take(workspace, "b", table, second)
    assert workspace.records()[table]["document"].to_list() == ["b"]
    workspace.undo("I-0002", reason="the old list")
    assert workspace.records()[table]["document"].to_list() == ["a"]


@pytest.mark.parametrize("table", sorted(facts.FIRST_STANDS))
def test_what_an_issuer_says_stands_as_it_first_came(workspace: Workspace, table: str) -> None:
    take(workspace, "a", table, listed(table, 1))
    take(workspace, "b", table, listed(table, 1))
    assert workspace.records()[table]["document"].to_list() == ["a"]


def test_a_corrected_line_of_a_list_counts_as_taken(workspace: Workspace) -> None:
    row = listed("people", 1, name="Ana Ruiz")
    take(workspace, "a", "people", row, listed("people", 2, name="Ben"))
    changed = normalised({"people": [{**row, "name": "Ana Ruiz-Ortega"}, listed("people", 2, name="Ben")]})
    taken = workspace.import_document(document("b"), changed)
    assert (taken.accepted, taken.already_present) == (1, 1)
    assert workspace.records()["people"]["name"].to_list() == ["Ana Ruiz-Ortega", "Ben"]


def test_two_identities_with_one_key_give_one_record_the_last(workspace: Workspace) -> None:
    take(workspace, "a", "coding", listed("coding", 1, identity="x", account_code="0100"))
    take(workspace, "b", "coding", listed("coding", 1, identity="y", account_code="0742"))
    assert workspace.records()["coding"]["account_code"].to_list() == ["0742"]


def test_refusals_are_those_of_documents_that_stand(workspace: Workspace) -> None:
    row = {"document": "a", "line": 4, "state": "skipped", "code": "line-skipped", "message": "a total", "cure": "none"}
    taken = normalised([charge(1)])
    taken = Normalised(**{**vars(taken), "refusals": REFUSALS.rows([row]), "skipped": 1})
    workspace.import_document(document("a", "a"), taken)
    assert workspace.refusals()["line"].to_list() == [4]
    workspace.undo("I-0001", reason="no")
    assert workspace.refusals().is_empty()


def test_text_comes_back_as_it_was(workspace: Workspace) -> None:
    odd = ["", " ", "0742", 'it\'s "quoted"', "Ünïcödé 🚌", "a\tb", "null", "=1+1", "x" * 100_000]
    rows = [charge(n, description=text) for n, text in enumerate(odd)]
    workspace.import_document(document("a"), normalised(rows))
    found = workspace.records()["transactions"].sort("line")["description"].to_list()
    assert found == odd
    assert workspace.verify().intact


def test_days_and_cents_at_the_edges_come_back(workspace: Workspace) -> None:
    edges = [(date(1, 1, 1), -(2**62)), (date(9999, 12, 31), 2**62)]
    rows = [charge(n, posted=day, amount_cents=cents) for n, (day, cents) in enumerate(edges)]
    workspace.import_document(document("a"), normalised(rows))
    frame = workspace.records()["transactions"].sort("amount_cents")
    assert frame.select("posted", "amount_cents").rows() == edges


def test_a_table_that_holds_nonsense_is_said_in_words(workspace: Workspace) -> None:
    workspace.import_document(document("a"), normalised([charge(1)]))
    workspace._database.execute("DROP TRIGGER transactions_no_update")
    workspace._database.execute("UPDATE transactions SET posted = 'the other day'")
    with pytest.raises(RefusedByState, match="transactions holds what pcard did not put there"):
        workspace.records()


def test_present_needs_the_same_words_only_in_lists(workspace: Workspace) -> None:
    take(workspace, "a", "sites", listed("sites", 1))
    frame = RECORDS["sites"].rows([{**listed("sites", 1, enrollment=7), "document": "b"}])
    marked = facts.mark_present(workspace._database, "sites", frame, ())
    assert marked["present"].to_list() == [False]
    same = frame.with_columns(pl.lit(None, pl.Int32).alias("enrollment"))
    assert facts.mark_present(workspace._database, "sites", same, ())["present"].to_list() == [True]

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pcard.documents import document_of
from pcard.errors import Refused, RefusedByState
from pcard.frames import RECORDS
from pcard.store.workspace import Workspace
from tests.store.conftest import charge, document, listed, normalised, now


def ids(workspace: Workspace) -> list[str]:
    return workspace.records()["transactions"]["transaction_id"].to_list()


def conclusions(workspace: Workspace) -> dict[str, str]:
    """Everything that conclusions are computed from, as text."""
    frames = {**workspace.records(), "refusals": workspace.refusals()}
    return {name: frame.write_json() for name, frame in frames.items()}


# -- what a workspace is ---------------------------------------------------------------------------


def test_init_makes_a_folder_only_its_owner_may_read(root: Path) -> None:
    assert {path.name for path in root.iterdir()} >= {
        "pcard.yaml",
        "pcard.db",
        "rules",
        "rebates",
        "inbox",
        "originals",
    }
    for path in (root, *root.rglob("*")):
        allowed = stat.S_IMODE(path.stat().st_mode)
        assert allowed == (0o700 if path.is_dir() else 0o600), path


def test_init_refuses_a_folder_that_is_one(root: Path) -> None:
    with pytest.raises(RefusedByState, match="a workspace already"):
        Workspace.init(root, district="Another")


def test_init_can_be_repeated_where_it_was_interrupted(tmp_path: Path) -> None:
    Workspace.init(tmp_path, district="Juniper", now=now).close()
    (tmp_path / "pcard.yaml").unlink()
    with Workspace.init(tmp_path, district="Juniper", now=now) as again:
        assert again.trail().height == 1
        assert again.settings.district == "Juniper"


def test_find_takes_the_variable_then_the_nearest_parent(root: Path, tmp_path: Path) -> None:
    inner = root / "inbox"
    other = tmp_path / "other"
    Workspace.init(other, district="Other", now=now).close()
    assert Workspace.find(inner, {}) == root.resolve()
    assert Workspace.find(inner, {"PCARD_WORKSPACE": str(other)}) == other.resolve()


def test_find_says_how_to_make_one(tmp_path: Path) -> None:
    for env in ({}, {"PCARD_WORKSPACE": str(tmp_path)}):
        with pytest.raises(Refused, match="pcard init"):
            Workspace.find(tmp_path, env)
    with pytest.raises(Refused, match="pcard init"):
        Workspace.open(tmp_path, who="clerk", now=now)


def test_a_lost_file_is_not_made_anew(root: Path) -> None:
    (root / "pcard.db").unlink()
    with pytest.raises(RefusedByState, match="restore it from a backup"):
        Workspace.open(root, who="clerk", now=now)


# -- documents -------------------------------------------------------------------------------------


def test_a_document_is_taken_once(workspace: Workspace) -> None:
    first = workspace.import_document(document("a"), normalised([charge(1), charge(2)]))
    again = workspace.import_document(document("a"), normalised([charge(1), charge(2)]))
    assert (first.accepted, first.already_present, first.import_id) == (2, 0, "I-0001")
    assert first.amount_cents == {"": 2003}
    assert (again.accepted, again.already_present, again.import_id) == (0, 2, None)
    assert again.amount_cents == {"": 0}
    assert ids(workspace) == ["T1", "T2"]
    assert workspace.imports().height == 1
    assert workspace.trail()["act"].to_list() == ["init", "import"]


def test_documents_that_overlap_add_only_what_is_new(workspace: Workspace) -> None:
    workspace.import_document(document("a"), normalised([charge(1), charge(2)]))
    second = workspace.import_document(document("b"), normalised([charge(2), charge(3)]))
    assert (second.accepted, second.already_present, second.amount_cents) == (1, 1, {"": 1003})
    assert ids(workspace) == ["T1", "T2", "T3"]


def test_two_equal_purchases_stay_two(workspace: Workspace) -> None:
    twins = [charge(1), charge(2, id="T1", amount_cents=1001, merchant="STORE 1")]
    workspace.import_document(document("a"), normalised(twins))
    workspace.import_document(document("b"), normalised([*twins, charge(3)]))
    assert workspace.records()["transactions"]["amount_cents"].to_list() == [1001, 1001, 1003]


def test_the_second_copy_serves_when_the_first_is_undone(workspace: Workspace) -> None:
    workspace.import_document(document("a", "a.csv"), normalised([charge(1), charge(2)], "a.csv"))
    workspace.import_document(document("b", "b.csv"), normalised([charge(2), charge(3)], "b.csv"))
    before = conclusions(workspace)
    undone = workspace.undo("I-0001", reason="the wrong month")
    frame = workspace.records()["transactions"]
    assert frame["transaction_id"].to_list() == ["T2", "T3"]
    assert frame["document"].to_list() == ["b.csv", "b.csv"]
    workspace.undo(undone, reason="it was the right month")
    assert conclusions(workspace) == before
    assert workspace.imports()["undone_by"].to_list() == [None, None]
    assert workspace.verify().intact


def test_an_undone_document_can_be_imported_again(workspace: Workspace) -> None:
    taken = normalised([charge(1)])
    workspace.import_document(document("a"), taken)
    before = conclusions(workspace)
    workspace.undo("I-0001", reason="a mistake")
    assert ids(workspace) == []
    again = workspace.import_document(document("a"), taken)
    assert (again.accepted, again.import_id) == (1, "I-0002")
    assert conclusions(workspace) == before


def test_a_failed_import_leaves_nothing(workspace: Workspace, root: Path) -> None:
    before = conclusions(workspace), workspace.head
    broken = normalised({"transactions": [charge(1)], "people": [listed("people", 1)]})
    twice = pl.concat([broken.records["people"], broken.records["people"]])  # no ledger gives an identity twice
    with pytest.raises(Exception, match="UNIQUE"):
        workspace.import_document(document("a"), type(broken)(**{**vars(broken), "records": {"people": twice}}))
    assert (conclusions(workspace), workspace.head) == before
    assert list((root / "originals").iterdir()) == []


def test_acts_in_one_transaction_are_kept_together_or_not_at_all(workspace: Workspace) -> None:
    def link_two() -> None:
        with workspace.transaction():
            workspace.decide("confirm", "T1", evidence_kind="receipt", evidence_id="R1")
            workspace.decide("confirm", "T2", evidence_kind="receipt", evidence_id="R1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link_two()
    assert workspace.decisions().is_empty()
    with workspace.transaction():
        workspace.decide("confirm", "T1", evidence_kind="receipt", evidence_id="R1")
        with pytest.raises(Refused):
            workspace.undo("D-000099", reason="no such thing")
    assert workspace.decisions()["subject"].to_list() == ["T1"]


# -- what must hold of the files ---------------------------------------------------------------------


def test_no_card_number_is_in_any_byte(root: Path) -> None:
    number = "4111111111111111"
    raw = f"id,memo\n1,paid with {number}\n".encode()
    held = document_of(f"card {number}.csv", raw)
    with Workspace.open(root, who=f"clerk {number}", now=now) as workspace:
        workspace.import_document(held, normalised([charge(1)]))
        workspace.decide("dispose", "F1", value=number, reason=f"see {number} and 4111 1111 1111 1111")
        found = _bytes_below(root)
    assert not [name for name, content in found.items() if number.encode() in content or b"4111 1111" in content]
    assert b"************1111" in found[f"originals/{held.sha256}"]


def _bytes_below(root: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@contextmanager
def read_only(root: Path) -> Iterator[None]:
    """Take away the right to write below a folder; from root too, by not being root for a while."""
    paths = (root, *root.rglob("*"))
    above = [folder for folder in root.parents if Path(tempfile.gettempdir()) in folder.parents]
    for path in (*paths, *above):
        path.chmod(0o555 if path in paths and path.is_dir() else 0o755 if path.is_dir() else 0o444)
    was_root = os.geteuid() == 0
    if was_root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if was_root:
            os.setresuid(0, 0, 0)
        for path in paths:
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="needs POSIX permissions")
def test_a_read_only_workspace_can_be_read_and_refuses_to_be_written(root: Path, workspace: Workspace) -> None:
    workspace.import_document(document("a"), normalised([charge(1)]))
    workspace.close()
    before = _bytes_below(root)
    with read_only(root), Workspace.open(root, who="auditor", now=now) as seen:
        assert ids(seen) == ["T1"]
        assert seen.verify().intact
        with pytest.raises(RefusedByState, match="read-only"):
            seen.decide("dispose", "F1", value="justified")
        with pytest.raises(RefusedByState, match="read-only"):
            seen.import_document(document("b"), normalised([charge(2)]))
    assert _bytes_below(root) == before


def test_the_clock_and_the_name_are_the_callers(root: Path) -> None:
    moment = datetime(2020, 2, 29, 23, 59, 58, tzinfo=UTC)
    with Workspace.open(root, who="auditor", now=lambda: moment) as workspace:
        workspace.decide("dispose", "F1", value="justified")
        decision = workspace.decisions().row(0, named=True)
    assert (decision["at"], decision["who"]) == ("2020-02-29T23:59:58+00:00", "auditor")


# -- any sequence of acts against a model of a few lines -----------------------------------------------

# Six documents over a few transactions; 1 and 5, as 2 and 6, are different transactions with one id.
_DOCUMENTS = {"a": [1, 2], "b": [2, 3], "c": [5], "d": [1, 5], "e": [6, 3], "f": []}
_DOCUMENT_NAMES = st.sampled_from(sorted(_DOCUMENTS))


class History(RuleBasedStateMachine):
    """Imports, decisions and undos in any order; the model keeps a list of acts and recomputes everything."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.workspace = Workspace.init(Path(self.folder.name) / "w", district="Model", now=now)
        self.imports: list[tuple[str, dict[int, str]]] = []  # document, and the id each transaction was given
        self.decisions: list[str | None] = []  # what an undo undid, None for other decisions

    def standing(self, decisions: list[str | None]) -> tuple[list[int], set[str]]:
        undone: set[str] = set()
        for number, what in reversed(list(enumerate(decisions, 1))):
            if what and f"D-{number:06d}" not in undone:
                undone.add(what)
        return [n for n in range(1, len(self.imports) + 1) if f"I-{n:04d}" not in undone], undone

    def live(self, decisions: list[str | None]) -> dict[int, str]:
        found: dict[int, str] = {}
        for number in self.standing(decisions)[0]:
            for transaction, shown in self.imports[number - 1][1].items():
                found.setdefault(transaction, shown)
        return found

    @rule(name=_DOCUMENT_NAMES)
    def take(self, name: str) -> None:
        rows = [charge(n, transaction_id=f"T{n % 4}") for n in _DOCUMENTS[name]]
        clash = len({row["transaction_id"] for row in rows}) < len(
            rows
        )  # within a document the ledger tells them apart
        rows = [{**row, "transaction_id": f"T{i}"} for i, row in enumerate(rows)] if clash else rows
        taken = self.workspace.import_document(document(name, name), normalised(rows, name))
        standing, _ = self.standing(self.decisions)
        if any(self.imports[number - 1][0] == name for number in standing):
            assert (taken.import_id, taken.accepted, taken.already_present) == (None, 0, len(rows))
            return
        known, given = self.live(self.decisions), dict[int, str]()
        assert taken.already_present == sum(n in known for n in _DOCUMENTS[name])
        for n, row in zip(_DOCUMENTS[name], rows, strict=True):
            proposed = row["transaction_id"]
            others = {shown for other, shown in known.items() if other != n}
            given[n] = known.get(n) or (f"{proposed}~{row['identity'][:4]}" if proposed in others else proposed)
        self.imports.append((name, given))

    @rule()
    def decide(self) -> None:
        self.workspace.decide("dispose", f"F{len(self.decisions)}", value="justified")
        self.decisions.append(None)

    @rule(kind=st.sampled_from("DDI"), number=st.integers(1, 12))
    def undo(self, kind: str, number: int) -> None:
        what = f"D-{number:06d}" if kind == "D" else f"I-{number:04d}"
        before, (standing, undone) = conclusions(self.workspace), self.standing(self.decisions)
        after = [*self.decisions, what]
        if number > len(self.decisions if kind == "D" else self.imports):
            expected: type[Exception] | None = Refused
        elif what in undone or self.clashes(standing, self.standing(after)[0]):
            expected = RefusedByState
        else:
            expected = None
        if expected:
            with pytest.raises(expected):
                self.workspace.undo(what, reason="model")
            assert conclusions(self.workspace) == before
            return
        done = self.workspace.undo(what, reason="model")
        self.decisions.append(what)
        # Law 7: undoing the undo restores what was concluded before, byte for byte.
        self.workspace.undo(done, reason="model")
        self.decisions.append(done)
        assert conclusions(self.workspace) == before

    def clashes(self, before: list[int], after: list[int]) -> bool:
        pairs = {pair for number in after for pair in self.imports[number - 1][1].items()}
        revived = set(after) - set(before)
        return bool(revived) and (len({n for n, _ in pairs}) < len(pairs) or len({i for _, i in pairs}) < len(pairs))

    @invariant()
    def agrees(self) -> None:
        frame = self.workspace.records()["transactions"]
        found = dict(zip(frame["identity"], frame["transaction_id"], strict=True))
        assert found == {charge(n)["identity"]: shown for n, shown in self.live(self.decisions).items()}
        marks = self.workspace.decisions()["undone_by"].is_not_null().to_list()
        _, undone = self.standing(self.decisions)
        assert marks == [f"D-{n:06d}" in undone for n in range(1, len(self.decisions) + 1)]

    def teardown(self) -> None:
        assert self.workspace.verify().intact
        self.workspace.close()
        self.folder.cleanup()


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=25, stateful_step_count=12)


def test_every_table_is_there_when_empty(workspace: Workspace) -> None:
    assert {name: frame.schema for name, frame in workspace.records().items()} == {
        name: pl.Schema(table.schema) for name, table in RECORDS.items()
    }
    assert workspace.refusals().is_empty()
    assert workspace.decisions().is_empty()


def test_the_documented_query_gives_what_records_gives(workspace: Workspace) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
    query = page.split("```sql\n")[1].split("```")[0]
    workspace.import_document(document("a"), normalised([charge(1), charge(2)]))
    workspace.import_document(document("b"), normalised([charge(2), charge(3)]))
    for what in ("I-1", "D-1", "I-2", "I-1", "D-4", "D-5"):
        workspace.undo(what, reason="to and fro")
        found = [(row[0], row[3], row[5]) for row in workspace._database.rows(query)]
        assert found == workspace.records()["transactions"].select("transaction_id", "amount_cents", "line").rows()

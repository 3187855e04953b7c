from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from pcard.errors import Fault
from pcard.frames import RECORDS, REFUSALS
from pcard.ledger.normalise import Normalised
from pcard.store import facts, trail
from pcard.store.verification import Verification
from pcard.store.workspace import Workspace
from tests.store.conftest import Row, charge, document, listed, normalised, now


def with_refusals(taken: Normalised) -> Normalised:
    rows = [
        {"document": "bank.csv", "line": n, "table": "transactions", "state": "skipped", "code": "line-skipped",
         "field": "line", "value": "Total", "message": "a total", "cure": "nothing to do", "amount_cents": n}
        for n in (8, 9)
    ]  # fmt: skip
    return Normalised(**{**vars(taken), "refusals": REFUSALS.rows(rows), "skipped": 2})


def full(table: str, number: int) -> Row:
    """Return a row with a value in every column of a table."""
    values = {
        "TEXT": f"{table} {number}",
        "DATE": date(2026, 9, number),
        "MONEY": number,
        "COUNT": number,
        "FLAG": False,
    }
    return {column.frame_name: values[column.kind.name] for column in RECORDS[table].columns}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two rows in every table, every column filled, and three decisions."""
    root = tmp_path_factory.mktemp("written") / "w"
    with Workspace.init(root, district="Juniper", who="clerk", now=now) as workspace:
        workspace.import_document(
            document("a"), with_refusals(normalised({table: [full(table, 1), full(table, 2)] for table in RECORDS}))
        )
        workspace.decide(
            "confirm", "T1", evidence_kind="receipt", evidence_id="R1", value="v", reason="r", amount_cents=5
        )
        workspace.decide(
            "confirm", "T1", evidence_kind="receipt", evidence_id="R1", value="v", reason="r", amount_cents=6
        )
        workspace.undo("D-000002", reason="no")
    return root


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "w")
    return tmp_path / "w"


def tampered(root: Path, edit: Callable[[sqlite3.Connection], object]) -> Verification:
    """Edit the file behind pcard's back, its guards taken off and put on again, and verify."""
    with closing(sqlite3.connect(root / "pcard.db", isolation_level=None)) as raw:
        guards = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        raw.execute("PRAGMA synchronous=OFF")
        for name, _ in guards:
            raw.execute(f"DROP TRIGGER {name}")
        edit(raw)
        for _, sql in guards:
            raw.execute(sql)
    with Workspace.open(root, who="auditor", now=now) as workspace:
        return workspace.verify()


def columns() -> Iterator[tuple[str, str]]:
    for name, table in facts.TABLES.items():
        yield from ((name, column) for column in ("import_no", "row_no", *table.schema, "seal"))
    for name in ("trail", "imports", "decisions"):
        with closing(sqlite3.connect(":memory:")) as model:
            model.executescript((Path(trail.__file__).parent / "schema.sql").read_text(encoding="utf-8"))
            yield from ((name, row[1]) for row in model.execute(f"PRAGMA table_info({name})"))


@pytest.mark.parametrize(("table", "column"), list(columns()))
def test_an_edit_of_any_column_is_found_and_named(copied: Path, table: str, column: str) -> None:
    """The last row is edited, so that nothing after it gives the edit away."""
    key = {"trail": "seq", "imports": "import_no", "decisions": "decision_no"}.get(table, "row_no")

    def edit(raw: sqlite3.Connection) -> None:
        kind = next(row[2] for row in raw.execute(f"PRAGMA table_info({table})") if row[1] == column)
        new = f'coalesce("{column}", 0) + 1' if kind == "INTEGER" else f"coalesce(\"{column}\", '') || 'x'"
        changed = raw.execute(f'UPDATE {table} SET "{column}" = {new} WHERE {key} = (SELECT max({key}) FROM {table})')  # noqa: S608
        assert changed.rowcount == 1

    found = tampered(copied, edit)
    assert found.fault, "not noticed"
    expected = {"trail": "record 5", "decisions": "record 5 (D-000003)"}.get(table, "record 2 (I-0001)")
    assert expected in found.fault.message
    if table in facts.TABLES and column not in ("import_no", "row_no"):
        assert f"row 2 of {table}" in found.fault.message


def _forget_the_last_decision(raw: sqlite3.Connection) -> None:
    raw.execute("DELETE FROM decisions WHERE decision_no = 3")
    raw.execute("DELETE FROM trail WHERE seq = 5")


def _rewrite(raw: sqlite3.Connection) -> None:
    """Change a fact and write every digest, seal and hash anew, as one who knows pcard would."""
    raw.execute("UPDATE transactions SET amount_cents = 99 WHERE row_no = 2")
    names = ", ".join(f'"{name}"' for name in ("import_no", "row_no", *RECORDS["transactions"].schema))
    lines = [trail.canonical(row) for row in raw.execute(f"SELECT {names} FROM transactions ORDER BY row_no")]  # noqa: S608
    raw.execute("UPDATE transactions SET seal = ? WHERE row_no = 2", (trail.digest(lines[1])[:16],))
    (text,) = raw.execute("SELECT body FROM trail WHERE seq = 2").fetchone()
    body = json.loads(text)
    body["records"]["transactions"][1] = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
    raw.execute("UPDATE trail SET body = ? WHERE seq = 2", (trail.canonical(body),))
    previous = trail.FIRST
    for row in raw.execute("SELECT * FROM trail ORDER BY seq").fetchall():
        sealed = trail.Record(*row)._replace(previous=previous).seal()
        raw.execute("UPDATE trail SET previous = ?, hash = ? WHERE seq = ?", (previous, sealed, row[0]))
        previous = sealed


@pytest.mark.parametrize("edit", [_forget_the_last_decision, _rewrite])
def test_a_chain_that_was_cut_or_rewritten_needs_an_anchor(
    written: Path, copied: Path, edit: Callable[[sqlite3.Connection], None]
) -> None:
    with Workspace.open(written, who="auditor", now=now) as workspace:
        anchor = workspace.head
        assert workspace.verify(anchor).intact
    assert tampered(copied, edit).intact  # this is what a chain alone cannot see
    with Workspace.open(copied, who="auditor", now=now) as workspace:
        fault = workspace.verify(anchor.upper()).fault
    assert fault
    assert fault.code == "anchor-unknown"


def test_an_anchor_of_an_earlier_report_still_holds(copied: Path) -> None:
    with Workspace.open(copied, who="clerk", now=now) as workspace:
        anchor = workspace.head
        workspace.decide("dispose", "F1", value="justified")
        assert workspace.head != anchor
        assert workspace.verify(anchor).intact


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM transactions WHERE row_no = 1", "row 1 of transactions is missing"),
        ("DELETE FROM transactions WHERE row_no = 2", "rows of transactions are not those imported (1 rows now, 2"),
        ("DELETE FROM decisions WHERE decision_no = 1", "record 3 (D-000001): gone from decisions"),
        ("DELETE FROM imports", "record 2 (I-0001): gone from imports"),
        ("DELETE FROM trail WHERE seq = 3", "record 3: it is missing"),
        ("DELETE FROM trail", "the trail holds nothing"),
        ("INSERT INTO decisions (decision_no, seq, act, subject) VALUES (9, 99, 'dispose', 'F')", "decisions has 4 rows"),
        ("INSERT INTO sites SELECT 1, 3, 's', 'n', 1, 'f', 'i', 'd', 3, seal FROM sites WHERE row_no = 1", "row 3 of sites"),
        ("INSERT INTO sites SELECT 7, 1, 's', 'n', 1, 'f', 'i', 'd', 3, seal FROM sites WHERE row_no = 1", "sites has 3 rows"),
    ],
)  # fmt: skip
def test_rows_gone_or_slipped_in_are_found(copied: Path, sql: str, said: str) -> None:
    fault = tampered(copied, lambda raw: raw.execute(sql)).fault
    assert fault
    assert said in fault.message


def test_a_guard_taken_off_is_found(copied: Path) -> None:
    with closing(sqlite3.connect(copied / "pcard.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER trail_no_update")
    assert _fault_of(copied).message == "the guard trail_no_update was removed or changed"


def test_a_forged_body_is_no_traceback(copied: Path) -> None:
    def edit(raw: sqlite3.Connection) -> None:
        previous = trail.FIRST
        for row in raw.execute("SELECT * FROM trail ORDER BY seq").fetchall():
            record = trail.Record(*row)._replace(previous=previous)
            record = record._replace(body="[1]") if record.seq == 2 else record
            previous = record.seal()
            values = (record.body, record.previous, previous, row[0])
            raw.execute("UPDATE trail SET body = ?, previous = ?, hash = ? WHERE seq = ?", values)

    fault = tampered(copied, edit).fault
    assert fault
    assert fault.code == "trail-forged"


def test_originals_are_part_of_the_proof(copied: Path) -> None:
    (original,) = (copied / "originals").iterdir()
    original.write_bytes(b"a better story")
    assert _fault_of(copied).code == "original-changed"
    original.unlink()
    assert _fault_of(copied).code == "original-missing"


def _fault_of(root: Path) -> Fault:
    with Workspace.open(root, who="auditor", now=now) as workspace:
        fault = workspace.verify().fault
    assert fault
    return fault


def test_a_workspace_without_documents_verifies(workspace: Workspace) -> None:
    found = workspace.verify()
    assert (found.records, found.head, found.intact) == (1, workspace.head, True)
    workspace.import_document(document("x"), normalised({"people": [listed("people", 1)], "transactions": [charge(1)]}))
    assert workspace.verify().records == 2

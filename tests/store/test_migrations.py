from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from pcard.errors import RefusedByState
from pcard.frames import RECORDS, REFUSALS
from pcard.schema import Kind
from pcard.store import facts
from pcard.store.migrations import MIGRATIONS, Migration, migrate, statements
from pcard.store.workspace import Workspace
from tests.store.conftest import charge, document, normalised, now

_TYPES = {Kind.TEXT: "TEXT", Kind.DATE: "TEXT", Kind.MONEY: "INTEGER", Kind.COUNT: "INTEGER", Kind.FLAG: "INTEGER"}
_NEXT = Migration(3, "CREATE TABLE notes (\n  text TEXT NOT NULL\n) STRICT;\n")


def schema_of(name: str) -> list[tuple[str, str, bool]]:
    model = sqlite3.connect(":memory:")
    for migration in MIGRATIONS:
        model.executescript(migration.sql)
    rows = model.execute(f"PRAGMA table_xinfo({name})").fetchall()
    strict = model.execute("SELECT strict FROM pragma_table_list WHERE name = ?", (name,)).fetchone()
    model.close()
    assert strict == (1,)
    return [(column, kind, bool(required)) for _, column, kind, required, _, _, _ in rows]


@pytest.mark.parametrize("name", sorted(facts.TABLES))
def test_the_written_schema_agrees_with_the_border(name: str) -> None:
    table = facts.TABLES[name]
    own = [(column.frame_name, _TYPES[column.kind], column.required) for column in table.columns]
    assert schema_of(name) == [
        ("import_no", "INTEGER", True), ("row_no", "INTEGER", True), *own, ("seal", "TEXT", True)
    ]  # fmt: skip
    assert {**RECORDS, "refusals": REFUSALS} == facts.TABLES


def test_every_table_refuses_to_be_changed(workspace: Workspace) -> None:
    row = charge(1)
    workspace.import_document(document("a"), normalised([row]))
    workspace.decide("dispose", "F1")
    tables = workspace._database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    assert {name for (name,) in tables} == {"trail", "imports", "decisions", *facts.TABLES}
    for table in ("trail", "imports", "decisions", "transactions"):
        for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = 9" if table != "transactions" else "UPDATE transactions SET row_no = 9"):  # noqa: S608  # fmt: skip
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                workspace._database.execute(sql)
    guards = workspace._database.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    assert len(guards) == 2 * len(tables)


def test_money_that_is_no_whole_number_is_refused_by_the_table(workspace: Workspace) -> None:
    columns = "decision_no, seq, act, subject, amount_cents"
    with pytest.raises(sqlite3.IntegrityError, match="cannot store REAL"):
        workspace._database.execute(f"INSERT INTO decisions ({columns}) VALUES (1, 1, 'a', 'b', 10.5)")  # noqa: S608


def test_a_newer_file_is_refused_with_the_version_needed(root: Path) -> None:
    with Workspace.open(root, who="clerk", now=now) as workspace:
        workspace._database.execute("PRAGMA user_version=7")
    with pytest.raises(RefusedByState, match=r"store version 7.*knows version 2") as refused:
        Workspace.open(root, who="clerk", now=now)
    assert re.search(r"install pcard \d+\.\d+\.\d+ or newer", refused.value.faults[0].cure)


def test_an_older_file_is_copied_and_brought_up_to_date(root: Path) -> None:
    with Workspace.open(root, who="clerk", now=now) as workspace:
        workspace.import_document(document("a"), normalised([charge(1)]))
        before = workspace.records()["transactions"]
        assert migrate(workspace._database, (*MIGRATIONS, _NEXT)) == 2
        assert workspace._database.value("PRAGMA user_version") == 3
        assert workspace._database.value("SELECT count(*) FROM notes") == 0
        assert workspace.records()["transactions"].equals(before)
        assert workspace.verify().intact
    copy = sqlite3.connect(root / "pcard.db.v2")
    assert copy.execute("PRAGMA user_version").fetchone() == (2,)
    assert copy.execute("SELECT count(*) FROM transactions").fetchone() == (1,)
    copy.close()
    assert (root / "pcard.db.v2").stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_leaves_version_and_tables_as_they_were(root: Path) -> None:
    broken = Migration(3, _NEXT.sql + "CREATE TABLE trail (again);\n")
    with Workspace.open(root, who="clerk", now=now) as workspace:
        with pytest.raises(RefusedByState):
            migrate(workspace._database, (*MIGRATIONS, broken))
        assert workspace._database.value("PRAGMA user_version") == 2
        assert not workspace._database.rows("SELECT 1 FROM sqlite_schema WHERE name = 'notes'")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER more AFTER INSERT ON decisions BEGIN SELECT 1; END",
        "CREATE VIEW shown AS SELECT * FROM trail",
        "CREATE TABLE more (a)",
    ],
)
def test_what_pcard_did_not_make_is_refused(root: Path, sql: str) -> None:
    with Workspace.open(root, who="clerk", now=now) as workspace:
        workspace._database.execute(sql)
    with pytest.raises(RefusedByState, match="not of pcard's"):
        Workspace.open(root, who="clerk", now=now)


def test_a_script_is_split_into_its_statements() -> None:
    script = MIGRATIONS[0].sql
    parts = list(statements(script))
    assert "".join(parts).strip() == script.strip()
    assert all(part.rstrip().endswith(";") for part in parts)

"""Bringing pcard.db to the version this pcard writes; each step whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pcard.errors import Fault, Place, RefusedByState
from pcard.store.database import APPLICATION_ID, Database


class Migration(NamedTuple):
    """One step of the schema: the version it leads to and its SQL."""

    version: int
    sql: str


def _migration(version: int, name: str) -> Migration:
    return Migration(version, Path(__file__).with_name(name).read_text(encoding="utf-8"))


MIGRATIONS: Sequence[Migration] = (_migration(1, "schema.sql"), _migration(2, "rebate_reports.sql"))


def migrate(database: Database, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Apply what is missing in one transaction with the version number; return the version found.

    A file that holds something is copied beside itself first, as `pcard.db.v1`.

    Raises:
        RefusedByState: the file was written by a newer pcard, or holds what no pcard put there.
    """
    found = int(database.value("PRAGMA user_version"))
    newest = migrations[-1].version
    if found > newest:
        raise RefusedByState(_newer(database, found, newest))
    if found < newest:
        if found:
            database.copy_to(database.path.with_name(f"{database.path.name}.v{found}"))
        with database.writing():
            for migration in migrations:
                if migration.version > found:
                    for statement in statements(migration.sql):
                        database.execute(statement)
            database.execute(f"PRAGMA application_id={APPLICATION_ID}")
            database.execute(f"PRAGMA user_version={newest}")
    if strange := sorted(_objects(database) - expected_objects(migrations)):
        place, cure = Place(str(database.path)), "restore pcard.db from a backup"
        raise RefusedByState(
            Fault("workspace-altered", place, f"something not of pcard's was put into it: {strange[0][1]}", cure)
        )
    return found


def guards_missing(database: Database) -> list[str]:
    """Name the tables, indexes and triggers that the file should have and has not."""
    return sorted(name for _, name, _ in expected_objects(MIGRATIONS) - _objects(database))


def expected_objects(migrations: Sequence[Migration]) -> set[tuple[str, str, str]]:
    """Return type, name and SQL of all that the migrations make."""
    model = sqlite3.connect(":memory:")
    try:
        for migration in migrations:
            model.executescript(migration.sql)
        return set(model.execute(_OBJECTS))
    finally:
        model.close()


_OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'"


def _objects(database: Database) -> set[tuple[str, str, str]]:
    return {(kind, name, sql) for kind, name, sql in database.rows(_OBJECTS)}


def statements(sql: str) -> Iterator[str]:
    """Split a script into its statements; `executescript` would commit what stands open."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _newer(database: Database, found: int, newest: int) -> Fault:
    tool = database.value("SELECT tool FROM trail ORDER BY seq DESC LIMIT 1") or "a newer pcard"
    message = f"it was written by {tool} (store version {found}); this pcard knows version {newest}"
    return Fault("workspace-newer", Place(str(database.path)), message, f"install {tool} or newer; nothing was changed")

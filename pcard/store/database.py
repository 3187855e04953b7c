"""The connection to pcard.db: opened safely, one writer at a time, SQLite's errors said in a clerk's words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pcard.errors import Fault, PcardError, Place, Refused, RefusedByState
from pcard.store.files import FILE_MODE, sync_folder

# "pcrd"; it tells `file` and us that this is a pcard workspace.
APPLICATION_ID = 0x70637264
# STRICT tables came with 3.37, json_each as a part of every build with 3.38.
OLDEST_SQLITE = (3, 38, 0)
WAIT_MS = 5000

_SAFE = (
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=FAST",
    "PRAGMA temp_store=MEMORY",  # nothing of a workspace is spilled outside it
)


class Database:
    """One open pcard.db. Every SQLite error leaves as a fault with a cure."""

    def __init__(self, path: Path, *, network: bool, create: bool = False) -> None:
        """Open the file; `network` tells that its folder is on a network share.

        Raises:
            Refused: not a pcard workspace's file.
            RefusedByState: missing, damaged, or held by another command.
        """
        self.path = path
        self._reversals: list[Callable[[], None]] = []
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            cure = "install Python 3.11 or newer from python.org"
            message = f"this Python's SQLite is {sqlite3.sqlite_version}; pcard needs 3.38 or newer"
            raise RefusedByState(Fault("sqlite-too-old", Place(str(path)), message, cure))
        self.read_only = not os.access(path if path.exists() else path.parent, os.W_OK)
        self.read_only = self.read_only or not os.access(path.parent, os.W_OK)
        with self._said():
            if create and not path.exists():
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
                sync_folder(path.parent)
            self._connection = sqlite3.connect(self._uri(), uri=True, isolation_level=None, timeout=WAIT_MS / 1000)
        try:
            with self._said():
                self._prepare(network=network, create=create)
        except PcardError:
            self.close()
            raise

    def _uri(self) -> str:
        plain = self.path.resolve().as_uri()
        if not self.read_only:
            return f"{plain}?mode=rw"
        # SQLite cannot make its shared-memory file in a read-only folder. Without a log beside it the file is whole.
        log = self.path.with_name(f"{self.path.name}-wal")
        return f"{plain}?mode=ro" if log.exists() and log.stat().st_size else f"{plain}?immutable=1"

    def _prepare(self, *, network: bool, create: bool) -> None:
        for pragma in _SAFE:
            self.execute(pragma)
        found = self.value("PRAGMA application_id")
        if found != APPLICATION_ID and not (create and self.value("SELECT count(*) FROM sqlite_schema") == 0):
            message, cure = "this file is not one of pcard's", "restore pcard.db, or name a folder made by 'pcard init'"
            raise Refused(Fault("workspace-foreign", Place(str(self.path)), message, cure))
        if not self.read_only:
            # SQLite's defaults lose an acknowledged commit when the power fails; WAL may not live on a share.
            mode = self.value("PRAGMA journal_mode=DELETE" if network else "PRAGMA journal_mode=WAL")
            self.execute("PRAGMA synchronous=FULL" if mode == "wal" else "PRAGMA synchronous=EXTRA")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement that gives no rows."""
        with self._said():
            self._connection.execute(sql, values)

    def insert(self, sql: str, rows: Iterator[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        with self._said():
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._said():
            return self._connection.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one write transaction: committed at the end, nothing of it kept on any exception.

        Inside another it is a part that can fail by itself (a savepoint).

        Raises:
            RefusedByState: another command is writing, the disk is full, or the workspace is read-only.
        """
        inner = self._connection.in_transaction
        if self.read_only:
            cure = "ask for write access to the folder, or copy the workspace"
            raise RefusedByState(
                Fault("workspace-read-only", Place(str(self.path)), "the workspace is read-only", cure)
            )
        self.execute("SAVEPOINT part" if inner else "BEGIN IMMEDIATE")
        before = len(self._reversals)
        try:
            yield
            self.execute("RELEASE part" if inner else "COMMIT")
        except BaseException:
            for reverse in self._reversals[before:]:
                with suppress(OSError):
                    reverse()
            del self._reversals[before:]
            # SQLite may have rolled back by itself (disk full); then there is nothing left to undo.
            with suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK TO part" if inner else "ROLLBACK")
            raise
        if not inner:
            self._reversals.clear()

    def reversed_by(self, reverse: Callable[[], None]) -> None:
        """Tell what takes back a change outside the file, should the transaction it belongs to fail."""
        self._reversals.append(reverse)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold one view of the file, so that several queries see the same moment."""
        if self._connection.in_transaction:
            yield
            return
        self.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def copy_to(self, path: Path) -> None:
        """Copy the file as of now, with what its log holds, to a new file only the owner can read."""
        with self._said():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, FILE_MODE))
            target = sqlite3.connect(path)
            try:
                self._connection.backup(target)
            finally:
                target.close()
            sync_folder(path.parent)

    def close(self) -> None:
        """Close the file; an open transaction is rolled back."""
        with suppress(sqlite3.Error):
            self._connection.close()

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turn SQLite's and the system's errors into faults with a cure."""
        try:
            yield
        except OSError as problem:
            why = (problem.strerror or "the system refused").lower()
            cure = "check the folder and try again"
            fault = Fault("workspace-unreadable", Place(str(self.path)), f"cannot use it: {why}", cure)
            raise RefusedByState(fault) from problem
        except UnicodeDecodeError as problem:  # text, even of SQLite's message, that is none: pages were overwritten
            raise RefusedByState(_fault(sqlite3.SQLITE_CORRUPT, Place(str(self.path)))) from problem
        except (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.IntegrityError):
            raise  # a mistake of pcard's own
        except sqlite3.Error as problem:
            code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
            raise RefusedByState(_fault(code & 0xFF, Place(str(self.path)))) from problem


def _fault(code: int, place: Place) -> Fault:
    """Return what a clerk reads for a primary result code of SQLite."""
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            message = "another pcard command is writing to this workspace"
            cure = "wait until it has finished and repeat the command; nothing was changed"
            return Fault("workspace-in-use", place, message, cure)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            message, cure = "the workspace cannot be opened for writing", "check that it is there and yours to write"
            return Fault("workspace-unwritable", place, message, cure)
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            message = "the disk is full or failed while the workspace was being read or written"
            cure = "free space or check the disk and repeat the command; nothing was changed"
            return Fault("workspace-disk", place, message, cure)
        case _:
            message = "the workspace's file is damaged or is no database"
            cure = "restore pcard.db from a backup; the documents are in originals/ and can be imported again"
            return Fault("workspace-damaged", place, message, cure)

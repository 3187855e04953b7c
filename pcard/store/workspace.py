"""One district's folder: settings, rules, originals, and the file that remembers everything done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Place, Refused, RefusedByState
from pcard.frames import RECORDS
from pcard.store import decisions, facts, files, imports, trail
from pcard.store.database import Database
from pcard.store.decisions import UNDO, Decision
from pcard.store.identities import refuse_clash
from pcard.store.imports import Imported
from pcard.store.migrations import migrate
from pcard.store.settings import FILE_NAME, Settings, copy_rules, load_settings, template
from pcard.store.storage import on_network
from pcard.store.trail import Actor
from pcard.store.verification import Verification, verify

if TYPE_CHECKING:
    from pcard.ledger.normalise import Normalised

DATABASE = "pcard.db"
FOLDERS = ("rules/profiles", "rebates", "inbox", "originals", "reports")
VARIABLE = "PCARD_WORKSPACE"
_OWN_ACTS = ("init", "import", UNDO)
_MAKE_ONE = "make one with 'pcard init DIR', or name yours: -w DIR"
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the moment; the one clock of the store, for callers that have no other."""
    return datetime.now(UTC)


class Workspace(AbstractContextManager["Workspace"]):
    """An open workspace. Each act is one transaction: when a method returns, it is on the disk."""

    def __init__(self, root: Path, settings: Settings, database: Database, *, who: str, now: Clock) -> None:
        """Take the parts; `open` and `init` make them."""
        self.root = root
        self.settings = settings
        self._database = database
        self._who = who
        self._now = now

    @classmethod
    def find(cls, start: Path | None, env: Mapping[str, str]) -> Path:
        """Return the workspace that `PCARD_WORKSPACE` names, else the nearest parent of `start` that is one.

        Raises:
            Refused: there is none.
        """
        if named := env.get(VARIABLE):
            _demand_workspace(Path(named))
            return Path(named).resolve()
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / FILE_NAME).is_file():
                return folder
        message = "neither this folder nor one above it is a pcard workspace"
        raise Refused(Fault("workspace-missing", Place(str(here)), message, _MAKE_ONE))

    @classmethod
    def init(cls, root: Path, *, district: str, who: str = "init", now: Clock = utc_now) -> Workspace:
        """Make a new workspace and open it.

        The settings file is written last: a folder without it is no workspace,
        so an interrupted `init` can be repeated.

        Raises:
            RefusedByState: there is one already, or the folder cannot be written.
        """
        if (root / FILE_NAME).exists():
            cure = "use it, or name another folder"
            raise RefusedByState(Fault("workspace-exists", Place(str(root)), "here is a workspace already", cure))
        for folder in (root, *(root / name for name in FOLDERS)):
            files.make_folder(folder)
        district = trail.clean(district)
        with closing(Database(root / DATABASE, network=on_network(root), create=True)) as database, database.writing():
            migrate(database)
            if trail.next_seq(database) == 1:
                trail.append(database, Actor(who, now()), "init", DATABASE, {"district": district})
        files.write_whole(root / FILE_NAME, template(district, rules=copy_rules(root)).encode())
        return cls.open(root, who=who, now=now)

    @classmethod
    def open(cls, root: Path, *, who: str, now: Clock) -> Workspace:
        """Open a workspace; a file of an older pcard is brought up to date, after a copy of it was made.

        Raises:
            Refused: the settings have faults, or this is no workspace.
            RefusedByState: the file is missing, damaged, of a newer pcard, or in use.
        """
        _demand_workspace(root)
        settings = load_settings(root / FILE_NAME)
        path = root / DATABASE
        if not path.exists():
            cure = "restore it from a backup; the documents are in originals/"
            raise RefusedByState(Fault("workspace-gone", Place(str(path)), "the workspace's file is gone", cure))
        network = {"local": False, "network": True}.get(settings.storage)
        database = Database(path, network=on_network(root) if network is None else network)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(root, settings, database, who=who, now=now)

    def close(self) -> None:
        """Close the workspace's file."""
        self._database.close()

    def __exit__(self, *_: object) -> None:
        """Close at the end of a `with`."""
        self.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Make several acts one: all of them are kept at its end, or none."""
        return self._database.writing()

    def import_document(
        self, document: Document, normalised: Normalised, *, accepted_unbalanced: bool = False
    ) -> Imported:
        """Take a document in, whole or not at all; the same document again changes nothing.

        Raises:
            Refused: it has faults, or disagrees with its own control figures.
            RefusedByState: the workspace cannot be written now.
        """
        with self._database.writing():
            folder = self.root / "originals"
            actor = self._actor()
            return imports.take_in(self._database, folder, actor, document, normalised, unbalanced=accepted_unbalanced)

    def records(self) -> dict[str, pl.DataFrame]:
        """Return the records that stand, by the name of their table; each in its schema and sorted by its key."""
        with self._database.reading():
            passed = self._undone_imports()
            return {name: facts.live(self._database, name, passed) for name in RECORDS}

    def refusals(self) -> pl.DataFrame:
        """Return the lines not taken of the documents that stand, as `REFUSALS`."""
        with self._database.reading():
            return facts.live(self._database, "refusals", self._undone_imports())

    def imports(self) -> pl.DataFrame:
        """Return all imports in order; `undone_by` names the undo where one stands, `amounts` is cents by currency."""
        with self._database.reading():
            return imports.frame(self._database)

    def decisions(self) -> pl.DataFrame:
        """Return all decisions as `DECISIONS`; `undone_by` names the undo where one stands."""
        with self._database.reading():
            return decisions.frame(self._database)

    def decide(
        self,
        act: str,
        subject: str,
        *,
        evidence_kind: str | None = None,
        evidence_id: str | None = None,
        value: str | None = None,
        reason: str | None = None,
        amount_cents: int | None = None,
    ) -> str:
        """Record an act of a person; return its id (`D-000001`).

        Raises:
            ValueError: the act is one that the store records itself.
        """
        if act in _OWN_ACTS:
            msg = f"{act} is recorded by its own method"
            raise ValueError(msg)
        decision = Decision(act, subject, evidence_kind, evidence_id, value, reason, amount_cents=amount_cents)
        with self._database.writing():
            return decisions.record(self._database, self._actor(), decision)

    def undo(self, what: str, *, reason: str) -> str:
        """Undo a decision (`D-000001`) or a whole import (`I-0001`) by a new act; return its id.

        An undo can be undone: what it undid stands again.

        Raises:
            Refused: there is nothing of that name.
            RefusedByState: it is undone already, or cannot stand again beside what came since.
        """
        with self._database.writing():
            passed = self._undone_imports()
            shown = decisions.named(self._database, what)
            act = Decision(UNDO, shown, reason=reason, replaces=shown)
            recorded = decisions.record(self._database, self._actor(), act)
            still_passed = self._undone_imports()
            for number in sorted(passed - still_passed):
                refuse_clash(self._database, number, still_passed)
            return recorded

    def trail(self) -> pl.DataFrame:
        """Return every act in order: seq, at, who, tool, act, subject, body, previous, hash."""
        return trail.frame(self._database)

    def verify(self, anchor: str | None = None) -> Verification:
        """Prove that nothing was edited behind pcard's back; `anchor` is a head hash from a printed report."""
        return verify(self._database, self.root / "originals", anchor)

    @property
    def head(self) -> str:
        """The hash of the trail's last record, to be printed on reports."""
        return trail.head(self._database)

    def _actor(self) -> Actor:
        return Actor(self._who, self._now())

    def _undone_imports(self) -> frozenset[int]:
        return decisions.undone_imports(decisions.undone(self._database))


def _demand_workspace(root: Path) -> None:
    if not (root / FILE_NAME).is_file():
        message = f"this folder is no pcard workspace: it has no {FILE_NAME}"
        raise Refused(Fault("folder-no-workspace", Place(str(root)), message, _MAKE_ONE))

"""Acts of people: recorded, never changed, undone only by another act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import polars as pl

from pcard.errors import Fault, Place, Refused, RefusedByState
from pcard.frames import DECISIONS
from pcard.store import trail
from pcard.store.database import Database
from pcard.store.facts import undamaged
from pcard.store.trail import Actor, clean

UNDO = "undo"
# Acts that answer the same question, so that a later one replaces the one before.
_ANSWERS_TO: Mapping[str, frozenset[str]] = {
    act: group
    for group in (frozenset({"link", "unlink", "confirm", "reject"}), frozenset({"close", "reopen"}))
    for act in group
}
_ID = re.compile(r"^([DI])-0*([0-9]{1,9})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decision:
    """One act as it is stored, without its number and place in the trail."""

    act: str
    subject: str
    evidence_kind: str | None = None
    evidence_id: str | None = None
    value: str | None = None
    reason: str | None = None
    replaces: str | None = None
    amount_cents: int | None = None


COLUMNS = ("decision_no", "seq", *(field.name for field in fields(Decision)))


def decision_id(number: int) -> str:
    """Return how a decision is shown: D-000001."""
    return f"D-{number:06d}"


def import_id(number: int) -> str:
    """Return how an import is shown: I-0001."""
    return f"I-{number:04d}"


def record(database: Database, actor: Actor, decision: Decision) -> str:
    """Store a decision with its record in the trail; return its id. Within a transaction.

    Card numbers in its texts are cut. What it replaces is the standing decision
    on the same question, where there is one.
    """
    texts: dict[str, Any] = {name: clean(value) for name, value in asdict(decision).items() if isinstance(value, str)}
    decision = replace(decision, **texts)
    decision = replace(decision, replaces=decision.replaces or _replaced(database, decision))
    number = int(database.value("SELECT coalesce(max(decision_no), 0) + 1 FROM decisions"))
    row = {"decision_no": number, "seq": trail.next_seq(database), **asdict(decision)}
    shown = decision_id(number)
    trail.append(database, actor, decision.act, shown, row)
    database.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", tuple(row.values()))
    return shown


def undone(database: Database) -> dict[str, str]:
    """Return what is undone, by its id, with the id of the undo that stands.

    An undo can itself be undone, so the newest speaks first.
    """
    found: dict[str, str] = {}
    sql = "SELECT decision_no, subject FROM decisions WHERE act = ? ORDER BY decision_no DESC"
    for number, subject in database.rows(sql, (UNDO,)):
        shown = decision_id(number)
        if shown not in found:
            found[subject] = shown
    return found


def undone_imports(undone_by: Iterable[str]) -> frozenset[int]:
    """Return the numbers of the imports among ids."""
    return frozenset(int(shown[2:]) for shown in undone_by if shown.startswith("I-"))


def named(database: Database, what: str) -> str:
    """Return the id of a decision or import that a person named and that can be undone.

    Raises:
        Refused: no such decision or import.
        RefusedByState: it is undone already.
    """
    place = Place(clean(what))
    if found := _ID.match(what.strip()):
        kind, number = found[1].upper(), int(found[2])
        shown = decision_id(number) if kind == "D" else import_id(number)
        table, column = ("decisions", "decision_no") if kind == "D" else ("imports", "import_no")
        if database.value(f"SELECT 1 FROM {table} WHERE {column} = ?", (number,)):  # noqa: S608  fixed names
            undone_by = undone(database)
            if shown not in undone_by:
                return shown
            cure = f"to have it back, undo {undone_by[shown]}"
            raise RefusedByState(
                Fault("already-undone", place, f"{shown} is undone already, by {undone_by[shown]}", cure)
            )
    cure = "'pcard audit log' lists decisions (D-000001) and imports (I-0001)"
    raise Refused(Fault("decision-unknown", place, "there is no decision or import of that name", cure))


def frame(database: Database) -> pl.DataFrame:
    """Return all decisions, those undone with the id of the undo."""
    marks = undone(database)
    columns = ", ".join(f"decisions.{name}" for name in COLUMNS if name not in ("decision_no", "seq"))
    sql = f"SELECT decision_no, at, who, {columns} FROM decisions JOIN trail USING (seq)"  # noqa: S608  fixed names
    names = ("decision_id", "at", "who", *COLUMNS[2:])
    rows = [
        {**dict(zip(names, (decision_id(row[0]), *row[1:]), strict=True)), "undone_by": marks.get(decision_id(row[0]))}
        for row in database.rows(sql)
    ]
    with undamaged(database, "decisions"):
        return DECISIONS.rows(rows) if rows else DECISIONS.empty()


def _replaced(database: Database, decision: Decision) -> str | None:
    """Return the standing decision that answers the same question, or None."""
    acts = _ANSWERS_TO.get(decision.act, frozenset({decision.act}))
    sql = (
        "SELECT decision_no FROM decisions WHERE subject = ? AND act IN (SELECT value FROM json_each(?)) "
        "AND evidence_kind IS ? AND evidence_id IS ? ORDER BY decision_no DESC"
    )
    question = (decision.subject, trail.canonical(sorted(acts)), decision.evidence_kind, decision.evidence_id)
    marks = undone(database)
    standing = (decision_id(number) for (number,) in database.rows(sql, question))
    return next((shown for shown in standing if shown not in marks), None)

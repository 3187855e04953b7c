"""Proof that nothing was edited behind pcard's back: the chain, then every table replayed against it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pcard.errors import Fault, Place
from pcard.store import decisions, facts, imports, migrations, trail
from pcard.store.database import Database
from pcard.store.decisions import import_id
from pcard.store.trail import Record

_CURE = "restore pcard.db from the last backup that verifies, and find out who changed the file"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the trail found: `fault` names the first bad record, None where all is as it was written."""

    records: int
    head: str
    fault: Fault | None

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None


def verify(database: Database, originals: Path, anchor: str | None = None) -> Verification:
    """Check the chain, replay every record against the tables, and compare the kept originals.

    `anchor` is a head hash kept outside the workspace, as reports print it; it
    must be one of the chain's, else the trail was cut or written anew.
    """
    with database.reading():
        records = list(trail.read(database))
        head = records[-1].hash if records else trail.FIRST
        try:
            fault = next(_faults(database, originals, records, anchor), None)
        except (ValueError, LookupError, TypeError):  # a chain that holds, over bodies no pcard wrote
            message = "a record's body is not what pcard writes"
            fault = Fault("trail-forged", Place(str(database.path)), message, _CURE)
    return Verification(len(records), head, fault)


def _faults(database: Database, originals: Path, records: list[Record], anchor: str | None) -> Iterator[Fault]:
    """Find what is wrong, first what comes first in the trail."""
    place = Place(str(database.path))
    if not records:
        yield Fault("trail-empty", place, "the trail holds nothing, not even the workspace's beginning", _CURE)
    yield from _replay(database, records)
    yield from _surplus(database, records)
    for sha256, (number, kept) in imports.documents_of(database).items():
        yield from _copy_fault(originals / sha256, import_id(number), kept)
    if database.value("PRAGMA integrity_check(1)") != "ok":
        yield Fault("pages-damaged", place, "the file's pages contradict each other", _CURE)
    if missing := migrations.guards_missing(database):
        yield Fault("guard-missing", place, f"the guard {missing[0]} was removed or changed", _CURE)
    if anchor is not None and anchor.strip().lower() not in {record.hash for record in records}:
        message = "the trail was cut or written anew: no record has the hash given as anchor"
        yield Fault("anchor-unknown", place, message, "compare with the head hash printed on the report; " + _CURE)


def _replay(database: Database, records: list[Record]) -> Iterator[Fault]:
    previous = trail.FIRST
    written = {act: _rows_by_number(database, act) for act in ("import", "decision")}
    for expected, record in enumerate(records, start=1):
        if record.seq != expected:
            yield _bad(expected, "", "it is missing from the trail")
        if record.previous != previous:
            yield _bad(record.seq, record.subject, "it does not continue the record before")
        if record.seal() != record.hash:
            yield _bad(record.seq, record.subject, "it was changed after it was written")
        previous = record.hash
        if record.act != "init":
            kind = "import" if record.act == "import" else "decision"
            yield from _row_fault(record, f"{kind}s", f"{kind}_no", written[kind])
        if record.act == "import":
            yield from _records_faults(database, record)


def _rows_by_number(database: Database, kind: str) -> dict[int, dict[str, Any]]:
    columns = imports.COLUMNS if kind == "import" else decisions.COLUMNS
    rows = database.rows(f"SELECT {', '.join(columns)} FROM {kind}s")  # noqa: S608  fixed names
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


def _row_fault(record: Record, table: str, key: str, written: dict[int, dict[str, Any]]) -> Iterator[Fault]:
    """Compare the row that a trail record speaks of with the one in its table."""
    body: dict[str, Any] = json.loads(record.body)
    body.pop("records", None)
    row = written.get(body[key])
    if row is None:
        yield _bad(record.seq, record.subject, f"gone from {table}")
    elif row != body:
        changed = next((name for name in row if row[name] != body.get(name)), "something")
        yield _bad(record.seq, record.subject, f"{changed} differs in the table {table}")


def _records_faults(database: Database, record: Record) -> Iterator[Fault]:
    """Compare an import's rows in every table with what the trail keeps of them."""
    body = json.loads(record.body)
    for name in sorted(facts.TABLES):
        found = facts.sealed_rows(database, name, body["import_no"])
        yield from _sealed_faults(name, record, found, body["records"].get(name, [0, ""]))


def _sealed_faults(name: str, record: Record, found: list[tuple[Any, ...]], stored: Sequence[Any]) -> Iterator[Fault]:
    """Compare one import's rows of one table with their seals and their digest."""
    columns = ("import_no", "row_no", *facts.TABLES[name].schema)
    rows = facts.Rows(iter(row[:-1] for row in found))
    for expected, (there, sealed) in enumerate(zip(found, rows, strict=True), start=1):
        where = dict(zip(columns, there, strict=False))
        if where["row_no"] != expected:
            yield _bad(record.seq, record.subject, f"row {expected} of {name} is missing")
        if there[-1] != sealed[-1]:
            at = f"{where['document']}:{where['line']}"
            yield _bad(record.seq, record.subject, f"row {expected} of {name} ({at}) was changed")
    if (found and list(rows.stored) != stored) or len(found) != stored[0]:
        counts = f"{len(found)} rows now, {stored[0]} when imported"
        yield _bad(record.seq, record.subject, f"the rows of {name} are not those imported ({counts})")


def _surplus(database: Database, records: list[Record]) -> Iterator[Fault]:
    """Find rows that no trail record speaks of."""
    acts = Counter("imports" if r.act == "import" else "decisions" for r in records if r.act != "init")
    imported = [json.loads(record.body) for record in records if record.act == "import"]
    for name in facts.TABLES:
        acts[name] = sum(body["records"].get(name, [0])[0] for body in imported)
    for name, expected in acts.items():
        found = database.value(f"SELECT count(*) FROM {name}")  # noqa: S608  fixed names
        if found != expected:
            message = f"the table {name} has {found} rows, the trail speaks of {expected}"
            yield Fault("rows-unrecorded", Place(name), message, _CURE)


def _copy_fault(path: Path, subject: str, kept: str) -> Iterator[Fault]:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        yield Fault("original-missing", Place(f"originals/{path.name}"), f"the document of {subject} is gone", _CURE)
        return
    if found != kept:
        message = f"the document of {subject} was changed"
        yield Fault("original-changed", Place(f"originals/{path.name}"), message, _CURE)


def _bad(seq: int, subject: str, what: str) -> Fault:
    name = f"record {seq}" + (f" ({subject})" if subject else "")
    return Fault("trail-broken", Place("trail", seq), f"{name}: {what}", _CURE)

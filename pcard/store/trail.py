"""The trail: every act in order, each record sealed with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import polars as pl

from pcard import __version__
from pcard.card_numbers import redact
from pcard.store.database import Database

FIRST = "0" * 64
TOOL = f"pcard {__version__}"


class Record(NamedTuple):
    """One act as it stands in the trail; `body` is canonical JSON."""

    seq: int
    at: str
    who: str
    tool: str
    act: str
    subject: str
    body: str
    previous: str
    hash: str

    def seal(self) -> str:
        """Return the hash that all other columns give."""
        return digest(canonical(self[:-1]))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and when."""

    who: str
    at: datetime


def canonical(value: object) -> str:
    """Write JSON in its one form: keys sorted, no spaces, text as it is, no numbers that are none."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def clean(text: str) -> str:
    """Return text from a person as it may be stored: card numbers cut, nothing that UTF-8 cannot hold."""
    return redact(text.encode("utf-8", "replace").decode())[0]


def timestamp(moment: datetime) -> str:
    """Return a moment in UTC to the second; one without a zone counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="seconds")


def next_seq(database: Database) -> int:
    """Return the number the next record will have."""
    return int(database.value("SELECT coalesce(max(seq), 0) + 1 FROM trail"))


def append(database: Database, actor: Actor, act: str, subject: str, body: Mapping[str, object]) -> None:
    """Add a record to the trail; within the transaction of what it records."""
    head = database.rows("SELECT seq, hash FROM trail ORDER BY seq DESC LIMIT 1")
    last, previous = head[0] if head else (0, FIRST)
    at, who = timestamp(actor.at), clean(actor.who)
    record = Record(last + 1, at, who, TOOL, act, subject, canonical(body), previous, "")
    database.execute("INSERT INTO trail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", record._replace(hash=record.seal()))


def read(database: Database) -> Iterator[Record]:
    """Return the records in order."""
    for row in database.rows(f"SELECT {', '.join(Record._fields)} FROM trail ORDER BY seq"):  # noqa: S608  fixed names
        yield Record(*row)


def head(database: Database) -> str:
    """Return the hash of the last record: what a report prints and `audit verify --anchor` takes."""
    return str(database.value("SELECT hash FROM trail ORDER BY seq DESC LIMIT 1") or FIRST)


def frame(database: Database) -> pl.DataFrame:
    """Return the trail as a table, oldest first."""
    schema = {name: pl.Int64() if name == "seq" else pl.String() for name in Record._fields}
    return pl.DataFrame(list(read(database)), schema=schema, orient="row")

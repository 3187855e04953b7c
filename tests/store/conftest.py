"""A workspace to write in, with a clock that stands still, and documents made from rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import RECORDS, REFUSALS, Control
from pcard.ledger.normalise import Normalised
from pcard.store.workspace import Workspace

MOMENT = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
Row = Mapping[str, Any]


def now() -> datetime:
    return MOMENT


def charge(number: int, **other: Any) -> Row:
    """Return a transaction, by default the n-th of a day's purchases."""
    digest = hashlib.sha256(f"charge {number}".encode()).hexdigest()[:32]
    return {
        "transaction_id": f"T{number}",
        "id": f"T{number}",
        "date": date(2026, 9, 2),
        "posted": date(2026, 9, 3),
        "amount_cents": 1000 + number,
        "merchant": f"STORE {number}",
        "kind": "purchase",
        "memo": False,
        "identity": digest,
        "line": number + 1,
        **other,
    }


def listed(table: str, number: int, **other: Any) -> Row:
    """Return a row of a table with a value in every required column."""
    row: dict[str, Any] = {}
    for column in RECORDS[table].columns:
        if column.required:
            row[column.frame_name] = {
                "TEXT": f"{column.name} {number}",
                "DATE": date(2026, 9, 1),
                "MONEY": 100 + number,
                "COUNT": number + 1,
                "FLAG": True,
            }[column.kind.name]
    return {**row, **other}


def document(content: str | bytes, name: str = "bank.csv") -> Document:
    raw = content.encode() if isinstance(content, str) else content
    return Document(name, raw, hashlib.sha256(raw).hexdigest())


def normalised(
    tables: Mapping[str, Sequence[Row]] | Sequence[Row],
    name: str = "bank.csv",
    *,
    faults: Sequence[Fault] = (),
    controls: Sequence[Control] = (),
) -> Normalised:
    """Return what the ledger would make of the rows of tables (of transactions where none is named)."""
    tables = tables if isinstance(tables, Mapping) else {"transactions": tables}
    records = {
        table: RECORDS[table].rows([{**row, "document": name} for row in rows])
        for table, rows in tables.items()
        if rows
    }
    money = [table for table in ("transactions", "bank_lines") if table in records]
    counted: list[str] = [*money] or list(records)
    total = sum(sum(records[table]["amount_cents"].to_list()) for table in money)
    return Normalised(
        importer="made 1",
        records=records,
        refusals=REFUSALS.empty(),
        faults=tuple(faults),
        controls=tuple(controls),
        accepted=sum(records[table].height for table in counted),
        skipped=0,
        refused=0,
        amount_cents={"": total} if money else {},
        statements=records["statements"].height if "statements" in records else 0,
        cut_count=0,
        cut=frozenset(),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a new workspace in it."""
    folder = tmp_path / "district"
    Workspace.init(folder, district="Juniper Valley", who="clerk", now=now).close()
    return folder


@pytest.fixture
def workspace(root: Path) -> Iterator[Workspace]:
    """The workspace in `root`, open."""
    with Workspace.open(root, who="clerk", now=now) as opened:
        yield opened

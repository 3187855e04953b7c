"""Small documents built by hand, and their records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl
import pytest

from pcard.documents import Document
from pcard.frames import Extract, Ledger, Reading
from pcard.ledger.assemble import assemble
from pcard.ledger.normalise import Normalised, normalise

Rows: TypeAlias = Sequence[Mapping[str, str | None]]
Read: TypeAlias = Callable[..., Normalised]
LedgerOf: TypeAlias = Callable[..., Ledger]


def extract_of(tables: Mapping[str, Rows], **facts: Any) -> Extract:
    lines = {}
    for name, rows in tables.items():
        names = list(dict.fromkeys(key for row in rows for key in row))
        frame = pl.DataFrame([dict(row) for row in rows], dict.fromkeys(names, pl.String), orient="row")
        lines[name] = frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int32).alias("line"))
    return Extract("by-hand", "1", lines, **facts)


@pytest.fixture
def read() -> Read:
    """Normalise tables of text cells: `read({"transactions": [{...}]}, name="a.csv", reading=Reading())`."""

    def run(
        tables: Mapping[str, Rows], *, name: str = "a.csv", reading: Reading | None = None, **facts: Any
    ) -> Normalised:
        return normalise(extract_of(tables, reading=reading or Reading(), **facts), Document(name, b"", "0" * 64))

    return run


@pytest.fixture
def ledger_of(read: Read) -> LedgerOf:
    """Assemble tables of text cells, each a document of its own, which must all be readable."""

    def run(tables: Mapping[str, Rows], *, closing_day: int | None = None) -> Ledger:
        parts = [read({name: rows}, name=f"{name}.csv") for name, rows in tables.items()]
        assert not [fault for part in parts for fault in part.faults if not fault.warning]
        return assemble(
            {name: frame for part in parts for name, frame in part.records.items()}, closing_day=closing_day
        )

    return run

"""Record tables: rows added with each import, and the live ones among all that were ever imported."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import polars as pl

from pcard.errors import Fault, Place, RefusedByState, SchemaBroken
from pcard.frames import RECORDS, REFUSALS
from pcard.schema import Kind, Table
from pcard.store.database import Database
from pcard.store.trail import canonical

# What a bank or a card issuer says stands as it first came, so that overlapping documents change nothing; lists that
# people keep are replaced by the newest copy. An undone import counts for neither.
FIRST_STANDS = frozenset({"transactions", "bank_lines", "statements", "coding", "rebate_reports"})
TABLES: dict[str, Table] = {**RECORDS, "refusals": REFUSALS}
_SEAL_LENGTH = 16


class Stored(NamedTuple):
    """What the trail keeps of one import's rows of one table."""

    rows: int
    digest: str


class Rows(Iterator[Sequence[Any]]):
    """Rows on their way into or out of a table, sealed one by one and digested as a whole."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self._rows = rows
        self._digest = hashlib.sha256()
        self.count = 0

    def __next__(self) -> Sequence[Any]:
        """Return the next row with its seal at the end."""
        row = next(self._rows)
        line = canonical(row).encode()
        self._digest.update(line + b"\n")
        self.count += 1
        return (*row, hashlib.sha256(line).hexdigest()[:_SEAL_LENGTH])

    @property
    def stored(self) -> Stored:
        """The number and digest of the rows gone through so far."""
        return Stored(self.count, self._digest.hexdigest())


def add(database: Database, name: str, frame: pl.DataFrame, import_no: int) -> Stored:
    """Add one import's rows of one table."""
    table = TABLES[name]
    stored = frame.select(_storable(table))
    rows = Rows((import_no, number, *row) for number, row in enumerate(stored.iter_rows(), start=1))
    marks = ", ".join("?" * (len(table.columns) + 3))
    database.insert(f"INSERT INTO {name} ({_columns(name)}, seal) VALUES ({marks})", rows)  # noqa: S608  fixed names
    return rows.stored


def sealed_rows(database: Database, name: str, import_no: int) -> list[tuple[Any, ...]]:
    """Return one import's rows of one table as they stand, each with its seal at the end."""
    sql = f"SELECT {_columns(name)}, seal FROM {name} WHERE import_no = ? ORDER BY row_no"  # noqa: S608  fixed names
    return database.rows(sql, (import_no,))


def live(database: Database, name: str, undone: Collection[int]) -> pl.DataFrame:
    """Return the rows of one table that stand, in its border's schema.

    Of several copies of an identity the first import's stands or, in lists that
    people keep, the last import's; of several identities with one key the last.

    Raises:
        RefusedByState: what is stored there is not what pcard stored.
    """
    table = TABLES[name]
    keep: Literal["first", "last"] = "first" if name in FIRST_STANDS else "last"
    with undamaged(database, name):
        frame = _read(database, name, undone)
        if frame.is_empty():
            return table.empty()
        if name != "refusals":
            frame = frame.unique(subset="identity", keep=keep, maintain_order=True)
            frame = frame.sort("import_no", maintain_order=True)
        return table.of(frame.unique(subset=list(table.key), keep="last", maintain_order=True))


@contextmanager
def undamaged(database: Database, name: str) -> Iterator[None]:
    """Say in words where a table holds what cannot be read back.

    Raises:
        RefusedByState: what is stored there is not what pcard stored.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, SchemaBroken, TypeError, OverflowError) as problem:
        message, cure = f"the table {name} holds what pcard did not put there", "run 'pcard audit verify'"
        raise RefusedByState(Fault("records-damaged", Place(str(database.path)), message, cure)) from problem


def mark_present(database: Database, name: str, frame: pl.DataFrame, undone: Collection[int]) -> pl.DataFrame:
    """Return an import's rows with `present`: whether they would change nothing of what stands.

    A line of an issuer is known by its identity; a line of a list that people
    keep must also say the same as the copy that stands.
    """
    if name in FIRST_STANDS:
        sql = (
            f"SELECT DISTINCT identity FROM {name} "  # noqa: S608  fixed names
            "WHERE identity IN (SELECT value FROM json_each(?)) AND import_no NOT IN (SELECT value FROM json_each(?))"
        )
        found = database.rows(sql, (canonical(frame["identity"].to_list()), canonical(sorted(undone))))
        there, keys = pl.DataFrame(found, schema={"identity": pl.String()}, orient="row"), ["identity"]
    else:
        there = live(database, name, undone)
        keys = [column for column in TABLES[name].schema if column not in ("document", "line")]
    marks = there.select(keys).unique().with_columns(present=pl.lit(value=True))
    joined = frame.join(marks, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col("present").fill_null(value=False))


def _read(database: Database, name: str, undone: Collection[int]) -> pl.DataFrame:
    table = TABLES[name]
    columns = ", ".join(f'"{column.frame_name}"' for column in table.columns)
    passed = canonical(sorted(undone))
    sql = (
        f"SELECT import_no, {columns} FROM {name} "  # noqa: S608  fixed names
        "WHERE import_no NOT IN (SELECT value FROM json_each(?)) ORDER BY import_no, row_no"
    )
    schema = {"import_no": pl.Int64(), **{c.frame_name: _stored_type(c.kind) for c in table.columns}}
    frame = pl.DataFrame(database.rows(sql, (passed,)), schema=schema, orient="row")
    return frame.select("import_no", *_readable(table))


def _columns(name: str) -> str:
    return ", ".join(f'"{column}"' for column in ("import_no", "row_no", *TABLES[name].schema))


def _stored_type(kind: Kind) -> pl.DataType:
    return pl.String() if kind in (Kind.TEXT, Kind.DATE) else pl.Int64()


def _storable(table: Table) -> Iterator[pl.Expr]:
    for column in table.columns:
        value = pl.col(column.frame_name)
        yield value.dt.to_string("%Y-%m-%d") if column.kind is Kind.DATE else value.cast(_stored_type(column.kind))


def _readable(table: Table) -> Iterator[pl.Expr]:
    for column in table.columns:
        value = pl.col(column.frame_name)
        yield value.str.to_date("%Y-%m-%d") if column.kind is Kind.DATE else value.cast(column.kind.value)

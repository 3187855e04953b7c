"""Transaction ids kept apart: among what stands, one id means one transaction and one transaction has one id."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from pcard.errors import Fault, Place, RefusedByState
from pcard.store.database import Database
from pcard.store.decisions import import_id
from pcard.store.trail import canonical

_STANDS = "import_no NOT IN (SELECT value FROM json_each(?))"
_SUFFIX_DIGITS = (4, 8, 16, 32)


def settle_transaction_ids(database: Database, frame: pl.DataFrame, undone: Collection[int]) -> pl.DataFrame:
    """Return transactions with ids that no other standing transaction has.

    A transaction that stands already keeps its id. One whose id is another's
    gets `<id>~<first digits of its identity>`.
    """
    known = _column_by(database, "transaction_id", "identity", frame["identity"], undone)
    holders = _column_by(database, "identity", "transaction_id", frame["transaction_id"], undone)
    wanted = list(zip(frame["identity"].to_list(), frame["transaction_id"].to_list(), strict=True))
    if not known and not holders:
        return frame
    settled = {identity: known[identity] for identity, _ in wanted if identity in known}
    used = set(settled.values())
    collided = []
    for identity, proposed in wanted:
        if identity in settled:
            continue
        if holders.get(proposed, identity) != identity or proposed in used:
            collided.append((identity, proposed))
        else:
            settled[identity] = proposed
            used.add(proposed)
    for identity, proposed in collided:
        settled[identity] = _free_id(database, identity, proposed, used, undone)
        used.add(settled[identity])
    return frame.with_columns(pl.Series("transaction_id", [settled[identity] for identity, _ in wanted], pl.String))


def refuse_clash(database: Database, number: int, undone: Collection[int]) -> None:
    """Refuse to let an undone import stand again where others have taken its transactions' ids.

    Raises:
        RefusedByState: naming the import to undo first.
    """
    sql = (
        "SELECT other.import_no, back.transaction_id FROM transactions AS back "
        "JOIN transactions AS other ON other.{on} = back.{on} AND other.{differs} != back.{differs} "
        "WHERE back.import_no = ? AND other.import_no != back.import_no "
        "AND other.import_no NOT IN (SELECT value FROM json_each(?)) ORDER BY 1, 2 LIMIT 1"
    )
    for on, differs in (("transaction_id", "identity"), ("identity", "transaction_id")):
        clash = database.rows(sql.format(on=on, differs=differs), (number, canonical(sorted(undone))))
        if clash:
            other, transaction = clash[0]
            message = f"{import_id(other)} now holds another transaction under the id {transaction}"
            cure = f"undo {import_id(other)} first, then repeat"
            raise RefusedByState(Fault("transaction-id-taken", Place(import_id(number)), message, cure))


def _column_by(
    database: Database, column: str, by: str, values: pl.Series, undone: Collection[int]
) -> Mapping[str, str]:
    """Return one column of the standing transactions by another, for the values given."""
    sql = (
        f"SELECT {by}, {column} FROM transactions "  # noqa: S608  fixed names
        f"WHERE {by} IN (SELECT value FROM json_each(?)) AND {_STANDS}"
    )
    return dict(database.rows(sql, (canonical(values.to_list()), canonical(sorted(undone)))))


def _free_id(database: Database, identity: str, proposed: str, used: Collection[str], undone: Collection[int]) -> str:
    for digits in _SUFFIX_DIGITS:
        candidate = f"{proposed}~{identity[:digits]}"
        held = _column_by(database, "identity", "transaction_id", pl.Series([candidate]), undone)
        if candidate not in used and not held:
            return candidate
    msg = f"no id is free for the identity {identity}"
    raise AssertionError(msg)

"""One document taken into the workspace: as a batch, whole, and only what is new counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pcard.documents import Document
from pcard.errors import Refused, errors_of
from pcard.store import facts, originals, trail
from pcard.store.database import Database
from pcard.store.decisions import import_id, undone, undone_imports
from pcard.store.identities import settle_transaction_ids
from pcard.store.trail import Actor, canonical, clean

if TYPE_CHECKING:
    from pcard.ledger.normalise import Normalised

COLUMNS = (
    "import_no", "seq", "document", "sha256", "kept_sha256", "importer", "accepted", "already_present", "skipped",
    "refused", "statements", "amounts", "unbalanced",
)  # fmt: skip
# What a document is counted by: its money lines where it has any, else whatever else it holds.
_MONEY_LINES = ("transactions", "bank_lines")
# The ledger's fault that a person may accept: the document disagrees with its own control figures.
_UNBALANCED = "control-mismatch"
_AMOUNTS = {
    **dict.fromkeys(("transactions", "bank_lines", "orders", "ap_payments", "coding"), "amount_cents"),
    "receipts": "total_cents",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a document; `amount_cents` is by currency ("" where none is named), of what was accepted.

    `import_id` is None where the same document stands in the workspace already.
    """

    name: str
    importer: str
    accepted: int
    already_present: int
    skipped: int
    refused: int
    amount_cents: Mapping[str, int]
    statements: int
    import_id: str | None


def take_in(
    database: Database, folder: Path, actor: Actor, document: Document, normalised: Normalised, *, unbalanced: bool
) -> Imported:
    """Store a document's lines, its copy and the record of both. Within a transaction.

    Raises:
        Refused: the document has faults, or its lines disagree with its own control figures.
    """
    _refuse_faulty(normalised, unbalanced=unbalanced)
    passed = undone_imports(undone(database))
    name = _name(document, normalised)
    records = {
        table: frame.with_columns(document=pl.lit(name)) for table, frame in normalised.records.items() if frame.height
    }
    if _stands(database, document.sha256, records, passed):
        return _imported(name, normalised, 0, dict.fromkeys(normalised.amount_cents, 0), None)
    new, amounts = _count_new(database, normalised, records, passed)
    if "transactions" in records:
        records["transactions"] = settle_transaction_ids(database, records["transactions"], passed)
    copy = document if normalised.kept is None else replace(document, content=normalised.kept)
    kept, is_new_copy = originals.keep(folder, copy, normalised.cut)
    if is_new_copy:
        database.reversed_by(lambda: (folder / document.sha256).unlink(missing_ok=True))
    number = int(database.value("SELECT coalesce(max(import_no), 0) + 1 FROM imports"))
    imported = _imported(name, normalised, new, amounts, import_id(number))
    row = _row(database, number, document, kept, imported, normalised)
    if normalised.refusals.height:
        records["refusals"] = normalised.refusals.with_columns(document=pl.lit(name))
    _store(database, actor, row, records)
    return imported


def _refuse_faulty(normalised: Normalised, *, unbalanced: bool) -> None:
    faults = errors_of(normalised.faults)
    if refusing := [fault for fault in faults if not (unbalanced and fault.code == _UNBALANCED)]:
        raise Refused(*refusing)


def _name(document: Document, normalised: Normalised) -> str:
    return originals.blank(clean(document.name).encode(), normalised.cut).decode()


def _stands(database: Database, sha256: str, tables: Collection[str], passed: Collection[int]) -> bool:
    """Tell whether a document stands in the workspace, read as the same tables.

    One file may be read twice: a shop's export is both its orders and its receipts.
    """
    numbers = database.rows("SELECT import_no FROM imports WHERE sha256 = ?", (sha256,))
    standing = canonical([number for (number,) in numbers if number not in passed])
    sql = "SELECT 1 FROM {} WHERE import_no IN (SELECT value FROM json_each(?)) LIMIT 1"
    return standing != "[]" and all(database.value(sql.format(table), (standing,)) for table in tables)


def _imported(name: str, normalised: Normalised, new: int, amounts: Mapping[str, int], shown: str | None) -> Imported:
    present = normalised.accepted - new
    rest = (normalised.skipped, normalised.refused, amounts, normalised.statements, shown)
    return Imported(name, normalised.importer, new, present, *rest)


def _count_new(
    database: Database, normalised: Normalised, records: Mapping[str, pl.DataFrame], passed: Collection[int]
) -> tuple[int, dict[str, int]]:
    """Return how many of the accepted lines are new, and the sum of those by currency."""
    marked = {name: facts.mark_present(database, name, frame, passed) for name, frame in records.items()}
    counted = {name: marked[name] for name in _MONEY_LINES if name in marked}
    counted = counted or {name: frame for name, frame in marked.items() if name != "statements"}
    amounts = dict(normalised.amount_cents)
    for name, frame in counted.items():
        for currency, cents in _amounts(name, frame.filter("present")):
            if currency in amounts:
                amounts[currency] -= cents
    lines = _lines(counted)
    if lines.height != normalised.accepted:
        # Several lines made one record, or one line several: a line is new where anything of it is.
        whole = {name: frame for name, frame in marked.items() if name != "statements"}
        lines = _lines(whole).group_by("line").agg(pl.col("present").all())
    new = lines.filter(~pl.col("present")).height
    return (normalised.accepted if new == lines.height else min(new, normalised.accepted)), amounts


def _lines(marked: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    none = pl.DataFrame(schema={"line": pl.Int32(), "present": pl.Boolean()})
    return pl.concat([none, *(frame.select("line", "present") for frame in marked.values())])


def _amounts(name: str, frame: pl.DataFrame) -> list[tuple[str, int]]:
    """Return the sum of a table's rows by currency, as the ledger counts it."""
    if name not in _AMOUNTS or frame.is_empty():
        return []
    counted = frame.filter(~pl.col("memo")) if name == "transactions" else frame
    currency = pl.col("currency").fill_null("") if "currency" in frame.columns else pl.lit("")
    return counted.group_by(currency.alias("currency")).agg(pl.col(_AMOUNTS[name]).sum()).rows()


def _row(
    database: Database, number: int, document: Document, kept: str, imported: Imported, normalised: Normalised
) -> dict[str, object]:
    """Return the import's row in its table."""
    differing = [[control.name, control.stated, control.found] for control in normalised.controls if not control.agrees]
    return {
        "import_no": number,
        "seq": trail.next_seq(database),
        "document": imported.name,
        "sha256": document.sha256,
        "kept_sha256": kept,
        "importer": imported.importer,
        "accepted": imported.accepted,
        "already_present": imported.already_present,
        "skipped": imported.skipped,
        "refused": imported.refused,
        "statements": imported.statements,
        "amounts": canonical(dict(imported.amount_cents)),
        "unbalanced": canonical(differing) if differing else None,
    }


def _store(database: Database, actor: Actor, row: dict[str, object], records: Mapping[str, pl.DataFrame]) -> None:
    """Write the import's row, its records, and the trail's record that seals both."""
    number = row["import_no"]
    assert isinstance(number, int)  # noqa: S101  so typed above
    # The trail is written last, since it seals the rows; the imports row refers to it, so that check waits.
    database.execute("PRAGMA defer_foreign_keys=ON")
    database.execute(f"INSERT INTO imports VALUES ({', '.join('?' * len(COLUMNS))})", tuple(row.values()))  # noqa: S608
    stored = {table: facts.add(database, table, frame, number) for table, frame in sorted(records.items())}
    trail.append(database, actor, "import", import_id(number), {**row, "records": stored})


def frame(database: Database) -> pl.DataFrame:
    """Return all imports, those undone with the id of the undo; `amounts` in cents by currency, as JSON."""
    marks = undone(database)
    columns = ", ".join(f"imports.{name}" for name in COLUMNS[2:])
    sql = f"SELECT import_no, at, who, {columns} FROM imports JOIN trail USING (seq) ORDER BY import_no"  # noqa: S608
    names = ("import_id", "at", "who", *COLUMNS[2:])
    rows = [(import_id(number), *rest, marks.get(import_id(number))) for number, *rest in database.rows(sql)]
    counts = {"accepted", "already_present", "skipped", "refused", "statements"}
    schema = {name: pl.Int64() if name in counts else pl.String() for name in (*names, "undone_by")}
    return pl.DataFrame(rows, schema=schema, orient="row")


def documents_of(database: Database) -> dict[str, tuple[int, str]]:
    """Return for each document kept (by SHA-256) the last import of it and the hash of the copy it left."""
    sql = "SELECT sha256, import_no, kept_sha256 FROM imports ORDER BY import_no"
    return {sha256: (number, kept) for sha256, number, kept in database.rows(sql)}

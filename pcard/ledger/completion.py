"""What a record has where its source says nothing: one date for the other, a kind, a name."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault
from pcard.ledger.kinds import kind_by_words, kind_said
from pcard.schema import Table

NO_MERCHANT = "(no merchant)"
# Columns of the registers that hold a word of a short list, however the source spells it.
_WORDS = ("kind", "type", "method", "status", "payee_type")
NO_DESCRIPTION = "(no description)"


def complete(table: Table, values: pl.DataFrame) -> pl.DataFrame:
    """Add the table's missing columns as null and fill what the rest of the line settles."""
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in table.schema.items()
        if name not in values.columns and name not in ("identity", "document", "transaction_id")
    ]
    whole = values.with_columns(absent)
    match table.name:
        case "transactions":
            return _transactions(whole)
        case "bank_lines":
            return whole.with_columns(_first_of("description", "reference", otherwise=NO_DESCRIPTION))
        case "statements":
            return whole.with_columns(_first_of("kind", otherwise="card"))
        case _:
            words = [name for name in _WORDS if name in table.schema]
            return whole.with_columns(pl.col(words).str.to_lowercase().str.replace_all(r"[\s-]+", "_"))


def _first_of(*names: str, otherwise: str) -> pl.Expr:
    return pl.coalesce(*names, pl.lit(otherwise)).alias(names[0])


def _transactions(lines: pl.DataFrame) -> pl.DataFrame:
    words = pl.concat_str("merchant", "description", separator=" ", ignore_nulls=True)
    said, heard = kind_said(pl.col("kind")), kind_by_words(pl.col("amount_cents"), words, pl.col("mcc"))
    # `debit` and `credit` are all that many sources say, of a balance that moves to a new card too.
    moved = (heard == "transfer") & (said.is_null() | said.is_in(["purchase", "credit"]))
    return lines.with_columns(
        pl.coalesce("date", "posted").alias("date"),
        pl.coalesce("posted", "date").alias("posted"),
        _first_of("merchant", "description", "reference", otherwise=NO_MERCHANT),
        pl.when(moved).then(pl.lit("transfer")).otherwise(pl.coalesce(said, heard)).alias("kind"),
        pl.col("memo").fill_null(value=False),
    )


def remarks(table: str, records: pl.DataFrame, document: Document) -> Sequence[Fault]:
    """Return the warnings about a document's transactions as a whole."""
    if table != "transactions":
        return ()
    said: list[Fault] = []
    if count := records.filter(pl.col("merchant") == NO_MERCHANT).height:
        message = f"lines that name no merchant: {count}"
        cure = "check the column map of the profile if the file does name them"
        said.append(Fault("merchant-missing", document.place(), message, cure, warning=True))
    if count := records.filter(pl.col("id").is_not_null() & (pl.col("transaction_id") != pl.col("id"))).height:
        message = f"lines that carry the id of an earlier line: {count}; all are kept, as id~2, id~3"
        cure = "nothing to do if the charges are real; the statement's total tells"
        said.append(Fault("id-repeated", document.place(), message, cure, warning=True))
    return said

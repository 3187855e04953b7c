"""Records become the Ledger: each transaction with its cycle, card, buyer, site, fund and merchant key.

Pure and free of order: the same records in any order, from any number of
documents, give the same frames.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pcard.frames import ENRICHED, QUESTIONS, RECORDS, STATEMENTS, Ledger
from pcard.ledger.allocations import allocate_lines, coding_questions, with_sites
from pcard.ledger.cycles import BANK, closings, cycles_of
from pcard.ledger.holders import with_buyers, with_cards
from pcard.ledger.merchants import merchant_key
from pcard.schema import Table


def assemble(records: Mapping[str, pl.DataFrame], *, closing_day: int | None = None) -> Ledger:
    """Join all records into one Ledger.

    `records` are frames with the schemas of `RECORDS` by name, missing ones
    empty; a record that stands there twice (one identity) counts once.
    `closing_day` is the day of the month a cycle closes where no statement says.
    """
    tables = {name: _once(table, records.get(name)) for name, table in RECORDS.items()}
    coding, sites = tables.pop("coding"), tables["sites"]
    carded, card_questions = with_cards(tables["transactions"], tables["cards"], tables["people"])
    billed, cycles, statements = _with_cycles(carded, tables["statements"], closing_day)
    bought = with_buyers(billed, tables["custody"], tables["orders"])
    placed = with_sites(_with_merchants(bought), coding, sites)
    days = (pl.col("posted") - pl.col("date")).dt.total_days().cast(pl.Int32)
    questions = pl.concat([card_questions, coding_questions(placed, coding)])
    return Ledger(
        **{
            **tables,
            "transactions": ENRICHED.of(placed.with_columns(days.alias("days_to_post"))),
            "statements": statements,
        },
        allocations=allocate_lines(placed, coding, sites),
        cycles=cycles,
        questions=QUESTIONS.of(questions),
        absent=frozenset(name for name in RECORDS if name not in records or records[name].is_empty()),
    )


def _once(table: Table, frame: pl.DataFrame | None) -> pl.DataFrame:
    """Return the table's records, each identity once, in the order of the key."""
    if frame is None or frame.is_empty():
        return table.empty()
    if frame["identity"].is_duplicated().any():
        frame = frame.sort("document", "line").unique("identity", keep="first", maintain_order=True)
    if table.name == "transactions" and frame["transaction_id"].is_duplicated().any():
        frame = _tell_apart(frame)
    return table.of(frame if table.key else frame.sort("document", "line", "identity"))


def _tell_apart(transactions: pl.DataFrame) -> pl.DataFrame:
    """Different charges of two documents with one id: those posted later take part of their identity into it."""
    ordered = transactions.sort("posted", "identity")
    later = pl.int_range(pl.len()).over("transaction_id") > 0
    own = pl.concat_str("transaction_id", pl.lit("~"), pl.col("identity").str.slice(0, 6))
    return ordered.with_columns(pl.when(later).then(own).otherwise("transaction_id").alias("transaction_id"))


def _with_merchants(transactions: pl.DataFrame) -> pl.DataFrame:
    names = transactions.select(pl.col("merchant").unique()).with_columns(
        merchant_key(pl.col("merchant")).alias("merchant_key")
    )
    return transactions.join(names, on="merchant", how="left", maintain_order="left")


def _with_cycles(
    transactions: pl.DataFrame, statements: pl.DataFrame, closing_day: int | None
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    closed = closings(transactions, statements, closing_day)
    cycles = cycles_of(closed["closed"], statements, closing_day)
    labels = cycles.select("cycle", "closed")
    billed = transactions.join(closed.join(labels, on="closed").drop("closed"), on="transaction_id", how="left")
    label = pl.when(pl.col("kind") != BANK).then("label").alias("cycle")
    labelled = statements.join(labels.rename({"cycle": "label"}), on="closed", how="left").with_columns(label)
    return billed, cycles, STATEMENTS.of(labelled)

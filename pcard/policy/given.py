"""The rows a rule's test gives, completed to a purchase as it should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pcard.conditions.params import frame_value
from pcard.frames import ENRICHED, MATCHES, RECORDS, Ledger
from pcard.policy.calendars import Calendar
from pcard.policy.fields import FIELDS
from pcard.policy.finding import Matter
from pcard.policy.policyfile import RuleTest
from pcard.policy.subject import Subject
from pcard.schema import Kind, Table

AS_OF = date(2026, 9, 30)
# Every other field is empty, unless another field of the row settles it (`_settled`).
DEFAULTS: Mapping[str, Any] = {
    "txn.amount": Decimal("20.00"),
    "txn.date": date(2026, 9, 16),
    "txn.kind": "purchase",
    "txn.merchant": "Rosebay Office Supply",
    "txn.currency": "USD",
    "txn.country": "US",
    "card.id": "C-1",
    "card.cardholder": "ana",
    "card.type": "individual",
    "card.profile": "standard",
    "txn.site": "101",
    "txn.fund": "11",
    "approver.person": "pat",
    "receipt.count": 1,
    "receipt.proposed": 0,
    "receipt.itemized": True,
    "receipt.kind": "itemized",
    "txn.purpose": "paper for the classrooms",
    "order.count": 0,
}
# The tables a test may give beside its charges.
TABLES = {name: table for name, table in RECORDS.items() if name != "transactions"}
# A field that is not given takes the value of another, in this order.
FOLLOWS: Mapping[str, str] = {
    "txn.posted": "txn.date",
    "txn.billed": "txn.posted",
    "txn.merchant_key": "txn.merchant",
    "txn.cardholder": "card.cardholder",
    "txn.buyer": "txn.cardholder",
    "txn.buyer_or_card": "txn.buyer",
    "buyer.person": "txn.buyer",
    "txn.card": "card.id",
    "card.card": "card.id",
    "card.site": "txn.site",
    "site.site": "txn.site",
    "coding.amount": "txn.amount",
    "coding.site": "txn.site",
    "coding.fund": "txn.fund",
}


def matter_given(test: RuleTest, calendar: Calendar) -> Matter:
    """Return what a test gives, ready to be judged: the subject's frame and the records named checks look at."""
    rows = [_completed(given) for given in test.given]
    frame = pl.DataFrame(rows, schema={name: kind.value for name, kind in FIELDS.items()}, orient="row")
    day_off = calendar.day_off(pl.col("txn.date"))
    frame = frame.with_columns(
        pl.col("txn.id").alias("transaction_id"),
        pl.coalesce("txn.cycle", pl.col("txn.date").dt.to_string("%Y-%m")).alias("txn.cycle"),
        pl.coalesce("txn.year", pl.col("txn.date").dt.year()).alias("txn.year"),
        pl.coalesce("txn.days_to_post", _days("txn.date", "txn.posted")).alias("txn.days_to_post"),
        pl.coalesce("txn.day_off", day_off).alias("txn.day_off"),
        pl.coalesce("txn.working_day", day_off.is_null()).alias("txn.working_day"),
    ).sort("txn.date", "transaction_id")
    tables: dict[str, Any] = {name: _records(RECORDS[name], given) for name, given in test.records.items()}
    coding = [name for name in FIELDS if name.startswith("coding.")]
    lines = _coding(frame.select("transaction_id", *coding), tables.pop("coding", RECORDS["coding"].empty()))
    subject = Subject(frame.drop(coding), lines)
    ledger = replace(Ledger(transactions=_transactions(frame)), **tables)
    return Matter(subject, ledger, _links(ledger.receipts), test.as_of or AS_OF, calendar)


def _links(receipts: pl.DataFrame) -> pl.DataFrame:
    """Link each given receipt with the charges it names (`a`, or `a;b`), as matching would have accepted them."""
    named = receipts.drop_nulls("transaction").with_columns(pl.col("transaction").str.split(";"))
    return MATCHES.of(
        named.explode("transaction").select(
            pl.col("id").alias("group_id"),
            pl.col("transaction").alias("transaction_id"),
            pl.lit("receipt").alias("evidence_kind"),
            pl.col("id").alias("evidence_id"),
            pl.lit(0, pl.Int64).alias("amount_cents"),
            pl.lit(1.0).alias("probability"),
            pl.lit("accepted").alias("outcome"),
            pl.lit("given").alias("explanation"),
        )
    )


def _coding(own: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """Return the coding lines given for charges; of the others the one that their row gives."""
    columns = {f"coding.{column.name}": column.frame_name for column in RECORDS["coding"].columns}
    named = {name: column for name, column in columns.items() if name in FIELDS}
    lines = given.select(
        pl.col("transaction").alias("transaction_id"),
        pl.lit("coding").alias("coding.source"),
        *(pl.col(column).alias(name) for name, column in named.items()),
    )
    others = own.join(lines, on="transaction_id", how="anti", maintain_order="left")
    return pl.concat([others, lines.select(own.columns)])


def _days(first: str, last: str) -> pl.Expr:
    return (pl.col(last) - pl.col(first)).dt.total_days().cast(pl.Int32)


def _completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Add the defaults to a row; what is given as '' stays empty, and no receipt has no kind."""
    row = {**DEFAULTS, **given}
    if given.get("receipt.count") == 0:
        row = {**row, "receipt.itemized": "", "receipt.kind": "", **given}
    if "order.count" not in given and any(name.startswith("order.") for name in given):
        row["order.count"] = 1
    for name, other in FOLLOWS.items():
        row.setdefault(name, row.get(other, ""))
    return {name: _value(value, FIELDS[name]) for name, value in row.items()}


def _value(value: Any, kind: Kind) -> Any:
    return None if value == "" else frame_value(value, kind)


def _transactions(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the given rows as the ledger's transactions."""
    fields = {column.frame_name: f"txn.{column.name}" for column in ENRICHED.columns}
    own = [pl.col(field).alias(name) for name, field in fields.items() if field in FIELDS and field != "txn.id"]
    return ENRICHED.of(
        frame.with_row_index("line", offset=1).select(
            *own,
            "transaction_id",
            pl.col("txn.id").alias("id"),
            pl.col("card.id").alias("card_key"),
            pl.col("txn.id").alias("identity"),
            pl.lit("test").alias("document"),
            pl.col("line").cast(pl.Int32),
            pl.lit(value=False).alias("memo"),
        )
    )


def _records(table: Table, given: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    kinds = {column.name: column for column in table.columns}
    rows = [
        {kinds[name].frame_name: _value(value, kinds[name].kind) for name, value in row.items()}
        | {"identity": f"{table.name} {index}", "document": "test", "line": index}
        for index, row in enumerate(given, 1)
    ]
    return table.rows(rows)

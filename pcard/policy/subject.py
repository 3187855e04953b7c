"""The one wide frame that rules judge: a row a transaction, a column a field.

Fields of records that were never imported are null everywhere, so that a rule
about them is reported as not evaluated rather than met by every charge.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from pcard.frames import ALLOCATIONS, CARDS, DISPUTES, ENRICHED, PEOPLE, SITES, VENDORS, Ledger
from pcard.ledger.holders import folded_name
from pcard.ledger.merchants import merchant_key
from pcard.policy.calendars import Calendar
from pcard.policy.evidence import linked_orders, linked_receipts
from pcard.policy.fields import FIELDS
from pcard.schema import Table

# What every flag needs, whatever its rule reads.
_ALWAYS = frozenset({
    "transaction_id", "txn.date", "txn.amount", "txn.card", "txn.cardholder", "txn.site", "receipt.proposed",
    "receipt.order_number",
})  # fmt: skip


# What banks call the postal code or address that goods were sent to.
_SHIP_TO = (
    r"ship[ _-]?to[ _-]?(?:zip|postal)(?:[ _-]?code)?",
    r"destination[ _-]?(?:zip|postal)(?:[ _-]?code)?",
    r"ship[ _-]?to",
)


_CALLED = pl.DataFrame(schema={"transaction_id": pl.String, "called": pl.String})


@dataclass(frozen=True)
class Subject:
    """The wide frame by date and id, its coding lines in their order, and which records were never imported."""

    frame: pl.DataFrame
    coding: pl.DataFrame
    absent: frozenset[str] = frozenset()

    @cached_property
    def present(self) -> frozenset[str]:
        """The fields that hold a value in at least one row.

        A custody log in which nobody has signed for these charges says just that.
        """
        found = {name for frame in (self.frame, self.coding) for name in frame.columns if frame[name].count()}
        logged = set() if "custody" in self.absent else {"custody.person"}
        return frozenset((found | logged) & FIELDS.keys())

    def rows(self, fields: Collection[str]) -> pl.DataFrame:
        """Return the rows with these fields; one row a coding line where a field is of `coding`."""
        frame = self.frame.select(name for name in self.frame.columns if name in _ALWAYS or name in fields)
        if self.coded(fields):
            coding = self.coding.select(
                name for name in self.coding.columns if name in fields or name == "transaction_id"
            )
            return frame.join(coding, on="transaction_id", how="left", maintain_order="left_right")
        return frame

    def coded(self, fields: Collection[str]) -> bool:
        """Tell whether any of these fields is of the coding lines."""
        return any(name in fields for name in self.coding.columns if name != "transaction_id")

    def within(self, first: date | None, last: date | None) -> Subject:
        """Return the part purchased from `first` to `last`, both included; None: no bound."""
        day = pl.col("txn.date")
        bounds = ((day >= first) if first else None, (day <= last) if last else None)
        kept = [bound for bound in bounds if bound is not None]
        return Subject(self.frame.filter(*kept), self.coding, self.absent) if kept else self


def build_subject(ledger: Ledger, matches: pl.DataFrame, calendar: Calendar) -> Subject:
    """Join everything known of each transaction; memo lines are no charges and stay out."""
    charges = ledger.transactions.filter(~pl.col("memo"))
    called = _called(charges) if ledger.approvals.height or ledger.disputes.height else _CALLED
    frame = _attached(_transactions(charges, calendar), _billed(ledger.cycles))
    for records in (
        _prefixed("card", CARDS, ledger.cards, key="card record", of="identity"),
        _prefixed("site", SITES, ledger.sites, key="txn.site", of="site"),
        _people(ledger.people, "buyer", key="buyer name"),
        _approvals(ledger.approvals, called),
        linked_receipts(ledger.receipts, matches),
        linked_orders(ledger.orders, matches, charges),
        _vendors(ledger.vendors),
        _prefixed("dispute", DISPUTES, _resolved(ledger.disputes, called), key="transaction_id", of="transaction_id"),
    ):
        frame = _attached(frame, records)
    coding = _coding(ledger.allocations)
    if "coding" in ledger.absent:  # who coded a charge is not known, rather than that nobody did
        coding = coding.with_columns(pl.lit(None, pl.String).alias("coding.source"))
    frame = _attached(frame, coding.drop_nulls("coding.purpose").select("transaction_id", "coding.purpose"))
    frame = frame.with_columns(
        pl.coalesce("approver.person", "card.approver").alias("approver.person"),
        pl.coalesce("coding.purpose", "receipt.purpose").alias("txn.purpose"),
    ).drop("coding.purpose")
    approvers = _people(ledger.people, "approver", key="approver name").drop("approver.person")
    frame = _attached(frame.with_columns(_folded(frame, "approver.person").alias("approver name")), approvers)
    ordered = frame.with_columns(_counts(ledger.absent)).sort("txn.date", "transaction_id")
    return Subject(ordered, coding, ledger.absent)


def _attached(frame: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Join records on their first column; where two carry one key, the first counts."""
    key = records.columns[0]
    if records.is_empty():  # a column of nothing costs nothing until it is read
        nothing = {name: kind for name, kind in records.schema.items() if name != key}
        return frame.with_columns(pl.lit(None, kind).alias(name) for name, kind in nothing.items())
    first = records.drop_nulls(key).unique(key, keep="first", maintain_order=True)
    return frame.join(first, on=key, how="left", validate="m:1")


def _prefixed(owner: str, table: Table, records: pl.DataFrame, *, key: str, of: str) -> pl.DataFrame:
    """Name a table's columns as fields of their owner, after the column they are joined on."""
    known = {f"{owner}.{column.name}" for column in table.columns} & FIELDS.keys()
    named = {column.frame_name: f"{owner}.{column.name}" for column in table.columns}
    return records.select(
        pl.col(of).alias(key), *(pl.col(frame_name).alias(name) for frame_name, name in named.items() if name in known)
    )


def _transactions(charges: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    fields = {f"txn.{column.name}": column.frame_name for column in ENRICHED.columns}
    day_off = calendar.day_off(pl.col("date"))
    return charges.select(
        "transaction_id",
        *(pl.col(column).alias(name) for name, column in fields.items() if name in FIELDS),
        pl.col("card_key").alias("card.id"),
        pl.col("card_record").alias("card record"),
        _folded(charges, "buyer").alias("buyer name"),
        pl.coalesce("buyer", "card_key").alias("txn.buyer_or_card"),
        _ship_to().alias("txn.ship_to"),
        pl.col("date").dt.year().alias("txn.year"),
        day_off.alias("txn.day_off"),
        calendar.school_break(pl.col("date")).alias("txn.school_break"),
        pl.when(pl.col("date").is_not_null()).then(day_off.is_null()).alias("txn.working_day"),
        pl.when(pl.col("buyer_from") == "custody").then("buyer").alias("custody.person"),
    )


def _billed(cycles: pl.DataFrame) -> pl.DataFrame:
    """Return the day each cycle was billed: the day it closed."""
    return cycles.select(pl.col("cycle").alias("txn.cycle"), pl.col("closed").alias("txn.billed"))


def _folded(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Fold a column of names, each name once."""
    names = frame[column].drop_nulls().unique()
    folded = names.to_frame().select(folded_name(pl.col(column))).to_series()
    return pl.col(column).replace_strict(names, folded, default=None, return_dtype=pl.String)


def _ship_to() -> pl.Expr:
    """Find where the goods went in the columns that only some banks send (Level 3), kept as JSON."""
    return pl.coalesce(pl.col("extra").str.extract(rf'(?i)"{name}":"([^"]+)"') for name in _SHIP_TO)


def _vendors(vendors: pl.DataFrame) -> pl.DataFrame:
    """Return vendors by the merchant key of their name; a key of several vendors is nobody's."""
    keyed = vendors.with_columns(key=merchant_key(pl.col("name"))).unique("key", keep="none", maintain_order=True)
    return _prefixed("vendor", VENDORS, keyed, key="txn.merchant_key", of="key")


def _called(charges: pl.DataFrame) -> pl.DataFrame:
    """Return what people call each transaction: pcard's id, else the source's own where it is given once."""
    own = charges.select("transaction_id", called="id").drop_nulls().unique("called", keep="none")
    return pl.concat([charges.select("transaction_id", called="transaction_id"), own]).unique("called", keep="first")


def _resolved(records: pl.DataFrame, called: pl.DataFrame) -> pl.DataFrame:
    return records.join(called, left_on="transaction", right_on="called", how="inner")


def _approvals(approvals: pl.DataFrame, called: pl.DataFrame) -> pl.DataFrame:
    """Return each transaction's last approval and how many there were."""
    ordered = _resolved(approvals, called).sort("transaction_id", "on", "step", "person")
    return ordered.group_by("transaction_id", maintain_order=True).agg(
        pl.col("person").last().alias("approver.person"),
        pl.col("on").last().alias("approver.on"),
        pl.len().cast(pl.Int32).alias("approver.steps"),
    )


def _people(people: pl.DataFrame, owner: str, *, key: str) -> pl.DataFrame:
    """Return people by what they are called: their id, else a name that one person alone has."""
    named = people.with_columns(called=folded_name(pl.col("name"))).drop_nulls("called").unique("called", keep="none")
    either = pl.concat([people.with_columns(called=folded_name(pl.col("person"))), named])
    return _prefixed(owner, PEOPLE, either, key=key, of="called")


def _counts(absent: frozenset[str]) -> list[pl.Expr]:
    """Count no evidence as none where evidence was ever imported."""
    counted = {"receipt.count": "receipts", "receipt.proposed": "receipts", "order.count": "orders"}
    return [pl.col(name).fill_null(0) for name, table in counted.items() if table not in absent]


def _coding(allocations: pl.DataFrame) -> pl.DataFrame:
    fields = {f"coding.{column.name}": column.frame_name for column in ALLOCATIONS.columns}
    own = (pl.col(column).alias(name) for name, column in fields.items() if name in FIELDS)
    return allocations.select("transaction_id", *own)

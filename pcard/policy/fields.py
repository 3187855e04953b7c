"""The fields a rule may name, and the records each of them comes from."""

from __future__ import annotations

from collections.abc import Mapping

from pcard.frames import ALLOCATIONS, CARDS, DISPUTES, ENRICHED, ORDERS, PEOPLE, SITES, VENDORS
from pcard.schema import Kind, Table

_ORIGIN = {"identity", "document", "line"}
# What belongs to the ledger's own work, or is offered under another owner's name.
_INNER = {
    "transaction_id",
    "memo",
    "extra",
    "card_key",
    "card_record",
    "profile",
    "card_site",
    "site_from",
    "fund_from",
}


def _fields(owner: str, table: Table, *, without: set[str]) -> dict[str, Kind]:
    return {f"{owner}.{column.name}": column.kind for column in table.columns if column.name not in without}


FIELDS: Mapping[str, Kind] = {
    **_fields("txn", ENRICHED, without=_ORIGIN | _INNER),
    "txn.buyer_or_card": Kind.TEXT,
    "txn.purpose": Kind.TEXT,
    "txn.year": Kind.COUNT,
    "txn.billed": Kind.DATE,
    "txn.working_day": Kind.FLAG,
    "txn.day_off": Kind.TEXT,
    "txn.school_break": Kind.TEXT,
    "txn.ship_to": Kind.TEXT,
    "card.id": Kind.TEXT,
    **_fields("card", CARDS, without=_ORIGIN),
    **_fields("site", SITES, without=_ORIGIN),
    **_fields("buyer", PEOPLE, without=_ORIGIN),
    **_fields("approver", PEOPLE, without=_ORIGIN),
    "approver.on": Kind.DATE,
    "approver.steps": Kind.COUNT,
    "receipt.count": Kind.COUNT,
    "receipt.proposed": Kind.COUNT,
    "receipt.total": Kind.MONEY,
    "receipt.tax": Kind.MONEY,
    "receipt.itemized": Kind.FLAG,
    "receipt.kind": Kind.TEXT,
    "receipt.purpose": Kind.TEXT,
    "receipt.order_number": Kind.TEXT,
    "receipt.received_by": Kind.TEXT,
    "receipt.cardholder": Kind.TEXT,
    "receipt.description": Kind.TEXT,
    "order.count": Kind.COUNT,
    **_fields("order", ORDERS, without=_ORIGIN),
    **_fields("vendor", VENDORS, without=_ORIGIN),
    **_fields("coding", ALLOCATIONS, without={"transaction_id"}),
    **_fields("dispute", DISPUTES, without=_ORIGIN | {"transaction"}),
    "custody.person": Kind.TEXT,
}

# The record table each owner's fields are read from; a transaction's own need none.
SOURCES: Mapping[str, str] = {
    "card": "cards",
    "site": "sites",
    "buyer": "people",
    "approver": "approvals",
    "receipt": "receipts",
    "order": "orders",
    "vendor": "vendors",
    "coding": "coding",
    "dispute": "disputes",
    "custody": "custody",
}


def lacking(name: str, absent: frozenset[str]) -> str:
    """Say why a field or a record table gives nothing: none was ever imported, or it is empty throughout."""
    owner, _, field = name.partition(".")
    if not field:
        return f"{name} (none imported)"
    return f"{name} (no {SOURCES[owner]} imported)" if SOURCES.get(owner) in absent else f"{name} (empty everywhere)"

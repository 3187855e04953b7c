"""Small ledgers for the matching tests: made by hand, or at random from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pcard.frames import DECISIONS, ENRICHED, ORDERS, RECEIPTS, Ledger

DAY = date(2026, 3, 2)
_ORIGIN = {"identity": "i", "document": "d", "line": 1}
_SHOPS = ("Golden Pizza", "Harbor Lumber", "Sunrise Books", "Metro Electric Supply", "Cedar Grove Cafe")

# Shops of charges that are no concern of the one a test is about.
ELSEWHERE = (
    "Walrus Bicycles", "Ink & Paper", "Dr. Quist Dental", "Northgate Tire", "Velvet Florist", "Umbra Lighting",
    "Kestrel Charter Bus", "Jolly Party Rental", "Zephyr Fans", "Old Mill Bakery",
)  # fmt: skip


def charge(name: str, cents: int, merchant: str = "GOLDEN PIZZA", day: date = DAY, **more: object) -> dict[str, object]:
    fixed = {"kind": "purchase", "memo": False, "cycle": "2026-03", "account": "a", "days_to_post": 1}
    row = {"transaction_id": name, "id": name, "date": day, "posted": day + timedelta(days=1), "amount_cents": cents}
    return {**_ORIGIN, **fixed, **row, "merchant": merchant, "merchant_key": merchant, **more}


def receipt(
    name: str, cents: int | None, vendor: str | None = "Golden Pizza", day: date | None = DAY, **more: object
) -> dict[str, object]:
    return {**_ORIGIN, "id": name, "total_cents": cents, "vendor": vendor, "date": day, **more}


def order(number: str, cents: int, vendor: str = "Golden Pizza", day: date = DAY, **more: object) -> dict[str, object]:
    return {**_ORIGIN, "po_number": number, "amount_cents": cents, "vendor": vendor, "date": day, **more}


def verdict(act: str, charge: str, evidence: str | None, kind: str = "receipt", **more: object) -> dict[str, object]:
    row = {"at": "2026-04-01T00:00:00Z", "who": "clerk", "act": act, "subject": charge}
    return {"decision_id": f"{act}-{charge}-{evidence}", **row, "evidence_kind": kind, "evidence_id": evidence, **more}


def ledger_of(
    charges: Sequence[Mapping[str, object]] = (),
    receipts: Sequence[Mapping[str, object]] = (),
    orders: Sequence[Mapping[str, object]] = (),
) -> Ledger:
    return Ledger(transactions=ENRICHED.rows(charges), receipts=RECEIPTS.rows(receipts), orders=ORDERS.rows(orders))


def decisions_of(*rows: Mapping[str, object]) -> pl.DataFrame:
    return DECISIONS.rows(rows)


def elsewhere() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return a charge and its receipt at each of these shops, each of another person at another site."""
    charges, receipts = [], []
    for number, shop in enumerate(ELSEWHERE):
        cents, who = 10_000 + 731 * number, {"site": f"S{number}", "cardholder": f"Bo Nr{number}"}
        charges.append({**charge(f"X{number}", cents, shop.upper()), **who})
        receipts.append({**receipt(f"XR{number}", cents, shop), **who})
    return charges, receipts


def random_ledger(seed: int, size: int = 24) -> Ledger:
    """Charges of a few people and shops, and evidence that agrees, is split, off, doubled, strayed or missing."""
    rng = np.random.default_rng(seed)
    people, prices = ("Ana Ruiz", "Bo Lind", "Cy Okafor"), (999, 2000, 4250, 7314)
    charges: list[dict[str, Any]] = []
    receipts: list[dict[str, Any]] = []
    orders: list[dict[str, Any]] = []
    for number in range(size):
        shop, person = str(rng.choice(_SHOPS)), str(rng.choice(people))
        cents = int(rng.choice(prices)) if rng.random() < 0.4 else int(rng.integers(300, 90_000))
        cents = -cents if rng.random() < 0.1 else cents
        day = DAY + timedelta(days=int(rng.integers(0, 25)))
        po = f"PO-{4000 + number // 3}"
        reference = po if rng.random() < 0.3 else None
        charges.append(
            charge(
                f"T{number:02}",
                cents,
                f"{shop.upper()} #{number}",
                day,
                cardholder=person,
                buyer=person,
                site="S1",
                card="1234",
                reference=reference,
            )
        )
        receipts += _receipts(rng, number, shop, person, cents, day)
        if number % 3 == 0:
            orders.append(
                order(po, int(abs(cents) * rng.choice([1.0, 0.93, 2.5])) + 1, shop, day - timedelta(days=3), site="S1")
            )
    return ledger_of(charges, receipts, orders)


def _receipts(
    rng: np.random.Generator, number: int, shop: str, person: str, cents: int, day: date
) -> list[dict[str, Any]]:
    where = {"site": "S1", "cardholder": person if rng.random() < 0.7 else None}
    name, later = f"R{number:02}", day + timedelta(days=int(rng.integers(-2, 3)))
    sorts: dict[str, list[dict[str, Any]]] = {
        "none": [],
        "split": [
            receipt(f"{name}a", cents // 3, shop, day, **where),
            receipt(f"{name}b", cents - cents // 3, shop, day, **where),
        ],
        "doubled": [receipt(f"{name}{copy}", cents, shop, day, **where) for copy in "ab"],
        "before tax": [receipt(name, int(cents / 1.08), shop, day, **where)],
        "unread": [receipt(name, None, None, None, file="scan.pdf", card="1234")],
        "named": [receipt(name, None, shop, day, file="scan.pdf", transaction=f"T{number:02}")],
        "equal": [receipt(name, cents, shop, later, **where)],
    }
    return sorts[str(rng.choice(list(sorts), p=[0.1, 0.15, 0.1, 0.1, 0.05, 0.05, 0.45]))]


def shuffled(ledger: Ledger, seed: int) -> Ledger:
    """The same ledger with its rows in another order, as no ledger hands them on."""
    frames = {
        name: getattr(ledger, name).sample(fraction=1.0, shuffle=True, seed=seed)
        for name in ("transactions", "receipts", "orders")
    }
    return Ledger(**frames)

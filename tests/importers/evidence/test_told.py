"""What a name or a subject tells of a receipt, and what it does not."""

from __future__ import annotations

import pytest

from pcard.importers.evidence.told import NOTHING_TOLD, Told, told_by_name, told_by_text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TXN12345.jpg", Told(transaction="TXN12345")),
        ("12345_1.png", Told(transaction="12345")),
        ("12345 (2).png", Told(transaction="12345")),
        ("T-1001.pdf", Told(transaction="T-1001")),
        ("May/12345-p2.pdf", Told(transaction="12345")),
        ("card-4471.pdf", Told(card="4471")),
        ("4471.pdf", Told(card="4471")),
        ("4471 2026-09.pdf", Told(card="4471")),
        ("gallegos xxxx2422 packet.pdf", Told(card="2422")),
        ("ending in 2422.jpg", Told(card="2422")),
        ("IMG_2045.jpg", NOTHING_TOLD),
        ("DSC00012.JPG", NOTHING_TOLD),
        ("Screenshot 2026-05-14 at 10.32.11.png", NOTHING_TOLD),
        ("20260514.jpg", NOTHING_TOLD),
        ("2026-05-14_1.jpg", NOTHING_TOLD),
        ("05-14-2026.jpg", NOTHING_TOLD),
        ("2026-05.pdf", NOTHING_TOLD),
        ("staples receipt.jpg", NOTHING_TOLD),
        ("4471 and 2422.pdf", NOTHING_TOLD),
        ("", NOTHING_TOLD),
    ],
)
def test_names(name: str, told: Told) -> None:
    assert told_by_name(name) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Fwd: receipt TXN77123", Told(transaction="TXN77123")),
        ("receipt for transaction # 77123", Told(transaction="77123")),
        ("receipts for card ending 2422", Told(card="2422")),
        ("Your order 112-9983417", NOTHING_TOLD),
    ],
)
def test_subjects(text: str, told: Told) -> None:
    assert told_by_text(text) == told


def test_a_transaction_needs_no_more() -> None:
    assert Told(transaction="T1").or_else(Told(card="4471")) == Told(transaction="T1")
    assert Told(card="2422").or_else(Told(card="4471", cardholder="Jo")) == Told(card="2422", cardholder="Jo")

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from pcard.matching import MatchSettings, match
from tests.matching.conftest import DAY, ELSEWHERE, charge, ledger_of, order, receipt

_CHARGES = [
    charge(
        f"X{number:02}",
        1_700 + 613 * number,
        ELSEWHERE[number % 10].upper(),
        DAY + timedelta(days=number),
        site="S2",
    )
    for number in range(40)
]
_ORDERS = [
    order(
        f"PO-8{number:03}",
        1_700 + 613 * number,
        ELSEWHERE[number % 10],
        DAY + timedelta(days=number - 4),
        site="S2",
    )
    for number in range(20)
]


def links(charges: list[dict[str, object]], orders: list[dict[str, object]]) -> list[tuple[str, str, int]]:
    matches = match(ledger_of([*_CHARGES, *charges], orders=[*_ORDERS, *orders])).matches
    mine = matches.filter(pl.col("evidence_id").is_in([row["po_number"] for row in orders]))
    return mine.select("transaction_id", "evidence_id", "amount_cents").rows()


@pytest.mark.parametrize(
    "naming",
    [
        {"reference": "PO-1234"},
        {"reference": "0001234"},
        {"po_number": "1234"},
        {"description": "toner, P.O. 1234"},
        {"reference": "INV77", "description": "PO# 1234"},
    ],
)
def test_the_number_decides_wherever_it_stands(naming: dict[str, object]) -> None:
    charges = [charge("T1", 4_321, "GOLDEN PIZZA", DAY + timedelta(days=9), site="S1", **naming)]
    assert links(charges, [order("PO-1234", 9_000, site="S1")]) == [("T1", "PO-1234", 4_321)]


def test_a_number_typed_wrong_is_found_by_site_and_vendor() -> None:
    charges = [charge("T1", 9_000, "GOLDEN PIZZA", DAY + timedelta(days=9), site="S1", reference="PO-1235")]
    assert links(charges, [order("PO-1234", 9_000, site="S1")]) == [("T1", "PO-1234", 9_000)]


def test_without_a_number_what_is_open_decides() -> None:
    charges = [charge("T1", 9_000, "GOLDEN PIZZA", DAY + timedelta(days=9), site="S1")]
    orders = [order("PO-1234", 20_000, site="S1", open_amount_cents=9_000)]
    assert links(charges, orders) == [("T1", "PO-1234", 9_000)]


def test_tax_on_top_covers_what_is_open_and_no_more() -> None:
    charges = [charge("T1", 10_850, "GOLDEN PIZZA", DAY + timedelta(days=2), site="S1", reference="PO-1234")]
    assert links(charges, [order("PO-1234", 10_000, site="S1")]) == [("T1", "PO-1234", 10_000)]


def test_shipments_are_drawn_one_after_the_other() -> None:
    charges = [
        charge("T1", 4_000, "GOLDEN PIZZA", DAY + timedelta(days=3), site="S1", reference="PO-1234"),
        charge("T2", 6_000, "GOLDEN PIZZA", DAY + timedelta(days=9), site="S1"),
    ]
    assert links(charges, [order("PO-1234", 10_000, site="S1")]) == [("T1", "PO-1234", 4_000), ("T2", "PO-1234", 6_000)]


def test_shipments_that_sum_to_an_order_with_the_usual_tax_are_found() -> None:
    """The rate is learnt from orders that one charge paid; no order states it."""
    shops = ELSEWHERE[:8]
    singles = [
        charge(f"X{n}", round((10_000 + 1_370 * n) * 1.08), shop.upper(), DAY + timedelta(days=n), site=f"S{n}")
        for n, shop in enumerate(shops)
    ]
    theirs = [order(f"PO-20{n}0", 10_000 + 1_370 * n, shop, site=f"S{n}") for n, shop in enumerate(shops)]
    shipments = [
        charge("T1", 4_111, "GOLDEN PIZZA", DAY + timedelta(days=3), site="S77"),
        charge("T2", 6_689, "GOLDEN PIZZA", DAY + timedelta(days=5), site="S77"),
    ]
    matches = match(ledger_of([*singles, *shipments], [], [*theirs, order("PO-1234", 10_000, site="S77")])).matches
    mine = matches.filter(pl.col("evidence_id") == "PO-1234")
    assert mine["transaction_id"].to_list() == ["T1", "T2"]
    assert mine["amount_cents"].sum() == 10_000
    assert all("sum to the cent with 8 % on top" in text for text in mine["explanation"])


def test_shipments_that_sum_to_an_order_are_found() -> None:
    charges = [
        charge("T1", 33_310, "GOLDEN PIZZA", DAY + timedelta(days=3), site="S1"),
        charge("T2", 46_027, "GOLDEN PIZZA", DAY + timedelta(days=5), site="S1"),
    ]
    found = links(charges, [order("PO-1234", 79_337, site="S1")])
    assert found == [("T1", "PO-1234", 33_310), ("T2", "PO-1234", 46_027)]


def test_a_charge_beyond_what_is_open_is_asked_about_not_linked() -> None:
    charges = [
        charge("T1", 9_000, "GOLDEN PIZZA", DAY + timedelta(days=3), site="S1", reference="PO-1234"),
        charge("T2", 9_000, "GOLDEN PIZZA", DAY + timedelta(days=5), site="S1", reference="PO-1234"),
    ]
    orders = [order("PO-1234", 10_000, site="S1")]
    assert links(charges, orders) == [("T1", "PO-1234", 9_000)]
    asked = match(ledger_of([*_CHARGES, *charges], orders=[*_ORDERS, *orders])).candidates
    assert ("T2", "PO-1234") in asked.select("transaction_id", "evidence_id").rows()


def test_the_tolerance_is_a_setting() -> None:
    charges = [charge("T1", 10_850, "GOLDEN PIZZA", DAY + timedelta(days=2), site="S1", reference="PO-1234")]
    ledger = ledger_of([*_CHARGES, *charges], orders=[*_ORDERS, order("PO-1234", 10_000, site="S1")])
    matches = match(ledger, MatchSettings(order_tolerance_bps=500)).matches
    assert matches.filter(pl.col("transaction_id") == "T1").is_empty()


def test_a_credit_draws_on_no_order() -> None:
    charges = [
        charge("T1", -9_000, "GOLDEN PIZZA", DAY + timedelta(days=3), kind="credit", site="S1", reference="PO-1234")
    ]
    assert links(charges, [order("PO-1234", 9_000, site="S1")]) == []


def test_a_charge_names_the_order_its_receipt_names() -> None:
    charges = [charge("T1", 4_321, "GOLDEN PIZZA", DAY + timedelta(days=9), site="S1")]
    receipts = [receipt("R1", 4_321, day=DAY + timedelta(days=9), site="S1", po_number="PO-1234")]
    ledger = ledger_of([*_CHARGES, *charges], receipts, [*_ORDERS, order("PO-1234", 9_000, site="S1")])
    matches = match(ledger).matches.filter(pl.col("transaction_id") == "T1")
    assert matches.select("evidence_id", "outcome").rows() == [("PO-1234", "accepted"), ("R1", "accepted")]


def test_two_like_orders_are_a_question() -> None:
    charges = [charge("T1", 9_000, "GOLDEN PIZZA", DAY + timedelta(days=9), site="S1")]
    orders = [order("PO-1234", 9_000, site="S1"), order("PO-7777", 9_000, site="S1")]
    matches = match(ledger_of([*_CHARGES, *charges], orders=[*_ORDERS, *orders])).matches
    link = matches.row(by_predicate=pl.col("transaction_id") == "T1", named=True)
    assert (link["outcome"], link["evidence_id"], link["runner_up_id"]) == ("review", "PO-1234", "PO-7777")


def test_five_equal_fees_make_up_one_approval() -> None:
    charges = [
        charge(f"T{number}", 22_500, "STATE SCIENCE LEAGU", DAY + timedelta(days=6), site="S1") for number in range(5)
    ]
    found = links(charges, [order("PA-26", 112_500, "State Science League", site="S1", kind="preapproval")])
    assert found == [(f"T{number}", "PA-26", 22_500) for number in range(5)]


def test_a_blanket_order_is_drawn_on_by_its_vendor_at_its_site_until_it_is_used_up() -> None:
    shops = [("T1", "S1", 30_000), ("T2", "S1", 45_000), ("T3", "S9", 5_000), ("T4", "S1", 40_000)]
    charges = [
        charge(name, cents, "LAKESIDE DAIRY", DAY + timedelta(days=40 * number), site=site)
        for number, (name, site, cents) in enumerate(shops)
    ]
    found = links(charges, [order("B-26-004", 100_000, "Lakeside Dairy Co-op", site="S1", kind="blanket")])
    assert found == [("T1", "B-26-004", 30_000), ("T2", "B-26-004", 45_000)]

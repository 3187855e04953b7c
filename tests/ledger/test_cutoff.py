from __future__ import annotations

from datetime import date

from pcard.ledger.cutoff import BILLED_AFTER, BOUGHT_AFTER, POSTED_AFTER, cutoff
from tests.ledger.conftest import LedgerOf

YEAR_END = date(2026, 6, 30)


def charge(name: str, bought: str, posted: str, **cells: str) -> dict[str, str]:
    return {
        "id": name,
        "account": "9021",
        "date": bought,
        "posted": posted,
        "amount": "10.00",
        "merchant": "ACME",
        "site": "010",
    } | cells


def test_charges_on_both_sides_of_the_years_end(ledger_of: LedgerOf) -> None:
    charges = [
        charge("A", "2026-06-29", "2026-07-02"),
        charge("B", "2026-06-26", "2026-06-28"),
        charge("C", "2026-07-01", "2026-06-30"),
        charge("D", "2026-06-01", "2026-06-03"),
        charge("E", "2026-07-01", "2026-07-03"),
        charge("F", "2026-06-30", "2026-07-01", kind="payment"),
        charge("G", "2026-06-30", "2026-07-01", site="020", amount="-2.50"),
        charge("M", "2026-06-30", "2026-07-01", memo="true"),
    ]
    found = cutoff(ledger_of({"transactions": charges}, closing_day=25), YEAR_END)
    columns = ("side", "transaction_id", "site_total_cents", "total_cents")
    assert found.select(columns).rows() == [
        (BOUGHT_AFTER, "C", 1000, 1000),
        (BILLED_AFTER, "B", 1000, 1000),
        (POSTED_AFTER, "A", 1000, 750),
        (POSTED_AFTER, "G", -250, 750),
    ]


def test_a_coded_charge_counts_by_its_parts(ledger_of: LedgerOf) -> None:
    coding = [{"transaction": "A", "line_no": str(n), "amount": "5.00", "site": f"0{n}0"} for n in (1, 2)]
    found = cutoff(ledger_of({"transactions": [charge("A", "2026-06-29", "2026-07-02")], "coding": coding}), YEAR_END)
    assert found.select("site", "amount_cents", "site_total_cents", "total_cents").rows() == [
        ("010", 500, 500, 1000),
        ("020", 500, 500, 1000),
    ]

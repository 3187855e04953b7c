from __future__ import annotations

import polars as pl
import pytest

from pcard.ledger.holders import folded_name
from tests.ledger.conftest import LedgerOf

CARDS = [
    {
        "card": "7911",
        "account": "9021",
        "cardholder": "Ana Reyes",
        "site": "010",
        "profile": "teacher",
        "closed": "2026-03-31",
    },
    {
        "card": "7911",
        "account": "9021",
        "cardholder": "Bo Lind",
        "site": "020",
        "profile": "clerk",
        "opened": "2026-03-01",
    },
    {"card": "5500", "account": "9021", "cardholder": "Art Room", "site": "010"},
]


def charge(**cells: str | None) -> dict[str, str | None]:
    return {"id": "T1", "account": "9021", "date": "2026-03-10", "amount": "1.00", "merchant": "ACME"} | cells


def test_an_ambiguous_card_is_a_question_and_gives_nothing(ledger_of: LedgerOf) -> None:
    ledger = ledger_of({"transactions": [charge(card="7911")], "cards": CARDS})
    (row,) = ledger.transactions.rows(named=True)
    assert (row["cardholder"], row["profile"], row["site"], row["buyer"]) == (None, None, None, None)
    assert (row["site_from"], row["buyer_from"], row["card_key"]) == ("ambiguous card", "ambiguous card", "9021-7911")
    assert ledger.questions["about"].to_list() == ["card"]


@pytest.mark.parametrize(
    ("cells", "holder", "key"),
    [
        ({"cardholder": "LIND, BO"}, "Bo Lind", "9021-7911"),
        ({"date": "2026-02-10"}, "Ana Reyes", "9021-7911"),
        ({"date": "2026-04-10"}, "Bo Lind", "9021-7911"),
        ({"card": "5500", "account": None}, "Art Room", "9021-5500"),
        ({"card": "5500", "account": "5500"}, "Art Room", "9021-5500"),
        ({"card": "5500", "account": "7750"}, None, "7750-5500"),
        ({"card": "C12"}, None, "C12"),
        ({"card": None}, None, None),
    ],
)
def test_account_holder_and_dates_tell_cards_apart(
    ledger_of: LedgerOf, cells: dict[str, str | None], holder: str | None, key: str | None
) -> None:
    (row,) = ledger_of({"transactions": [charge(card="7911") | cells], "cards": CARDS}).transactions.rows(named=True)
    assert (row["cardholder"], row["card_key"]) == (holder, key)


def test_two_holders_of_one_number_have_two_keys(ledger_of: LedgerOf) -> None:
    charges = [charge(card="7911", cardholder="Ana Reyes"), charge(id="T2", card="7911", cardholder="Bo Lind")]
    keys = ledger_of({"transactions": charges}).transactions["card_key"].to_list()
    assert keys == ["9021-7911-ANA REYES", "9021-7911-BO LIND"]


def test_the_latest_row_of_a_cards_history_holds(ledger_of: LedgerOf) -> None:
    history = [
        {"card": "7911", "cardholder": "Ana Reyes", "opened": "2025-01-01", "profile": "low"},
        {"card": "7911", "cardholder": "Ana Reyes", "opened": "2026-01-01", "profile": "high"},
    ]
    assert ledger_of({"transactions": [charge(card="7911")], "cards": history}).transactions["profile"].to_list() == [
        "high"
    ]


CUSTODY = [
    {"card": "5500", "person": "kay", "out": "2026-03-09", "in": "2026-03-10"},
    {"card": "5500", "person": "lou", "out": "2026-03-10"},
]
ORDERS = [{"po_number": "26-1", "vendor": "Acme", "date": "2026-03-01", "amount": "1", "requester": "mia"}]


@pytest.mark.parametrize(
    ("cells", "buyer", "came_from"),
    [
        ({"card": "5500", "date": "2026-03-09"}, "kay", "custody"),
        ({"card": "5500", "date": "2026-03-10", "po_number": "26-1"}, "lou", "custody"),
        ({"card": "5500", "date": "2026-03-08", "po_number": " 26-1 "}, "mia", "order"),
        ({"card": "5500", "date": "2026-03-08"}, "Art Room", "cardholder"),
        ({"card": "1234"}, None, None),
    ],
)
def test_the_buyer_is_who_had_the_card(
    ledger_of: LedgerOf, cells: dict[str, str], buyer: str | None, came_from: str | None
) -> None:
    ledger = ledger_of({"transactions": [charge(**cells)], "cards": CARDS, "custody": CUSTODY, "orders": ORDERS})
    assert ledger.transactions.select("buyer", "buyer_from").rows() == [(buyer, came_from)]


def test_names_fold() -> None:
    names = pl.DataFrame({"n": ["Smith, Ana", "ana SMITH", "Zoë O'Neil"]})
    assert names.select(folded_name(pl.col("n"))).to_series().to_list() == ["ANA SMITH", "ANA SMITH", "NEIL O ZOE"]


def test_lines_of_the_billing_account_are_on_no_card(ledger_of: LedgerOf) -> None:
    ledger = ledger_of({"transactions": [charge(account=None, card="9021")], "cards": CARDS})
    assert ledger.transactions.select("account", "card", "card_key").rows() == [("9021", None, None)]


def test_the_card_list_names_the_holder_and_a_printed_name_finds_its_person(ledger_of: LedgerOf) -> None:
    charges = [
        charge(id="listed", card="5500", cardholder="PALOMA SANDIFER"),
        charge(id="unlisted", card="2222", cardholder="SANDIFER, PALOMA"),
        charge(id="unknown", card="2222", cardholder="SUMMER INSTITUTE"),
    ]
    people = [{"person": "sandifer", "name": "Paloma Sandifer"}]
    found = ledger_of({"transactions": charges, "cards": CARDS, "people": people}).transactions
    assert dict(found.select("transaction_id", "cardholder").iter_rows()) == {
        "listed": "Art Room",
        "unlisted": "sandifer",
        "unknown": "SUMMER INSTITUTE",
    }


def test_nobody_is_the_requester_of_a_blanket_order(ledger_of: LedgerOf) -> None:
    charges = [charge(id=po, card="2222", cardholder="lee", po_number=po) for po in ("B-1", "P-1")]
    order = {"vendor": "Dairy", "date": "2026-03-01", "amount": "90.00", "requester": "lead"}
    orders = [order | {"po_number": "B-1", "kind": "blanket"}, order | {"po_number": "P-1", "kind": "po"}]
    found = ledger_of({"transactions": charges, "orders": orders}).transactions
    assert dict(found.select("transaction_id", "buyer").iter_rows()) == {"B-1": "lee", "P-1": "lead"}

from __future__ import annotations

from pcard.errors import errors_of
from tests.ledger.conftest import Read

ORDER = {"po_number": "26-1", "vendor": "Acme", "date": "2026-09-01", "amount": "10.00", "item": "a"}


def test_an_equal_line_of_a_register_is_skipped_and_listed(read: Read) -> None:
    site = {"site": "010", "name": "North"}
    result = read({"sites": [site, {"site": "011", "name": "South"}, site]})
    assert (result.accepted, result.skipped, result.refused) == (2, 1, 0)
    assert result.refusals["message"].to_list() == ["the same as line 2: one record of sites"]


def test_one_key_with_two_meanings_is_refused(read: Read) -> None:
    rows = [{"site": "010", "name": "North"}, {"site": "010", "name": "South"}]
    result = read({"sites": rows})
    assert [(fault.code, fault.place.line) for fault in errors_of(result.faults)] == [
        ("record-contradicts", 2),
        ("record-contradicts", 3),
    ]
    assert (result.accepted, result.refused) == (0, 2)


def test_the_lines_of_an_order_are_added_up(read: Read) -> None:
    result = read({"orders": [ORDER, ORDER | {"item": "b", "amount": "2.50"}, ORDER | {"po_number": "26-2"}]})
    columns = ("po_number", "amount_cents", "open_amount_cents")
    assert result.records["orders"].select(columns).rows() == [("26-1", 1250, None), ("26-2", 1000, None)]
    assert (result.accepted, result.amount_cents) == (3, {"": 2250})
    assert [fault.code for fault in result.faults] == ["order-lines-added"]


def test_orders_of_one_number_and_two_vendors_are_refused(read: Read) -> None:
    result = read({"orders": [ORDER, ORDER | {"vendor": "Bolt"}]})
    assert [fault.code for fault in result.faults] == ["record-contradicts"] * 2


def test_a_card_may_stand_there_again_with_other_limits(read: Read) -> None:
    card = {"card": "7911", "account": "9021", "cardholder": "Ana Reyes", "opened": "2025-01-01", "single_limit": "500"}
    result = read({"cards": [card, card | {"opened": "2026-01-01", "single_limit": "900"}, card]})
    assert result.records["cards"]["single_limit_cents"].sort().to_list() == [50000, 90000]
    assert (result.accepted, result.skipped) == (2, 1)


def test_equal_bank_lines_are_two(read: Read) -> None:
    line = {"date": "2026-09-01", "amount": "-5.00", "description": "FEE"}
    result = read({"bank_lines": [line, line]})
    assert (result.accepted, result.amount_cents) == (2, {"": -1000})

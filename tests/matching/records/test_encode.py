"""Records as numbers: in one order whatever the order of the rows, and with codes that both sides share."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pcard.matching.records.encode import Encoded, Side, encode
from tests.matching.conftest import charge, ledger_of, order, random_ledger, receipt, shuffled

FIRST_NAMES = ("Ana", "Alma", "Bo", "A.", "Ana P.", "B")
LAST_NAMES = ("Ruiz", "Rúiz", "Lind", "O'Neil")
few = settings(max_examples=25)

amounts = st.integers(-3, 3).map(lambda hundreds: hundreds * 100)
sites = st.sampled_from([None, "S1", "s1 ", "S10", "S2"])


def sides_of(encoded: Encoded) -> tuple[Side, Side, Side]:
    return encoded.transactions, encoded.receipts, encoded.orders


def columns_of(side: Side) -> dict[str, list[int]]:
    values = {each.name: getattr(side, each.name) for each in fields(side)}
    return {name: value.tolist() for name, value in values.items() if isinstance(value, np.ndarray)}


@few
@given(st.lists(st.tuples(amounts, sites), min_size=1, max_size=14), st.integers(0, 1000))
def test_a_rank_is_the_place_by_id_whatever_the_order_of_rows(
    said: list[tuple[int, str | None]], shuffling: int
) -> None:
    ledger = ledger_of(
        [charge(f"T{number}", cents, site=site) for number, (cents, site) in enumerate(said)],
        [receipt(f"R{number}", cents, site=site) for number, (cents, site) in enumerate(said)],
        [order(f"PO-{number}", cents, site=site) for number, (cents, site) in enumerate(said)],
    )
    encoded, again = encode(ledger), encode(shuffled(ledger, shuffling))
    for side, other in zip(sides_of(encoded), sides_of(again), strict=True):
        ids = side.rows["id"].to_list()
        assert [sorted(ids)[rank] for rank in side.rank] == ids
        key = list(zip(side.site.tolist(), np.abs(side.cents).tolist(), ids, strict=True))
        assert key == sorted(key)
        assert_frame_equal(other.rows, side.rows)
        assert columns_of(other) == columns_of(side)


@few
@given(st.integers(0, 1000), st.lists(st.integers(0, 19), max_size=8), st.booleans())
def test_chosen_records_say_what_they_said_and_keep_their_rank(seed: int, rows: list[int], told_apart: bool) -> None:
    side = encode(random_ledger(seed, size=20)).transactions
    side = replace(side, apart=np.arange(len(side)) % 3) if told_apart else side
    assert len(side.kind) == len(side)  # a column that is worked out once, and is another for other records
    taken = side.take(np.array(rows, np.int64))
    assert len(taken) == len(rows)
    assert taken.rows.rows() == [side.rows.row(row) for row in rows]
    assert columns_of(taken) == {name: [column[row] for row in rows] for name, column in columns_of(side).items()}
    assert ("apart" in columns_of(taken)) == told_apart
    same = [[side.kind[one] == side.kind[other] for other in rows] for one in rows]
    assert [[one == other for other in taken.kind] for one in taken.kind] == same
    assert taken.drawn_on.tolist() == [side.drawn_on[row] for row in rows]


def people(*names: str | None) -> tuple[list[int], list[int]]:
    """The codes of people, and of their initials, of as many charges."""
    side = encode(
        ledger_of([charge(f"T{number:02}", 100, cardholder=name) for number, name in enumerate(names)])
    ).transactions
    return side.holder.tolist(), side.initial.tolist()


def test_people_with_one_initial_and_last_name_share_a_code() -> None:
    holder, initial = people("Ana P. Ruiz", "Ruiz, Ana P", "A. Ruiz", "RUIZ, A", "Alma Ruiz", "Bo Ruiz", "Ana Lind")
    assert holder[0] == holder[1] != holder[2]
    assert holder[2] == holder[3]
    assert len(set(holder)) == 5
    assert len(set(initial[:5])) == 1
    assert len(set(initial)) == 3


@given(st.lists(st.tuples(st.sampled_from(FIRST_NAMES), st.sampled_from(LAST_NAMES)), min_size=1, max_size=8))
def test_initials_are_equal_where_first_letter_and_last_name_are(names: list[tuple[str, str]]) -> None:
    _, initial = people(*(" ".join(name) for name in names))
    told = [(first[0], last.replace("ú", "u")) for first, last in names]
    assert [[one == other for other in initial] for one in initial] == [[a == b for b in told] for a in told]
    assert min(initial) >= 0


def test_who_is_not_known_has_no_initial() -> None:
    assert people(None, "Ana Ruiz", "", " . ") == ([-1, 0, -1, -1], [-1, 0, -1, -1])
    assert people(None, None) == ([-1, -1], [-1, -1])


def test_both_sides_share_the_codes_of_people_and_a_buyer_is_told_where_another() -> None:
    encoded = encode(
        ledger_of(
            [
                charge("T1", 100, cardholder="Ana Ruiz", buyer="Ana Ruiz"),
                charge("T2", 200, cardholder="School Office", buyer="Lind, Bo"),
                charge("T3", 300, buyer="Ana P. Ruiz"),
            ],
            [receipt("R1", 100, cardholder="A. Ruiz"), receipt("R2", 200, cardholder="Bo Lind"), receipt("R3", 300)],
            [order("PO-1", 100, requester="RUIZ, ANA"), order("PO-2", 200)],
        )
    )
    charges, receipts, orders = sides_of(encoded)
    assert charges.initial[0] == receipts.initial[0] == orders.initial[0] >= 0
    assert charges.holder[0] == orders.holder[0] != receipts.holder[0]
    assert charges.buyer.tolist() == [-1, receipts.holder[1], charges.holder[0]]
    assert [receipts.initial[2], orders.initial[1], charges.initial[2], charges.holder[2]] == [-1] * 4
    assert receipts.buyer.tolist() == [-1] * 3
    assert charges.initial[1] not in (-1, *receipts.initial)


@pytest.mark.parametrize(
    ("receipts", "name_orders"),
    [
        ([], False),
        ([{}, {}], False),
        ([{"po_number": "PO-12"}], False),  # too short to be a number
        ([{"order_number": "PO-1234"}], False),  # the shop's own
        ([{"po_number": "PO-1234"}], True),
        ([{}, {"po_number": "PO-1234"}, {}], True),
    ],
)
def test_receipts_name_orders_where_any_of_them_does(receipts: list[dict[str, Any]], name_orders: bool) -> None:
    said = [receipt(f"R{number}", 100, **each) for number, each in enumerate(receipts)]
    assert encode(ledger_of([charge("T1", 100)], said)).receipts_name_orders is name_orders


def test_a_ledger_without_records_has_sides_without_records() -> None:
    encoded = encode(ledger_of())
    assert [len(side) for side in sides_of(encoded)] == [0, 0, 0]
    assert [side.rank.tolist() for side in sides_of(encoded)] == [[], [], []]
    assert encoded.transactions.take(np.empty(0, np.int64)).rows.is_empty()
    assert pl.Series(encoded.numbers).is_empty()

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pcard.matching.comparing.meeting import Pairs
from pcard.matching.concluding.coverage import covered_cents
from pcard.matching.records.encode import encode
from tests.matching.conftest import charge, ledger_of, receipt


def covered(charges: list[int], receipts: list[int | None], links: list[tuple[int, int]], limit: int = 0) -> list[int]:
    ledger = ledger_of(
        [charge(f"T{number}", cents) for number, cents in enumerate(charges)],
        [receipt(f"R{number}", cents) for number, cents in enumerate(receipts)],
    )
    encoded = encode(ledger)
    row_of = [side.rows["id"].to_list().index for side in (encoded.transactions, encoded.receipts)]
    pairs = Pairs(
        np.array([row_of[0](f"T{number}") for number, _ in links], np.int64),
        np.array([row_of[1](f"R{number}") for _, number in links], np.int64),
    )
    given_limit = np.full(len(links), limit)
    return [int(cents) for cents in covered_cents(encoded.transactions, encoded.receipts, pairs, given_limit)]


def test_a_receipt_covers_what_it_states_and_no_more_than_was_charged() -> None:
    assert covered([120], [100], [(0, 0)]) == [100]
    assert covered([100], [120], [(0, 0)]) == [100]
    assert covered([-100], [100], [(0, 0)]) == [-100]


def test_what_one_link_covers_is_gone_for_the_next() -> None:
    assert covered([60, 70], [100], [(0, 0), (1, 0)]) == [60, 40]
    assert covered([100], [80, 50], [(0, 0), (0, 1)]) == [80, 20]


def test_an_unread_receipt_covers_what_others_left() -> None:
    assert covered([100], [None, 30], [(0, 0), (0, 1)]) == [70, 30]


def test_a_person_may_state_the_part() -> None:
    assert covered([100], [80], [(0, 0)], limit=25) == [25]


@given(
    st.lists(st.integers(-50, 50).filter(bool), min_size=1, max_size=4),
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.data(),
)
def test_nothing_covers_beyond_either_side(charges: list[int], receipts: list[int], data: st.DataObject) -> None:
    every = [(row, piece) for row in range(len(charges)) for piece in range(len(receipts))]
    links = data.draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    amounts = covered(charges, list(receipts), links)
    for row, cents in enumerate(charges):
        assert sum(abs(a) for a, link in zip(amounts, links, strict=True) if link[0] == row) <= abs(cents)
    for piece, cents in enumerate(receipts):
        assert sum(abs(a) for a, link in zip(amounts, links, strict=True) if link[1] == piece) <= cents

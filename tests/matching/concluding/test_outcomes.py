"""The matches of both kinds of evidence together: in their border's order at once, so that it need not sort them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, NoReturn

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pcard.frames import ENRICHED, MATCHES, ORDERS, RECEIPTS, Ledger
from pcard.matching import MatchSettings, match
from pcard.matching.concluding.outcomes import _KINDS, _OUTCOMES, together
from pcard.schema import Table
from tests.matching.conftest import charge, ledger_of, order, random_ledger, receipt, shuffled

Link = tuple[str, str, str]

# As texts T10 comes before T2, as numbers after it.
CHARGES = ("T1", "T2", "T10", "T9")
PIECES = {"receipt": ("R1", "R2", "R10"), "order": ("PO-2", "PO-10", "R1")}
links = st.sampled_from(
    [(charge, kind, piece) for charge in CHARGES for kind, pieces in PIECES.items() for piece in pieces]
)
few = settings(max_examples=25)


def matches_of(kind: str, rows: list[Link]) -> pl.DataFrame:
    """One kind's matches as `conclude` hands them on, in no order."""
    mine = [(charge, piece) for charge, each, piece in rows if each == kind]
    serves = Counter(piece for _, piece in mine)
    said = [
        {
            "evidence_kind": kind,
            "transaction_id": charge,
            "evidence_id": piece,
            "amount_cents": 100,
            "probability": 0.9,
            "outcome": "review",
            "runner_up_id": "R9" if place % 2 else None,
            "runner_up_probability": 0.1 if place % 2 else float("nan"),
            "explanation": "",
            "shared": serves[piece] > 1,
            "charge_rank": sorted(CHARGES).index(charge),
            "evidence_rank": sorted(PIECES[kind]).index(piece),
        }
        for place, (charge, piece) in enumerate(mine)
    ]
    schema = {name: kind for name, kind in MATCHES.schema.items() if name != "group_id"}
    schema |= {"evidence_kind": _KINDS, "outcome": _OUTCOMES, "shared": pl.Boolean()}
    schema |= {"charge_rank": pl.Int32(), "evidence_rank": pl.Int32()}
    return pl.DataFrame(said, schema=schema)


def without_sorting(patch: pytest.MonkeyPatch, frame: pl.DataFrame) -> pl.DataFrame:
    def sorted_again(*_: object, **__: object) -> NoReturn:
        raise AssertionError

    patch.setattr(pl.DataFrame, "sort", sorted_again)
    return MATCHES.of(frame)


@given(st.lists(links, max_size=12, unique=True))
def test_both_kinds_of_evidence_stand_in_the_order_of_their_border(rows: list[Link]) -> None:
    found = together([matches_of("receipt", rows), matches_of("order", rows)])
    assert found.select(MATCHES.key).rows() == sorted(rows)
    assert dict(found.schema) == MATCHES.schema
    with pytest.MonkeyPatch.context() as patch:
        assert_frame_equal(without_sorting(patch, found), found, check_column_order=False)
    unsure = found.select(pl.col("runner_up_probability").is_null() == pl.col("runner_up_id").is_null())
    assert unsure.to_series().all()


def test_evidence_of_several_charges_names_their_group() -> None:
    rows = [
        ("T10", "order", "PO-2"), ("T2", "order", "PO-2"), ("T2", "order", "R1"),
        ("T10", "receipt", "R1"), ("T2", "receipt", "R10"), ("T2", "receipt", "R2"),
    ]  # fmt: skip
    found = together([matches_of("receipt", rows), matches_of("order", rows)])
    assert found.select("transaction_id", "evidence_kind", "evidence_id", "group_id").rows() == [
        ("T10", "order", "PO-2", "order:PO-2"),
        ("T10", "receipt", "R1", "receipt:T10"),  # the order of the same number is another thing
        ("T2", "order", "PO-2", "order:PO-2"),
        ("T2", "order", "R1", "order:T2"),
        ("T2", "receipt", "R10", "receipt:T2"),
        ("T2", "receipt", "R2", "receipt:T2"),
    ]


def numbered_without_zeros(ledger: Ledger) -> Ledger:
    """The same ledger with ids that stand in another order as texts than as numbers."""
    short = pl.col(pl.String).str.replace(r"^([TR])0([0-9])", "$1$2")
    return replace(
        ledger,
        transactions=ENRICHED.of(ledger.transactions.with_columns(short)),
        receipts=RECEIPTS.of(ledger.receipts.with_columns(short)),
        orders=ORDERS.of(ledger.orders),
    )


def in_order_at_once(ledger: Ledger, suggest_only: bool = False) -> pl.DataFrame:
    """What matching concludes, once it is seen that its border did not have to sort it."""
    seen: list[bool] = []
    looks = Table._is_in_order

    def looking(table: Table, frame: pl.DataFrame) -> bool:
        found = looks(table, frame)
        seen.extend([found] if table is MATCHES else [])
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "_is_in_order", looking)
        matches = match(ledger, MatchSettings(suggest_only=suggest_only)).matches
    assert seen == [True]
    return matches


@few
@given(st.integers(0, 10_000), st.integers(0, 100))
def test_what_matching_concludes_is_in_order_before_its_border_looks(seed: int, shuffling: int) -> None:
    matches = in_order_at_once(shuffled(numbered_without_zeros(random_ledger(seed)), shuffling))
    rows = matches.select(MATCHES.key).rows()
    assert rows == sorted(rows)
    serves = Counter((kind, piece) for _, kind, piece in rows)
    assert matches["group_id"].to_list() == [
        f"{kind}:{piece if serves[kind, piece] > 1 else charge}" for charge, kind, piece in rows
    ]


def test_ids_are_ordered_as_texts_and_outcomes_are_words() -> None:
    who: dict[str, Any] = {"site": "S1", "cardholder": "Ana Ruiz"}
    ledger = ledger_of(
        [charge("T2", 1234, reference="PO-4001", **who), charge("T10", 9876, reference="PO-4001", **who)],
        [receipt("R2", 401, **who), receipt("R10", 833, **who), receipt("R3", 9876, **who)],
        [order("PO-4001", 11_110)],
    )
    for suggest_only, outcome in ((False, "accepted"), (True, "review")):
        matches = in_order_at_once(ledger, suggest_only)
        assert matches.select("group_id", "transaction_id", "evidence_id").rows() == [
            ("order:PO-4001", "T10", "PO-4001"),
            ("receipt:T10", "T10", "R3"),
            ("order:PO-4001", "T2", "PO-4001"),
            ("receipt:T2", "T2", "R10"),
            ("receipt:T2", "T2", "R2"),
        ]
        assert matches["outcome"][1] == outcome
        assert set(matches["outcome"]) == {outcome, "review"}

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pcard.matching import match
from tests.matching.conftest import charge, elsewhere, ledger_of, receipt

WHO: Mapping[str, Any] = {"site": "S1", "cardholder": "Ana Ruiz"}


def linked(charges: list[dict[str, object]], receipts: list[dict[str, object]]) -> list[tuple[str, str, int]]:
    others, known = elsewhere()
    matches = match(ledger_of([*charges, *others], [*receipts, *known])).matches
    mine = matches.filter(~pl.col("transaction_id").str.starts_with("X"))
    return mine.select("transaction_id", "evidence_id", "amount_cents").rows()


def test_receipts_of_one_purchase_are_parts_of_it_though_one_of_them_is_lost() -> None:
    receipts = [receipt("R1", 3111, **WHO), receipt("R2", 2522, **WHO)]
    assert linked([charge("T1", 19_999, **WHO)], receipts) == [("T1", "R1", 3111), ("T1", "R2", 2522)]


def test_what_a_charge_has_no_room_for_is_no_part_of_it() -> None:
    receipts = [receipt("R1", 15_111, **WHO), receipt("R2", 9522, **WHO)]
    assert sum(link[2] for link in linked([charge("T1", 19_999, **WHO)], receipts)) <= 15_111


def test_a_receipt_of_another_person_elsewhere_is_no_part() -> None:
    receipts = [receipt("R1", 3111, "Umbra Lighting", site="S5", cardholder="Bo Nr5")]
    assert linked([charge("T1", 19_999, **WHO)], receipts) == []

"""Which pairs are looked at where evidence says little."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from pcard.frames import Ledger
from pcard.matching.comparing.blocking import Blocked, near_in_time, same_merchant
from pcard.matching.concluding.standing import standing
from pcard.matching.engine import match
from pcard.matching.records.encode import encode
from tests.matching.conftest import DAY, charge, elsewhere, ledger_of, order, receipt

NOTHING = np.empty(0, np.int64), np.empty(0, np.int64)


def near(ledger: Ledger) -> Blocked:
    side = standing("receipt", encode(ledger), None)
    return near_in_time(side.meeting, side.still, NOTHING, 10)


def charges_at(sites: int) -> list[dict[str, object]]:
    return [charge(f"T{n:03}", 3000 + 7 * n, site=f"S{n % sites}", cardholder=f"Ana Nr{n}") for n in range(sites)]


@pytest.mark.parametrize(("sites", "found"), [(3, 3), (60, 60), (61, 0)])
def test_a_receipt_that_names_no_place_meets_its_merchants_charges_unless_these_are_many(
    sites: int, found: int
) -> None:
    assert len(near(ledger_of(charges_at(sites), [receipt("R1", 2500)])).pairs) == found


def test_a_receipt_that_names_a_place_meets_the_charges_there() -> None:
    assert len(near(ledger_of(charges_at(5), [receipt("R1", 2500, site="S2")])).pairs) == 1


def test_a_charge_far_off_in_time_is_not_met() -> None:
    late = charge("T9", 9900, day=DAY + timedelta(days=11), site="S1")
    assert len(near(ledger_of([late], [receipt("R1", 2500)])).pairs) == 0


def test_an_order_that_names_no_place_meets_its_vendors_charges() -> None:
    ledger = ledger_of(charges_at(4), [], [order("PO-1001", 90_000, day=DAY - timedelta(days=9))])
    side = standing("order", encode(ledger), None)
    assert len(same_merchant(side.meeting, side.still, NOTHING, (-120, 5)).pairs) == 4


def test_a_nameless_receipt_before_its_tip_is_found() -> None:
    """Vendor and day alone, and an amount that is no charge's: nothing else could have found it."""
    others, theirs = elsewhere()
    mine = charge("T1", 4094, "ABUELAS KITCHEN", site="S77", cardholder="Ana Ruiz")
    matches = match(ledger_of([*others, mine], [*theirs, receipt("R1", 3560, "Abuela's Kitchen")])).matches
    assert ("T1", "R1") in matches.select("transaction_id", "evidence_id").rows()

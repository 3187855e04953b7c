"""Days that are not known say nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.comparing.dates import ORDER_DATE, RECEIPT_DATE
from pcard.matching.comparing.meeting import Pairs
from pcard.matching.concluding.standing import standing
from pcard.matching.records.encode import encode
from tests.matching.conftest import charge, ledger_of, order, receipt

LONG_AGO = date(1826, 3, 2)  # a century mistyped


@pytest.mark.parametrize(("kind", "comparison"), [("receipt", RECEIPT_DATE), ("order", ORDER_DATE)])
def test_a_mistyped_century_weighs_nothing(kind: str, comparison: BuiltIn) -> None:
    ledger = ledger_of(
        [charge("T1", 1000), charge("T2", 2000)],
        [receipt("R1", 1000, day=LONG_AGO), receipt("R2", 2000)],
        [order("PO-1001", 1000, day=LONG_AGO), order("PO-1002", 2000)],
    )
    meeting = standing(kind, encode(ledger), None).whole
    unknown = int(np.flatnonzero(meeting.evidence.day < 0)[0])
    compared = comparison.compare(meeting, Pairs(np.array([0, 1]), np.array([unknown, 1 - unknown])))
    assert compared.level[0] == -1
    assert compared.chance[0] == 1.0
    assert compared.level[1] >= 0
    assert compared.chance[1] < 1.0

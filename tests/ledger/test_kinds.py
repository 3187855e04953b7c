from __future__ import annotations

import polars as pl
import pytest

from pcard.ledger.kinds import kind_by_words, kind_said


@pytest.mark.parametrize(
    ("cents", "words", "mcc", "kind"),
    [
        (1250, "SQ *COPPER KETTLE", "5814", "purchase"),
        (-1250, "SQ *COPPER KETTLE", "5814", "credit"),
        (-900_00, "PAYMENT - THANK YOU", None, "payment"),
        (-900_00, "AUTOPAY 0042", None, "payment"),
        (-900_00, "ACH PAYMENT", None, "payment"),
        (900_00, "PAYMENT PROCESSING SERVICES", None, "purchase"),
        (-5_00, "PAYMENT PROCESSING SERVICES", "7399", "credit"),
        (39_00, "LATE FEE", None, "fee"),
        (45, "FOREIGN TRANSACTION FEE", None, "fee"),
        (60_00, "STATE LICENSING FEE", None, "purchase"),
        (3_10, "FINANCE CHARGE", None, "finance_charge"),
        (-437_22, "BALANCE TRANSFER TO 2448", None, "transfer"),
        (437_22, "Account transfer from 2430", None, "transfer"),
        (-210_00, "QUARTERLY REBATE", None, "rebate"),
        (210_00, "REBATE INTERNATIONAL", None, "purchase"),
        (200_00, "CASH ADVANCE BR 12", None, "cash_advance"),
        (5_00, "CASH ADVANCE FEE", None, "fee"),
        (0, "ZERO", None, "purchase"),
    ],
)
def test_sign_and_words_speak_where_the_source_does_not(cents: int, words: str, mcc: str | None, kind: str) -> None:
    frame = pl.DataFrame({"c": [cents], "w": [words], "m": [mcc]}, {"c": pl.Int64, "w": pl.String, "m": pl.String})
    assert frame.select(kind_by_words(pl.col("c"), pl.col("w"), pl.col("m"))).item() == kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Purchase", "purchase"),
        ("FINANCE CHARGE", "finance_charge"),
        ("Merchandise-Return", "credit"),
        ("whatever", None),
        (None, None),
    ],
)
def test_takes_the_sources_word(said: str | None, kind: str | None) -> None:
    assert pl.DataFrame({"k": [said]}, {"k": pl.String}).select(kind_said(pl.col("k"))).item() == kind

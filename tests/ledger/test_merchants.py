from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.ledger.merchants import merchant_key


def key(text: str) -> str:
    return str(pl.DataFrame({"m": [text]}).select(merchant_key(pl.col("m"))).item())


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("SQ *COPPER KETTLE  TULSA OK", "COPPER KETTLE TULSA"),
        ("SQU*SQ *COPPER KETTLE", "COPPER KETTLE"),
        ("SQ  COPPER KETTLE", "COPPER KETTLE"),
        ("TST* Mesquite Grill", "MESQUITE GRILL"),
        ("PY *HILLTOP DENTAL", "HILLTOP DENTAL"),
        ("FS *Quillscript", "QUILLSCRIPT"),
        ("PAYPAL *PLAINSREADI", "PLAINSREADI"),
        ("AMZN MKTP US*RT4G81ZZ0", "AMAZON"),
        ("AMZN Mktp US 7Q1HW83R3", "AMAZON"),
        ("Amazon.com*2K41D AMZN.COM/BILL WA", "AMAZON"),
        ("AMAZON WEB SERVICES", "AMAZON WEB SERVICES"),
        ("FOUR WINDS PRINT*A7B3C9DD", "FOUR WINDS PRINT"),
        ("FOUR WINDS PRINT LQBPLAP9Z2", "FOUR WINDS PRINT"),
        ("OFFICE DEPOT #2264", "OFFICE DEPOT"),
        ("TARGET 00024158", "TARGET"),
        ("STAPLS7348105559000002", "STAPLS"),
        ("Café Olé 555-123-4567", "CAFE OLE"),
        ("O'Brien Tool & Die, Inc.", "OBRIEN TOOL & DIE"),
        ("365 MARKET", "365 MARKET"),
        ("7-ELEVEN 32012", "7 ELEVEN"),
        ("WWW.EXAMPLE.COM", "EXAMPLE"),
        ("UBER *EATS", "UBER EATS"),
        ("OR", "OR"),
        ("12345678", "12345678"),
    ],
)
def test_the_key_is_the_name(printed: str, name: str) -> None:
    assert key(printed) == name


@given(st.text(max_size=40))
def test_never_empties_a_name_nor_minds_its_case(printed: str) -> None:
    if printed.strip() and printed.isascii():
        assert key(printed)
        assert key(printed.lower()) == key(printed.upper())

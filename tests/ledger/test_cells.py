from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pcard.frames import Reading
from pcard.ledger.cells import clean, read_date, typed
from pcard.schema import Column, Kind


def read_one(text: str, kind: Kind, reading: Reading | None = None, name: str = "amount") -> object:
    return pl.DataFrame({name: [text]}).select(typed(Column(name, kind), reading or Reading())).item()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-09-05", date(2026, 9, 5)),
        ("20260630190000[-5:EST]", date(2026, 6, 30)),
        ("20260630120000.000[-5]", date(2026, 6, 30)),
        ("2026-06-30T23:59:59-07:00", date(2026, 6, 30)),
        ("2026-06-30 11:59 PM", date(2026, 6, 30)),
        ("2026-06-30 23:59:59 EST", date(2026, 6, 30)),
        ("06/30/2026", date(2026, 6, 30)),
        ("06/30/26", date(2026, 6, 30)),
        ("30/06/2026", None),
        ("2026-02-30", None),
        ("1989-12-31", None),
        ("2101-01-01", None),
        ("yesterday", None),
    ],
)
def test_reads_the_written_day(text: str, day: date | None) -> None:
    formats = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y %H:%M", "%m/%d/%y", "%d/%m/%Y")
    assert pl.DataFrame({"d": [text]}).select(read_date(pl.col("d"), formats)).item() == day


def test_the_first_format_settles_the_order_of_day_and_month() -> None:
    frame = pl.DataFrame({"d": ["01/02/2026", "13/02/2026"]})
    month_first = frame.select(read_date(pl.col("d"), ("%m/%d/%Y", "%d/%m/%Y"))).to_series()
    day_first = frame.select(read_date(pl.col("d"), ("%d/%m/%Y", "%m/%d/%Y"))).to_series()
    assert month_first.to_list() == [date(2026, 1, 2), None]
    assert day_first.to_list() == [date(2026, 2, 1), date(2026, 2, 13)]


@pytest.mark.parametrize(
    ("text", "reading", "cents"),
    [
        ("1,234", Reading(), 123400),
        ("1,234", Reading(thousands=False), None),
        ("-1,234", Reading(thousands=False), None),
        ("1.234", Reading(decimal_mark=",", thousands=False), None),
        ("1,234.50", Reading(thousands=False), 123450),
        ("5.005", Reading(thousands=False), 501),
        ("1.234,56", Reading(decimal_mark=","), 123456),
        ("1.234,56", Reading(), None),
        ("(12.00)", Reading(negate=True), 1200),
        ("1e3", Reading(), None),
        ("١٢", Reading(), None),
    ],
)
def test_reads_money_as_the_document_writes_it(text: str, reading: Reading, cents: int | None) -> None:
    assert read_one(text, Kind.MONEY, reading) == cents


def test_a_tax_has_no_sign_to_turn() -> None:
    assert read_one("1.50", Kind.MONEY, Reading(negate=True), "sales_tax") == 150


@pytest.mark.parametrize(
    ("text", "flag"), [("Yes", True), ("y", True), ("1", True), ("FALSE", False), ("n", False), ("maybe", None)]
)
def test_reads_flags(text: str, flag: bool | None) -> None:
    assert read_one(text, Kind.FLAG) is flag


@pytest.mark.parametrize(
    ("text", "count"), [("450", 450), ("1,204", 1204), ("450.0", 450), ("4.5", None), ("many", None)]
)
def test_reads_counts(text: str, count: int | None) -> None:
    assert read_one(text, Kind.COUNT) == count


def test_cleaning_trims_folds_line_breaks_and_empties_blanks() -> None:
    raw = pl.DataFrame({"a": ["  ACME \r\n TOOL ", "   ", None], "line": pl.Series([2, 3, 4], dtype=pl.Int32)})
    assert clean(raw)["a"].to_list() == ["ACME TOOL", None, None]

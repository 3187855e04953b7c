from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pcard.cli.session import read_tables, readers
from pcard.documents import open_document
from pcard.ledger.assemble import assemble
from pcard.matching import match
from pcard.pipeline.ingest import ingest
from pcard.pipeline.plain import plain_ledger, plain_records

DAY = date(2026, 3, 2)
CHARGE = {
    "id": "T1", "account": "C7", "card": "0412", "cardholder": "Ana Ruiz", "site": "S1", "date": DAY, "posted": DAY,
    "amount": "12.34", "kind": "purchase", "merchant": "SQ *GOLDEN PIZZA", "mcc": "5812", "reference": "PO-1234",
}  # fmt: skip
RECEIPT = {
    "id": "R1", "vendor": "Golden Pizza", "date": DAY, "total": "12.34", "tax": "1.00", "cardholder": None,
    "card": "0412", "site": "S1",
}  # fmt: skip
ORDER = {
    "po_number": "PO-1234", "vendor": "Golden Pizza", "date": DAY, "amount": "12.34", "open_amount": "12.34",
    "site": "S1",
}  # fmt: skip


def written(folder: Path, **tables: Sequence[Mapping[str, object]]) -> dict[str, Path]:
    paths = {table: folder / f"{table}.parquet" for table in tables}
    for table, rows in tables.items():
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(paths[table])
    return paths


def long_way(paths: Mapping[str, Path]) -> dict[str, pl.DataFrame]:
    at_hand, _ = readers()
    return {name: ingest(open_document(path), at_hand, table=name).records[name] for name, path in paths.items()}


def test_plain_tables_give_the_records_that_the_long_way_gives(tmp_path: Path) -> None:
    said = {
        "city": "Tulsa",
        "state": "OK",
        "fund": "11",
        "sales_tax": "0.50",
        "large_ticket": "true",
        "currency": "USD",
    }
    charges = [
        {**CHARGE, **said, "merchant": "  A\nB "},
        {**CHARGE, "id": "T0", "amount": "-3.00", "kind": "credit", "site": " ", "large_ticket": "false"},
    ]
    paths = written(tmp_path, transactions=charges, receipts=[RECEIPT], orders=[ORDER])
    for table, expected in long_way(paths).items():
        found = plain_records(table, paths[table])
        assert found is not None
        assert_frame_equal(found.drop("identity"), expected.drop("identity"))
    assert read_tables(paths)[0]["transactions"]["identity"].to_list() == ["T0", "T1"]


def test_a_card_number_in_any_cell_is_left_to_the_long_way(tmp_path: Path) -> None:
    for cell in ("SHOP 4111 1111 1111 1111", "4111111111111111"):
        paths = written(tmp_path, transactions=[{**CHARGE, "merchant": cell}])
        assert plain_records("transactions", paths["transactions"]) is None
        assert "1111 1111" not in read_tables(paths)[0]["transactions"].write_csv()


def test_plain_tables_give_the_matches_that_the_long_way_gives(tmp_path: Path) -> None:
    charges = [
        CHARGE,
        {**CHARGE, "id": "T2", "amount": "-3.00", "kind": "credit"},
        {**CHARGE, "id": "T3", "kind": "fee"},
    ]
    receipts = [RECEIPT, {**RECEIPT, "id": "R2", "total": "-3.00", "tax": None, "card": "A12", "vendor": "'t Huis"}]
    paths = written(tmp_path, transactions=charges, receipts=receipts, orders=[ORDER])
    plain = plain_ledger(paths)
    assert plain is not None
    found, expected = match(plain), match(assemble(long_way(paths)))
    assert_frame_equal(found.matches, expected.matches)
    assert_frame_equal(found.candidates, expected.candidates)
    assert found.matches.height == 3


def test_amounts_may_be_decimals_and_tables_may_be_missing(tmp_path: Path) -> None:
    paths = written(tmp_path, transactions=[{**CHARGE, "amount": Decimal("12.34")}])
    pl.read_parquet(paths["transactions"]).with_columns(pl.col("amount").cast(pl.Decimal(38, 2))).write_parquet(
        paths["transactions"]
    )
    plain = plain_ledger(paths)
    assert plain is not None
    assert plain.transactions["amount_cents"].to_list() == [1234]
    assert plain.receipts.is_empty()


@pytest.mark.parametrize(
    "odd",
    [
        {"amount": "1,234.00"}, {"amount": "12.345"}, {"amount": 12.34}, {"amount": None}, {"id": "4111111111111111"},
        {"id": None}, {"id": "T 1"}, {"date": None}, {"date": "2026-03-02"}, {"date": date(1899, 1, 1)}, {"kind": "sale"},
        {"merchant": " "}, {"merchant": '="12"'}, {"merchant": "A\0B"}, {"card": "4111111111111111"}, {"card": "0412 "},
        {"account": "4.1E+15"}, {"original_currency": "CAD"}, {"large_ticket": "maybe"}, {"mcc": None, "merchant": "BALANCE TRANSFER"},
        {"description": "transfer to new card"},
    ],
)  # fmt: skip
def test_a_cell_that_needs_a_closer_look_is_left_to_the_long_way(tmp_path: Path, odd: dict[str, object]) -> None:
    assert plain_ledger(written(tmp_path, transactions=[{**CHARGE, **odd}])) is None


def test_repeated_ids_unknown_columns_and_other_files_are_left_to_the_long_way(tmp_path: Path) -> None:
    assert plain_ledger(written(tmp_path, transactions=[CHARGE, CHARGE])) is None
    assert plain_ledger(written(tmp_path, receipts=[{**RECEIPT, "purpose": "lunch"}])) is None
    assert plain_ledger(written(tmp_path, orders=[{**ORDER, "requester": "Ben Ode"}])) is None
    assert plain_ledger(written(tmp_path, orders=[{**ORDER, "kind": "Blanket order"}])) is None
    text = tmp_path / "t.csv"
    text.write_text("id,date,amount,merchant\n")
    assert plain_ledger({"transactions": text}) is None
    assert plain_ledger({"transactions": tmp_path / "nothing.parquet"}) is None
    text.write_bytes(b"PAR1 and no more")
    assert plain_ledger({"transactions": text}) is None

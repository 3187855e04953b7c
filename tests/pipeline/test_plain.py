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
from pcard.pipeline.plain import _KNOWN, plain_ledger, plain_records

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
# Every column that the short way knows, each with something to say.
FULL_CHARGE = {
    **CHARGE, "po_number": "PO-1234", "reference": "INV 88", "description": "CHAIRS", "sales_tax": "0.50", "city": "Tulsa", "state": "OK",
    "country": "USA", "fund": "11", "currency": "USD", "large_ticket": "true",
}  # fmt: skip
FULL_RECEIPT = {
    **RECEIPT, "cardholder": "Ruiz, Ana", "transaction": None, "po_number": "PO-1234", "order_number": "88123",
}  # fmt: skip
FULL_ORDER = {**ORDER, "kind": "regular"}


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


def full_tables() -> dict[str, list[dict[str, object]]]:
    """A month in which every column that matching looks at tells something that no other column does."""
    charges = [
        FULL_CHARGE,
        {**FULL_CHARGE, "id": "T10", "amount": "88.00", "po_number": None, "reference": "PO-5001", "sales_tax": "8.00"},
        {**FULL_CHARGE, "id": "T2", "amount": "45.10", "po_number": None, "reference": None, "mcc": None, "city": None,
         "description": "LAMPS PO 6001", "fund": None, "large_ticket": "false", "sales_tax": None},
        {**FULL_CHARGE, "id": "T3", "amount": "-3.00", "kind": "credit", "reference": None, "po_number": None},
        {**FULL_CHARGE, "id": "T4", "amount": "60.00", "card": "0977", "cardholder": "Bo Lind", "site": "S2",
         "merchant": "HARBOR LUMBER", "reference": None, "po_number": None, "date": date(2026, 3, 9)},
        {**FULL_CHARGE, "id": "T5", "kind": "fee", "merchant": "ANNUAL FEE"},
    ]  # fmt: skip
    receipts = [
        FULL_RECEIPT,
        {**FULL_RECEIPT, "id": "R10", "total": "80.00", "tax": "0.00", "po_number": "PO-5001", "order_number": None},
        {**FULL_RECEIPT, "id": "R2", "total": "45.10", "transaction": "T2", "po_number": None, "order_number": None},
        {**FULL_RECEIPT, "id": "R3", "total": "-3.00", "tax": None, "card": "A12", "po_number": None},
        {**FULL_RECEIPT, "id": "R4", "total": "60.00", "card": "0977", "cardholder": "Lind, Bo", "site": "S2",
         "vendor": "Harbor Lumber Co", "po_number": None, "date": date(2026, 3, 9)},
    ]  # fmt: skip
    orders = [
        FULL_ORDER,
        {**FULL_ORDER, "po_number": "PO-5001", "amount": "100.00", "open_amount": "88.00"},
        {**FULL_ORDER, "po_number": "PO-6001", "amount": "45.10", "open_amount": "45.10"},
        {**FULL_ORDER, "po_number": "PO-7001", "amount": "900.00", "open_amount": "500.00", "site": "S2",
         "vendor": "Harbor Lumber", "kind": "blanket"},
    ]  # fmt: skip
    return {"transactions": charges, "receipts": receipts, "orders": orders}


def test_all_known_columns_may_be_there_and_the_matches_are_those_of_the_long_way(tmp_path: Path) -> None:
    tables = full_tables()
    assert {table: set(rows[0]) for table, rows in tables.items()} == _KNOWN
    paths = written(tmp_path, **tables)
    plain = plain_ledger(paths)
    assert plain is not None
    found, expected = match(plain), match(assemble(long_way(paths)))
    for name in ("matches", "candidates", "weights", "blocking"):
        assert_frame_equal(getattr(found, name), getattr(expected, name))
    linked = set(found.matches.select("transaction_id", "evidence_id").rows())
    assert {
        ("T1", "R1"),
        ("T1", "PO-1234"),
        ("T10", "PO-5001"),
        ("T2", "R2"),
        ("T2", "PO-6001"),
        ("T4", "R4"),
    } <= linked


def test_what_no_match_looks_at_changes_none(tmp_path: Path) -> None:
    tables = full_tables()
    said = ("account", "mcc", "city", "state", "country", "fund", "large_ticket", "sales_tax")
    bare = [{name: cell for name, cell in row.items() if name not in said} for row in tables["transactions"]]
    (tmp_path / "bare").mkdir()
    ledgers = [
        plain_ledger(written(tmp_path, **tables)),
        plain_ledger(written(tmp_path / "bare", **{**tables, "transactions": bare})),
    ]
    full, less = (match(ledger).matches for ledger in ledgers if ledger is not None)
    assert_frame_equal(full, less)
    assert all(ledger is not None and not set(said) & set(ledger.transactions.columns) for ledger in ledgers)


@pytest.mark.parametrize(
    ("table", "odd"),
    [
        ("transactions", {"city": "A\0B"}), ("transactions", {"sales_tax": "0.5"}), ("transactions", {"large_ticket": "maybe"}),
        ("receipts", {"total": "1,234.00"}), ("receipts", {"card": "4111111111111111"}),
        ("orders", {"open_amount": "12.3"}), ("orders", {"date": None}),
    ],
)  # fmt: skip
def test_one_faulty_cell_in_one_of_several_tables_sends_all_the_long_way(
    tmp_path: Path, table: str, odd: dict[str, object]
) -> None:
    tables = full_tables()
    assert plain_ledger(written(tmp_path, **tables)) is not None
    tables[table][-1] = {**tables[table][-1], **odd}
    assert plain_ledger(written(tmp_path, **tables)) is None


def test_a_table_that_cannot_be_read_sends_all_the_long_way(tmp_path: Path) -> None:
    paths = written(tmp_path, **full_tables())
    for table in paths:
        assert plain_ledger({**paths, table: tmp_path / "nothing.parquet"}) is None


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

"""Laws that hold across rooms: what is concluded depends on what is known, not on the way it came in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pcard.cli import main
from pcard.frames import RECORDS
from pcard.ledger.assemble import assemble
from pcard.ledger.related import related
from pcard.matching import match
from pcard.matching.liquidation import liquidation
from tests.matching.conftest import DAY, charge, random_ledger, receipt


def _records(seed: int) -> dict[str, pl.DataFrame]:
    """Records of a random month, every fifth charge refunded in part, each with an identity of its own."""
    ledger = random_ledger(seed)
    refunded = ledger.transactions.gather_every(5).with_columns(
        pl.col("transaction_id", "id") + "C",
        pl.col("date", "posted").dt.offset_by("4d"),
        amount_cents=-(pl.col("amount_cents").abs() // 2),
        kind=pl.lit("credit"),
    )
    tables = {
        "transactions": pl.concat([ledger.transactions, refunded]),
        "receipts": ledger.receipts,
        "orders": ledger.orders,
    }
    numbered = {
        name: frame.with_columns(identity=pl.format("{}-{}", pl.lit(name), pl.int_range(pl.len())))
        for name, frame in tables.items()
    }
    return {name: RECORDS[name].of(frame) for name, frame in numbered.items()}


def _in_documents(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same records, spread over documents and in the order in which these were imported."""
    places = pl.int_range(pl.len()).shuffle(seed=seed)
    spread = frame.with_columns(document=pl.format("doc-{}", places % 3), line=(places // 3 + 1).cast(pl.Int32))
    return spread.sample(fraction=1.0, shuffle=True, seed=seed)


def _concluded(records: dict[str, pl.DataFrame]) -> Sequence[pl.DataFrame]:
    ledger = assemble(records)
    matching, belonging = match(ledger), related(ledger)
    tables = (matching.matches, matching.candidates, matching.weights, belonging)
    return (*tables, liquidation(ledger, matching.matches, belonging))


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_order_and_the_split_of_documents_change_no_conclusion(seed: int, other: int) -> None:
    records = _records(seed)
    whole = _concluded(records)
    assert whole[3].height > 0  # refunds are among what is compared
    parts = _concluded({name: _in_documents(frame, other) for name, frame in records.items()})
    for one, another in zip(whole, parts, strict=True):
        assert_frame_equal(one, another)


def _csv(rows: Sequence[dict[str, object]], columns: dict[str, str]) -> str:
    lines = [",".join(columns), *(",".join(str(row[key]) for key in columns.values()) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def documents(tmp_path: Path) -> dict[str, Path]:
    """Two months of charges, the receipts of both, and one receipt that comes a month late."""
    charges = [
        charge(f"T{n:02}", 3_000 + 417 * n, day=DAY + timedelta(days=2 * n), total=f"{30 + 4.17 * n:.2f}")
        for n in range(24)
    ]
    receipts = [
        receipt(f"R{n:02}", 0, day=DAY + timedelta(days=2 * n), total=f"{30 + 4.17 * n:.2f}") for n in range(23)
    ]
    columns = {"id": "transaction_id", "date": "date", "amount": "total", "merchant": "merchant"}
    of_receipts = {"id": "id", "date": "date", "total": "total", "vendor": "vendor"}
    texts = {
        "march-transactions": _csv(charges[:12], columns),
        "april-transactions": _csv(charges[12:], columns),
        "early-receipts": _csv(receipts[:4], of_receipts),
        "other-receipts": _csv(receipts[5:], of_receipts),
        "late-receipts": _csv(receipts[4:5], of_receipts),
        "all-receipts": _csv(receipts, of_receipts),
    }
    found = {name: tmp_path / f"{name}.csv" for name in texts}
    for name, path in found.items():
        path.write_text(texts[name], encoding="utf-8")
    return found


def _run(*args: str) -> Any:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _imported(root: Path, documents: dict[str, Path], *names: str) -> Any:
    if not root.exists():
        _run("init", str(root))
    for name in names:
        _run("import", "-w", str(root), "--as", name.split("-")[1], str(documents[name]))
    return _run("export", "matches", "--format", "json", "-w", str(root))["rows"]


def test_a_late_receipt_finds_its_old_charge_and_the_workspace_is_as_if_all_had_come_at_once(
    documents: dict[str, Path], tmp_path: Path
) -> None:
    step_by_step, at_once = tmp_path / "steps", tmp_path / "once"
    march = _imported(step_by_step, documents, "march-transactions", "early-receipts")
    assert [row["transaction_id"] for row in march] == ["T00", "T01", "T02", "T03"]
    april = _imported(step_by_step, documents, "other-receipts", "april-transactions")
    assert "T04" not in {row["transaction_id"] for row in april}  # an open item, carried over
    late = _imported(step_by_step, documents, "late-receipts")
    assert ("T04", "R04") in {(row["transaction_id"], row["evidence_id"]) for row in late}
    assert late == _imported(at_once, documents, "all-receipts", "april-transactions", "march-transactions")

"""Programs and charges in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pytest

from pcard.frames import TRANSACTIONS
from pcard.rebate.programs import Program, compile_program
from pcard.yamlfile import load_yaml

ROOT = Path(__file__).resolve().parent.parent.parent
Row: TypeAlias = Mapping[str, Any]
ProgramOf: TypeAlias = Callable[..., Program]
Charges: TypeAlias = Callable[..., pl.DataFrame]

ABOUT = """format: pcard-rebate/1
program:
  id: {id}
  issuer: Example Bank
  title: Example terms
  effective: {{from: {first}, to: {last}}}
  period: {period}
  dated_by: {dated_by}
  cite: {{contract: "section 1"}}
"""


@pytest.fixture(scope="session")
def program_of() -> ProgramOf:
    """Compile terms under a stock heading: `program_of("buckets: ...", period="year")`."""

    def build(
        terms: str,
        *,
        id: str = "example",  # noqa: A002 - its name in the file
        first: str = "2026-01-01",
        last: str = "2027-12-31",
        period: str = "quarter",
        dated_by: str = "posted",
    ) -> Program:
        about = ABOUT.format(id=id, first=first, last=last, period=period, dated_by=dated_by)
        return compile_program(load_yaml(about + terms, "program.yaml"), "0" * 64)

    return build


@pytest.fixture(scope="session")
def charges() -> Charges:
    """Make TRANSACTIONS of rows: `charges({"cents": 100, "day": date(...), "kind": "credit"}, ...)`."""

    def build(*rows: Row) -> pl.DataFrame:
        return TRANSACTIONS.rows(_charge(index, row) for index, row in enumerate(rows))

    return build


def _charge(index: int, row: Row) -> Row:
    named = {key: value for key, value in row.items() if key not in {"cents", "day"}}
    day = row.get("day", date(2026, 2, 1))
    return {
        "transaction_id": f"t{index:06}", "identity": f"t{index:06}", "document": "a.csv", "line": index + 2,
        "merchant": "Shop", "kind": "purchase", "memo": False, "posted": day, "date": day,
        "amount_cents": row["cents"], **named,
    }  # fmt: skip

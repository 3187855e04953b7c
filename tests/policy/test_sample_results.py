"""A worksheet that came back: what it says, and everything that can be wrong with it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from pcard.cli import main
from pcard.policy.sample_results import error_rate, misstatement, read_answers, record_of
from pcard.policy.sampling import SAMPLE, draw_money, draw_random
from tests.policy.test_sampling import charges


def answered(rows: pl.DataFrame, **results: tuple[str, int | None]) -> pl.DataFrame:
    """Return a worksheet with the results of some charges; the others are in order."""
    said = [results.get(name, ("ok", None)) for name in rows["transaction_id"]]
    return rows.with_columns(
        pl.Series("result", [result for result, _ in said], pl.String),
        pl.Series("audited_cents", [cents for _, cents in said], pl.Int64),
    )


def test_an_error_rate_weighs_its_strata() -> None:
    drawn = draw_random(charges([100] * 40), 8, "s", by="site")
    wrong = drawn.rows.filter(stratum="none")["transaction_id"][0]
    found = error_rate(answered(drawn.rows, **{wrong: ("exception", None)}), drawn.strata, 0.95)
    assert [(part.stratum, part.looked_at, part.exceptions, part.rate) for part in found.parts] == [
        ("101", 6, 0, 0.0),
        ("none", 2, 1, 0.5),
    ]
    assert found.estimate == 0.125
    assert found.low < 0.125 < found.high


def test_a_misstatement_projects_taints_and_knows_the_large_charges() -> None:
    drawn = draw_money(charges([900_000] + [10_000] * 100), 19, "s")
    assert drawn.interval_cents == 100_000
    small = next(one for one in drawn.rows["transaction_id"] if one != "t0")
    rows = answered(drawn.rows, t0=("exception", 890_000), **{small: ("exception", 5_000)})
    units = int(rows.filter(pl.col("transaction_id") != "t0")["units"].sum())
    found = misstatement(rows, drawn.strata, 100_000, 0.95)
    assert found.projected == 10_000 + round(1_000_000 * 0.5 / units)
    assert found.upper > found.projected
    assert found.population == 1_900_000
    assert (found.exceptions, found.understated) == (2, 0)
    none = misstatement(answered(drawn.rows), drawn.strata, 100_000, 0.95)
    assert (none.projected, none.upper) == (0, round(1_000_000 * (1 - 0.05 ** (1 / units))))
    more = misstatement(answered(drawn.rows, **{small: ("exception", 12_000)}), drawn.strata, 100_000, 0.95)
    assert (more.projected, more.understated) == (0, 2_000)


Change = Callable[[pl.DataFrame], pl.DataFrame]
SPOILED: list[tuple[str, Change]] = [
    ("sample-column-missing", lambda cells: cells.drop("result")),
    ("sample-other", lambda cells: cells.with_columns(sample=pl.lit("S-x"))),
    ("sample-cell-changed", lambda cells: cells.with_columns(amount=pl.lit("many"))),
    ("sample-unanswered", lambda cells: cells.with_columns(result=pl.lit(None, pl.String))),
    ("sample-unanswered", lambda cells: cells.with_columns(result=pl.lit("fine"))),
    ("sample-amount-unreadable", lambda cells: cells.with_columns(audited=pl.lit("twelve"))),
    ("sample-changed", lambda cells: cells.head(2)),
    ("sample-changed", lambda cells: pl.concat([cells, cells.head(1)])),
]


@pytest.mark.parametrize(("code", "change"), SPOILED)
def test_what_is_wrong_with_a_worksheet(code: str, change: Change) -> None:
    drawn = draw_random(charges([100] * 20), 3, "s")
    cells = SAMPLE.as_text(answered(drawn.rows)).with_row_index("line", offset=2)
    record = json.loads(record_of(drawn))
    assert read_answers(cells, record, drawn.name, "sheet.csv")[1] == []
    faults = read_answers(change(cells), record, drawn.name, "sheet.csv")[1]
    assert {fault.code for fault in faults} == {code}


def _pcard(root: Path, *args: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, [*args, "-w", str(root), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace with forty charges of two cycles."""
    root = tmp_path / "w"
    assert CliRunner().invoke(main, ["init", str(root), "--district", "D"]).exit_code == 0
    lines = [f"c{day:02},2026-{8 + day % 2:02}-{day % 20 + 1:02},{day * 10}.00,M{day},2208" for day in range(1, 41)]
    path = tmp_path / "charges.csv"
    path.write_text("id,date,amount,merchant,card\n" + "\n".join(lines) + "\n", encoding="utf-8")
    _pcard(root, "import", str(path), "--as", "transactions")
    return root


@pytest.mark.parametrize("form", [".csv", ".xlsx"])
def test_a_sample_goes_out_and_comes_back(workspace: Path, form: str) -> None:
    drawn = _pcard(workspace, "audit", "sample", "--size", "8", "--seed", "s", "--from", "2026-01-01")
    assert drawn["drawn"] == 8
    assert drawn["population"] == {"all": [40, "8200.00"]}
    again = _pcard(workspace, "audit", "sample", "--size", "8", "--seed", "s", "--to", "2026-12-31")
    assert again["sample"] == drawn["sample"]
    sheet = Path(next(path for path in drawn["files"] if path.endswith(form)))
    _answer(sheet)
    found = _pcard(workspace, "audit", "sample", "--results", str(sheet))
    assert (found["sample"], round(found["estimate"], 3)) == (drawn["sample"], 0.125)
    assert found["low"] < 0.125 < found["high"]
    assert "sample_result" in [row["act"] for row in _pcard(workspace, "audit", "log")["trail"]]
    assert _pcard(workspace, "audit", "verify")["ok"]


def _answer(sheet: Path) -> None:
    """Fill in a worksheet as an auditor would: the first charge is an exception, all others are in order."""
    if sheet.suffix == ".csv":
        with sheet.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for index, row in enumerate(rows):
            row["result"] = "ok" if index else "Exception"
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return
    frame = pl.read_excel(sheet)
    results = pl.Series("result", ["exception"] + ["ok"] * (frame.height - 1))
    frame.with_columns(results).write_excel(sheet)


def test_a_monetary_sample_of_a_cycle(workspace: Path) -> None:
    drawn = _pcard(workspace, "audit", "sample", "2026-08", "--size", "5", "--seed", "s", "--method", "money")
    assert drawn["scope"] == "cycle 2026-08"
    assert drawn["interval"] is not None
    sheet = Path(drawn["files"][1])
    _answer(sheet)
    found = _pcard(workspace, "audit", "sample", "--results", str(sheet))
    assert found["exceptions"] == 1
    assert float(found["upper"]) > float(found["projected"]) > 0


def test_what_no_sample_can_be(workspace: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("sample,result\nS-abc,ok\n", encoding="utf-8")
    fault = _pcard(workspace, "audit", "sample", "--results", str(sheet), code=3)["faults"][0]
    assert fault["code"] == "sample-unknown"
    for wrong in (
        ["--size", "5"],
        ["--size", "5", "--seed", "s", "--method", "money", "--by", "site"],
        ["2019-01", "--size", "5", "--seed", "s"],
        ["2026-08", "--size", "5", "--seed", "s", "--from", "2026-01-01"],
        ["--size", "5", "--seed", "s", "--from", "2030-01-01"],
    ):
        result = CliRunner().invoke(main, ["audit", "sample", *wrong, "-w", str(workspace)])
        assert result.exit_code == 2, result.output

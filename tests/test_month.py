"""The month, end to end, on the demo district: what a stranger with only the README does."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result

from pcard.cli import main

ROOT = Path(__file__).resolve().parent.parent
DISTRICT = ROOT / "fixtures" / "district"
GOLDEN = ROOT / "fixtures" / "golden"
AS_OF = "2026-08-05"
Pcard: TypeAlias = Callable[..., Any]


def run(*args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(args))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo") / "district"
    result = run("demo", str(root))
    assert str(root) in result.stdout
    return root


@pytest.fixture(scope="module")
def pcard(demo: Path) -> Pcard:
    """Run a command on the demo's workspace and return what it says with --json."""

    def call(*args: str, code: int = 0) -> Any:
        return json.loads(run(*args, "-w", str(demo), "--json", code=code).stdout)

    return call


def test_the_demo_leaves_reports_that_agree(demo: Path) -> None:
    folder = demo / "reports" / "2026-07"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    html = (folder / "report.html").read_text(encoding="utf-8")
    figures = report["sections"]["summary"]["figures"]
    assert f"{float(figures['Charges less credits']):,.2f}" in html
    for section in report["sections"].values():
        for name, rows in section["tables"].items():
            with (folder / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as table:
                assert len(list(csv.DictReader(table))) == len(rows)
    assert (folder / "report.xlsx").stat().st_size > 20_000


def test_the_months_figures(pcard: Pcard, golden: Callable[[Path, str], None]) -> None:
    for cycle in ("2026-05", "2026-06", "2026-07"):
        report = pcard("report", cycle, "--format", "json", "--as-of", AS_OF)["report"]
        leads = {name: section["lead"] for name, section in report["sections"].items()}
        golden(GOLDEN / f"leads-{cycle}.json", json.dumps(leads, indent=1) + "\n")


@pytest.mark.parametrize("table", ["matches", "related", "liquidation", "flags", "accruals", "shares", "statements"])
def test_the_conclusions(pcard: Pcard, table: str, golden: Callable[[Path, str], None]) -> None:
    rows = pcard("export", table, "--format", "json", "--as-of", AS_OF)["rows"]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    golden(GOLDEN / f"{table}.jsonl", text + "\n")


def test_every_cycle_proves(pcard: Pcard) -> None:
    for cycle in ("2026-05", "2026-06", "2026-07"):
        assert pcard("statement", cycle)["proves"]


def test_planted_cases_are_flagged_and_their_look_alikes_are_not(pcard: Pcard) -> None:
    flags = pcard("export", "flags", "--format", "json", "--as-of", AS_OF)["rows"]
    flagged = {(flag["rule_id"], one) for flag in flags for one in flag["transaction_ids"].split(";")}
    with (DISTRICT / "PLANTED.csv").open(encoding="utf-8", newline="") as table:
        cases = list(csv.DictReader(table))
    assert len(cases) > 40
    missed = [
        (case["case"], rule)
        for case in cases
        for rule in filter(None, case["rule"].split(";"))
        if not any((rule, one) in flagged for one in case["transactions"].split(";"))
    ]
    clean = {one for case in cases if case["expect"] == "clean" for one in case["transactions"].split(";")}
    accused = sorted((rule, one) for rule, one in flagged if one in clean)
    assert (missed, accused) == ([], [])


def test_reconciling_again_changes_nothing(pcard: Pcard) -> None:
    before = pcard("export", "matches", "--format", "json", "--as-of", AS_OF)["rows"]
    again = pcard("reconcile", "--as-of", AS_OF)
    assert all(document["accepted"] == 0 for document in again["documents"])
    assert any(document["already_present"] for document in again["documents"])
    assert pcard("export", "matches", "--format", "json", "--as-of", AS_OF)["rows"] == before


def test_a_verdict_and_its_undo_restore_the_conclusions(pcard: Pcard) -> None:
    def matches() -> Any:
        return pcard("export", "matches", "--format", "json", "--as-of", AS_OF)["rows"]

    before = matches()
    link = next(row for row in before if row["outcome"] == "accepted" and row["evidence_kind"] == "receipt")
    said = pcard("unlink", link["transaction_id"], link["evidence_id"], "--reason", "not this one")
    after = matches()
    pair = (link["transaction_id"], link["evidence_id"])
    assert pair not in {(row["transaction_id"], row["evidence_id"]) for row in after}
    pcard("undo", said["decision"])
    assert matches() == before


def test_a_flag_is_decided_and_explained(pcard: Pcard) -> None:
    flag = pcard("export", "flags", "--format", "json", "--as-of", AS_OF)["rows"][0]["flag_id"]
    pcard("decide", flag, "justified", "--reason", "seen the order", "--as-of", AS_OF)
    told = pcard("explain", flag, "--as-of", AS_OF)
    assert told["flag"]["disposition"] == "justified"
    assert told["flag"]["cite"]


def test_a_link_is_explained_by_a_sum_that_adds_up(pcard: Pcard) -> None:
    rows = pcard("export", "matches", "--format", "json", "--as-of", AS_OF)["rows"]
    link = next(row for row in rows if row["outcome"] == "accepted")
    told = pcard("explain", link["transaction_id"], "--as-of", AS_OF)
    (first, *_) = told["match"]["links"]
    assert sum(Decimal(part["bits"]) for part in first["parts"]) == Decimal(first["score"])
    assert told["document"]
    assert told["line"] > 0


def test_an_id_that_does_not_exist_is_refused_with_the_nearest(pcard: Pcard) -> None:
    (fault,) = pcard("link", "TT0000010", "R00000101", code=3)["faults"]
    assert fault["code"] == "id-unknown"
    assert "did you mean TT0" in fault["cure"]


def test_undoing_an_import_takes_its_lines_away_and_back(pcard: Pcard) -> None:
    count = len(pcard("export", "receipts", "--format", "json")["rows"])
    log = pcard("audit", "log")["trail"]
    act = next(row["subject"] for row in log if row["act"] == "import" and "receipts" in row["body"])
    undone = pcard("undo", act, "--reason", "the wrong file")
    assert len(pcard("export", "receipts", "--format", "json")["rows"]) < count
    pcard("undo", undone["decision"])
    assert len(pcard("export", "receipts", "--format", "json")["rows"]) == count


def test_the_trail_holds_and_an_edit_behind_its_back_is_named(pcard: Pcard, demo: Path) -> None:
    head = pcard("audit", "verify")["head"]
    assert pcard("audit", "verify", "--anchor", head)["ok"]
    database = sqlite3.connect(demo / "pcard.db")
    (trigger,) = database.execute(
        "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'receipts' AND sql LIKE '%UPDATE%'"
    ).fetchone()
    name = trigger.split()[2]
    database.execute(f"DROP TRIGGER {name}")
    database.execute("UPDATE receipts SET total_cents = total_cents + 1 WHERE line = 2")
    database.commit()
    assert not pcard("audit", "verify", code=4)["ok"]
    database.execute("UPDATE receipts SET total_cents = total_cents - 1 WHERE line = 2")
    database.execute(trigger)
    database.commit()
    database.close()


def test_policy_and_program_prove_themselves(pcard: Pcard, demo: Path) -> None:
    packs = pcard("policy", "test")["packs"]
    assert sum(pack["tests"] for pack in packs) >= 12
    assert not any(pack["failed"] for pack in packs)
    programs = json.loads(run("rebate", "test", *map(str, (demo / "rebates").glob("*.yaml")), "--json").stdout)
    assert not any(program["failed"] for program in programs["programs"])


def test_shares_sum_to_the_accrual(pcard: Pcard) -> None:
    told = pcard("rebate")
    cents = {
        name: sum(round(float(row[key]) * 100) for row in told[name])
        for name, key in (("accruals", "amount"), ("shares", "share"))
    }
    assert cents["accruals"] == cents["shares"] == round(float(told["total"]) * 100)

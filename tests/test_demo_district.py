"""The demo district is what its generator writes, hangs together, and every planted case can be found."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from pcard.money import parse_cents
from pcard.policy import cases
from pcard.policy.loading import load_policy
from pcard.rebate import program_tests
from pcard.rebate.programs import load_program

ROOT = Path(__file__).resolve().parent.parent
DISTRICT = ROOT / "fixtures" / "district"
WRITTEN_BY_HAND = {
    "README.md", "pcard.yaml", "rules/wrenfield.yaml", "rules/profiles/tallgrass-statement-detail.yaml",
    "rebates/tallgrass.yaml", "rebates/facts.yaml", "inbox/rebate-2026Q2.csv",
}  # fmt: skip
MOST_BYTES = 1_200_000


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _rows(name: str) -> list[dict[str, str]]:
    with (DISTRICT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _printed() -> dict[str, int]:
    """Return the amount of every line the card issuer printed, spending positive, memo lines left out."""
    amounts: dict[str, int] = {}
    for path in sorted(DISTRICT.glob("inbox/schools-*.ofx")):
        found = re.findall(r"<TRNAMT>(\S+)\n<FITID>(\S+)", path.read_text(encoding="ascii"))
        amounts |= {number: -(parse_cents(amount) or 0) for amount, number in found}
    for path in sorted(DISTRICT.glob("inbox/central-*.csv")):
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
            if len(row) > 12 and row[2].startswith("TT") and row[-1] == "N":
                amounts[row[2]] = parse_cents(row[11]) or 0
    return amounts


@pytest.mark.parametrize("hash_seed", ["1", "2026"])
def test_the_generator_writes_the_same_bytes_anywhere(tmp_path: Path, hash_seed: str) -> None:
    command = [sys.executable, "-m", "fixtures.make_district", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
    written, kept = _files(tmp_path), _files(DISTRICT)
    assert set(written) == set(kept) - WRITTEN_BY_HAND
    assert set(kept) >= WRITTEN_BY_HAND
    differing = [name for name, path in written.items() if path.read_bytes() != kept[name].read_bytes()]
    assert not differing, "run `python -m fixtures.make_district` and review the diff"


def test_the_district_has_the_promised_size() -> None:
    assert len(_rows("inbox/sites.csv")) == 12
    assert len(_rows("inbox/cards.csv")) == 60
    assert len(_rows("inbox/people.csv")) == 71
    assert 1_150 <= len(_printed()) <= 1_250
    assert 1_000 <= len(_rows("inbox/receipts.csv")) <= 1_150
    assert sum(path.stat().st_size for path in _files(DISTRICT).values()) < MOST_BYTES


def test_coding_sums_to_each_charge() -> None:
    coded: dict[str, int] = defaultdict(int)
    for row in _rows("inbox/coding.csv"):
        coded[row["transaction"]] += parse_cents(row["amount"]) or 0
    printed = _printed()
    assert {number: printed[number] for number in coded} == coded


def test_bills_and_balances_follow_from_the_lines() -> None:
    closings = {
        path.stem[-7:]: -(parse_cents(re.findall(r"<BALAMT>(\S+)", path.read_text(encoding="ascii"))[0]) or 0)
        for path in sorted(DISTRICT.glob("inbox/schools-*.ofx"))
    }
    balance = closings.pop("2026-04")
    for cycle, closing in closings.items():
        text = (DISTRICT / f"inbox/schools-9021-{cycle}.ofx").read_text(encoding="ascii")
        balance += sum(-(parse_cents(amount) or 0) for amount in re.findall(r"<TRNAMT>(\S+)", text))
        assert balance == closing


def test_links_and_cases_name_what_exists() -> None:
    transactions = set(_printed())
    memos = {f"TT{number:08d}" for number in (951, 952, 953)}
    receipts = {row["id"] for row in _rows("inbox/receipts.csv")}
    orders = {row["po_number"] for row in _rows("inbox/orders.csv")}
    for row in _rows("TRUTH.csv"):
        assert row["transaction_id"] in transactions
        assert row["evidence_id"] in (receipts if row["evidence_kind"] == "receipt" else orders)
    text = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    for row in _rows("PLANTED.csv"):
        assert {number for number in row["transactions"].split(";") if number} <= transactions | memos
        assert {number for number in row["evidence"].split(";") if number} <= receipts | orders
        assert f"| `{row['case']}` | {row['what']} |" in text


def test_the_policy_and_the_rebate_program_pass_their_own_tests() -> None:
    policy = load_policy([DISTRICT / "rules" / "wrenfield.yaml"])
    judged = [outcome for outcome in cases.run_tests(policy) if outcome.pack == "wrenfield"]
    assert judged
    assert not [fault for outcome in judged for fault in outcome.faults]
    computed = program_tests.run_tests(load_program(DISTRICT / "rebates" / "tallgrass.yaml"))
    assert computed
    assert all(outcome.passed for outcome in computed)


def test_every_case_names_rules_that_exist() -> None:
    policy = load_policy([DISTRICT / "rules" / "wrenfield.yaml"])
    rules = {rule.id for pack in policy.all_packs() for rule in pack.rules}
    named = {rule for row in _rows("PLANTED.csv") for rule in row["rule"].split(";") if rule}
    assert named <= rules

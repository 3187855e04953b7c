"""The worked example plugins: installed as a stranger would, enabled, used, and taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
EXAMPLE = EXAMPLES / "credit-union"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the examples into a folder of their own, from their sources, without the network."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    packages = [str(folder) for folder in sorted(EXAMPLES.iterdir()) if (folder / "pyproject.toml").is_file()]
    subprocess.run([*command, "--target", str(target), *packages], check=True, capture_output=True)
    return target


def pcard(site: Path, *args: str, code: int = 0) -> Any:
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-m", "pcard", *args, "--json"], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_a_format_nobody_knows_is_read_once_its_plugin_is_enabled(site: Path, tmp_path: Path) -> None:
    workspace, statement = ["-w", str(tmp_path / "w")], str(EXAMPLE / "statement.txt")
    listed = {plugin["name"]: plugin for plugin in pcard(site, "plugins")["plugins"]}
    assert listed["credit-union"]["package"] == "pcard-credit-union"
    assert listed["credit-union"]["builtin"] is False
    pcard(site, "init", str(tmp_path / "w"))
    pcard(site, "import", *workspace, statement, code=3)  # installed, and not yet allowed here
    enabled = pcard(site, "plugins", "enable", "credit-union", *workspace)
    assert enabled["version"] == "pcard-credit-union 1.0.0"
    (document,) = pcard(site, "import", *workspace, statement)["documents"]
    assert (document["importer"], document["accepted"], document["skipped"]) == ("credit-union", 3, 2)
    assert document["amount"] == "-46.50"
    kinds = {row["merchant"]: row["kind"] for row in pcard(site, "export", "transactions", *workspace)["rows"]}
    assert kinds["PAYMENT - THANK YOU"] == "payment"
    pcard(site, "undo", enabled["decision"], *workspace)
    pcard(site, "import", *workspace, statement, code=3)


def test_its_control_figures_refuse_what_disagrees(site: Path, tmp_path: Path) -> None:
    pcard(site, "init", str(tmp_path / "w"))
    pcard(site, "plugins", "enable", "credit-union", "-w", str(tmp_path / "w"))
    bad = tmp_path / "bad.txt"
    bad.write_text(
        (EXAMPLE / "statement.txt").read_text(encoding="utf-8").replace("12.50-", "12.60-"), encoding="utf-8"
    )
    (document,) = pcard(site, "import", "-w", str(tmp_path / "w"), str(bad), code=3)["documents"]
    assert [fault["code"] for fault in document["faults"]] == ["control-mismatch"]
    (document,) = pcard(site, "import", "-w", str(tmp_path / "w"), "--accept-unbalanced", str(bad))["documents"]
    assert document["accepted"] == 3


_CHARGES = """id,date,amount,merchant,site,card,description
T1,2026-05-04,45.00,GOLDEN PIZZA,010,1234,LUNCH DN 48213
T2,2026-05-04,45.00,GOLDEN PIZZA,010,1234,LUNCH DN 48299
"""
_RECEIPTS = """id,vendor,date,total,site,description
R1,Golden Pizza,2026-05-04,45.00,010,delivery note 48299
R2,Golden Pizza,2026-05-04,45.00,010,Delivery Note #48213
"""


def test_a_comparison_is_weighed_and_explained_once_its_plugin_is_enabled(site: Path, tmp_path: Path) -> None:
    workspace = ["-w", str(tmp_path / "w")]
    pcard(site, "init", str(tmp_path / "w"))
    for name, text in (("transactions", _CHARGES), ("receipts", _RECEIPTS)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        pcard(site, "import", *workspace, "--as", name, str(tmp_path / f"{name}.csv"))

    def links() -> Any:
        return pcard(site, "export", "matches", "--format", "json", *workspace)["rows"]

    listed = {plugin["name"]: plugin["door"] for plugin in pcard(site, "plugins")["plugins"]}
    assert listed["delivery-note"] == "pcard.comparisons"
    before = links()
    assert [(row["transaction_id"], row["evidence_id"]) for row in before] == [("T1", "R1"), ("T2", "R2")]
    enabled = pcard(site, "plugins", "enable", "delivery-note", *workspace)
    told = [(row["transaction_id"], row["evidence_id"], row["explanation"]) for row in links()]
    assert [row[:2] for row in told] == [("T1", "R2"), ("T2", "R1")]
    assert all("delivery note same number +" in row[2] for row in told)
    (first, *_) = pcard(site, "explain", "T1", *workspace)["match"]["links"]
    assert "delivery note same number" in [part["what"] for part in first["parts"]]
    pcard(site, "undo", enabled["decision"], *workspace)
    assert links() == before


def test_a_contract_no_option_covers_is_counted_by_its_own_scheme(site: Path, tmp_path: Path) -> None:
    workspace, program = ["-w", str(tmp_path / "w")], str(EXAMPLES / "active-cards" / "program.yaml")
    pcard(site, "init", str(tmp_path / "w"))
    refused = pcard(site, "rebate", "test", program, *workspace, code=3)
    assert [fault["code"] for fault in refused["faults"]] == ["scheme-not-enabled"]
    pcard(site, "plugins", "enable", "active-cards", *workspace)
    (proved,) = pcard(site, "rebate", "test", program, *workspace)["programs"]
    assert (proved["tests"], proved["failed"], proved["results"][0]["figures"]["active_cards"]) == (1, 0, "5.00")

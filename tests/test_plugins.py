"""The worked example plugin: installed as a stranger would, enabled, used, and taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "credit-union"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example into a folder of its own, from its source, without the network."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(target), str(EXAMPLE)], check=True, capture_output=True)
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

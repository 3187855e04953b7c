"""The command line as a whole: it starts light, helps, and never shows a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pcard.cli import COMMANDS, main

HEAVY = ("polars", "rich", "rapidfuzz", "ofxparse", "yaml", "sqlite3", "numpy", "scipy", "pydantic", "lxml", "jinja2")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from pcard.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _all_commands() -> list[list[str]]:
    paths = []
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        paths.append([name])
        if isinstance(command, click.Group):
            paths += [[name, sub] for sub in command.commands]
    return paths


@pytest.mark.parametrize("path", _all_commands(), ids=" ".join)
def test_every_command_has_help(path: list[str]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


def test_an_unknown_command_names_the_nearest() -> None:
    result = CliRunner().invoke(main, ["reconcil"])
    assert result.exit_code == 2
    assert "Did you mean 'reconcile'?" in result.output


def test_outside_a_workspace_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PCARD_WORKSPACE", raising=False)
    result = CliRunner().invoke(main, ["status", "--json"])
    assert result.exit_code == 3
    (fault,) = json.loads(result.stdout)["faults"]
    assert fault["code"] == "workspace-missing"
    assert "pcard init" in fault["cure"]
    assert "Traceback" not in result.output


def test_a_fault_of_our_own_is_a_file_and_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pcard.store import workspace

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret " + "41" * 8)

    monkeypatch.setattr(workspace.Workspace, "init", broken)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = CliRunner().invoke(main, ["init", str(tmp_path / "w")])
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    (report,) = tmp_path.glob("pcard-fault-*.txt")
    text = report.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert "4141" not in text + result.output

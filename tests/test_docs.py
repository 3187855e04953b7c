"""The documentation as an executable contract: its commands run, its generated parts are current, its links exist."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs import generated
from pcard.cli import COMMANDS, main
from pcard.extensions import DOORS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
INBOX = ROOT / "fixtures" / "district" / "inbox"
# The files a reader would have, by the names the documentation gives them.
FILES = {
    "statement.ofx": INBOX / "schools-9021-2026-07.ofx",
    "policy.yaml": ROOT / "rules" / "policies" / "k12-baseline.yaml",
    "program.yaml": ROOT / "rules" / "rebates" / "statewide-cliff.yaml",
    **{name: INBOX / name for name in ("receipts.csv", "orders.csv", "cards.csv", "sites.csv", "people.csv")},
}
WRITTEN = {
    "charges.csv": "id,date,amount,merchant,site,card\nT1,2026-05-04,2600.00,ACME HARDWARE,010,1234\nT2,2026-05-05,9.50,CAFE,010,1234\n",
    "names.csv": "name\nACME HDWR #12\n",
    "vendors.csv": "vendor,name\nV1,Acme Hardware\n",
    "truth.csv": "evidence_kind,transaction_id,evidence_id\nreceipt,T1,R00000001\n",
}


def _commands(page: Path) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ pcard ")]


@pytest.mark.parametrize("page", [page for page in PAGES if _commands(page)], ids=lambda page: page.name)
def test_every_command_shown_works(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PCARD_WORKSPACE", raising=False)
    for name, source in FILES.items():
        shutil.copyfile(source, tmp_path / name)
    for name, text in WRITTEN.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in _commands(page):
        result = CliRunner().invoke(main, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readmes_commands_are_those_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("pcard demo")
    assert "pytest" in lines[1]
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_command_and_door_is_documented() -> None:
    reference = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert all(f"## pcard {name}\n" in reference for name in COMMANDS)
    doors = (ROOT / "docs" / "extensions.md").read_text(encoding="utf-8")
    assert all(f"## `{door}`" in doors for door in DOORS)


def test_every_fault_of_an_input_has_a_broken_example_or_a_test() -> None:
    """The store's faults are states of a folder, not inputs; its own tests bring each of them about."""
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    examples = {path.stem for path in (ROOT / "fixtures").rglob("*") if path.is_file()}
    of_inputs = [code for code, module in generated.fault_codes().items() if "/store/" not in module]
    assert [code for code in of_inputs if code not in examples and code not in tests] == []

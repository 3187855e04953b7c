"""The page about policies names every field and test, and its example works."""

from __future__ import annotations

from pathlib import Path

from pcard.conditions import TESTS
from pcard.policy.cases import run_tests
from pcard.policy.fields import FIELDS
from pcard.policy.loading import load_policy

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


def test_the_page_names_every_field_with_its_type() -> None:
    listed: dict[str, str] = {}
    for row in PAGE.split("## Fields")[1].splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if len(cells) == 3 and cells[2].startswith("`"):
            listed |= dict.fromkeys((name.strip("` ") for name in cells[2].split(",")), cells[1])
    assert listed == {name: kind.name.lower() for name, kind in FIELDS.items()}


def test_the_page_names_every_test() -> None:
    assert all(f"`{test}`" in PAGE for test in TESTS)


def test_the_example_of_the_page_works(tmp_path: Path) -> None:
    path = tmp_path / "larkfield.yaml"
    path.write_text(PAGE.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    policy = load_policy([path])
    assert policy.warnings == ()
    outcomes = list(run_tests(policy, only="larkfield"))
    assert [fault for outcome in outcomes for fault in outcome.faults] == []
    assert len(outcomes) == 1

"""Style as a test: sizes, names, and a test tree that mirrors the package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "pcard").rglob("*.py"))
BANNED = {"utils", "util", "helpers", "helper", "misc", "common", "base", "manager", "process", "data", "core"}
MOST_LINES = 300
MOST_FUNCTION_LINES = 60


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_module_is_small_and_its_name_says_something(module: Path) -> None:
    assert module.read_text(encoding="utf-8").count("\n") <= MOST_LINES
    assert module.stem not in BANNED


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_functions_are_small_and_finished(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MOST_FUNCTION_LINES, f"{node.name} is too long"
        if isinstance(node, ast.Raise):
            assert "NotImplemented" not in ast.dump(node), f"line {node.lineno} is not implemented"


def test_tests_mirror_the_package() -> None:
    packages = {path.name for path in (ROOT / "pcard").iterdir() if (path / "__init__.py").exists()}
    modules = {path.stem for path in (ROOT / "pcard").glob("*.py")}
    for inner in (ROOT / "tests").glob("*/**/test_*.py"):
        subject = ROOT / "pcard" / inner.relative_to(ROOT / "tests").with_name(inner.stem.removeprefix("test_"))
        assert subject.exists() or subject.with_suffix(".py").exists(), f"{_name(inner)} mirrors nothing"
    whole = {"tidy", "docs", "readme", "month", "real_data", "samples", "packaging", "laws", "privacy", "plugins"}
    whole |= {"demo_district", "peers"}
    for test in (ROOT / "tests").glob("test_*.py"):
        assert test.stem.removeprefix("test_") in modules | packages | whole, f"{test.name} mirrors nothing"

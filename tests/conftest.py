"""What every test may ask for: golden files, the shared real data, a fixed day."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
AS_OF = date(2026, 9, 30)

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Every law with many examples: pytest --hypothesis-profile full
settings.register_profile("full", parent=settings.get_profile("ci"), max_examples=20_000)
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-update", action="store_true", help="write golden files anew; review the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file, or write it with --golden-update."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--golden-update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.exists(), f"no golden file {path.relative_to(ROOT)}; run pytest --golden-update and review it"
        assert text == path.read_text(encoding="utf-8")

    return check


@pytest.fixture
def shared() -> Path:
    """The shared real data; tests that ask for it are skipped where it is absent."""
    folder = Path(os.environ.get("PCARD_SHARED") or ROOT.parent / "shared")
    if not (folder / "DESIGN.md").exists():
        pytest.skip("no shared data here (PCARD_SHARED)")
    return folder

"""A reader in a process of its own: what it answers, what it says, and where it is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcard.importers.limited import read_limited


def reader(folder: Path, body: str) -> Path:
    path = folder / "reader.py"
    path.write_text(f"import sys\n{body}\n", encoding="utf-8")
    return path


def test_it_answers(tmp_path: Path) -> None:
    script = reader(tmp_path, "sys.stdout.buffer.write(sys.stdin.buffer.read().upper())")
    assert read_limited(script, b"cards") == b"CARDS"


def test_its_own_word_is_passed_on(tmp_path: Path) -> None:
    script = reader(tmp_path, "sys.stderr.write('no table'); sys.exit(1)")
    with pytest.raises(ValueError, match="no table"):
        read_limited(script, b"")


def test_too_much_memory_stops_it(tmp_path: Path) -> None:
    script = reader(tmp_path, "x = bytearray(600_000_000); sys.exit(0)")
    with pytest.raises(ValueError, match="too much memory"):
        read_limited(script, b"", memory_bytes=300_000_000)


def test_too_much_time_stops_it(tmp_path: Path) -> None:
    script = reader(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(ValueError, match="more than 1 seconds"):
        read_limited(script, b"", seconds=1)

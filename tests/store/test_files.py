from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pcard.errors import RefusedByState
from pcard.store.files import make_folder, write_whole


def test_a_file_is_written_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.csv"
    write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedByState, match="no space left") as refused:
        write_whole(path, b"new")
    assert "the file is as it was" in refused.value.faults[0].cure
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]


def test_content_may_come_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write_whole(path, (part for part in (b"one,", b"", b"two")))
    assert path.read_bytes() == b"one,two"
    write_whole(path, iter(()))
    assert path.read_bytes() == b""
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]


@pytest.mark.parametrize("problem", [KeyError("no such column"), KeyboardInterrupt()])
def test_parts_that_fail_leave_the_old_file_and_say_so_themselves(tmp_path: Path, problem: BaseException) -> None:
    path = tmp_path / "report.csv"
    write_whole(path, b"old")
    with pytest.raises(type(problem)) as raised:
        write_whole(path, failing_after(b"half of it", problem))
    assert raised.value is problem
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]


@pytest.mark.parametrize("there_before", [True, False])
def test_a_fault_of_the_disk_among_the_parts_is_a_refusal(tmp_path: Path, there_before: bool) -> None:
    path = tmp_path / "report.csv"
    if there_before:
        path.write_bytes(b"old")
    with pytest.raises(RefusedByState, match="input/output error"):
        write_whole(path, failing_after(b"half of it", OSError(5, "Input/output error")))
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"old"] * there_before


def failing_after(part: bytes, problem: BaseException) -> Iterator[bytes]:
    yield part
    raise problem


def test_what_a_dead_process_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".report.csv.{os.getpid()}.part").write_bytes(b"half")
    write_whole(tmp_path / "report.csv", b"whole")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "report.csv").symlink_to(victim)
    write_whole(tmp_path / "report.csv", b"report")
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "report.csv").is_symlink()


def test_a_file_open_elsewhere_on_windows_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", locked)
    monkeypatch.setattr("pcard.store.files._WINDOWS", True)
    with pytest.raises(RefusedByState, match="open in another program") as refused:
        write_whole(tmp_path / "report.xlsx", b"x")
    assert refused.value.faults[0].cure == "close report.xlsx and try again"


def test_folders_are_made_for_their_owner_only(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700, 0o700]
    make_folder(tmp_path / "a" / "b")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RefusedByState, match="cannot write it"):
        make_folder(tmp_path / "file" / "c")

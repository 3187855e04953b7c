from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from pcard.store import storage
from pcard.store.storage import file_system, on_network

_MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /home/clerk/School\040Share rw shared:2 - cifs //server/share rw
31 22 0:27 / /home rw - xfs /dev/sdb1 rw
32 22 0:28 / /homework rw - nfs4 server:/x rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/pcard", "ext4"),
        ("/home/clerk", "xfs"),
        ("/home/clerk/School Share", "cifs"),
        ("/home/clerk/School Share/pcard/w", "cifs"),
        ("/home/clerk/School Shared", "xfs"),
        ("/homework", "nfs4"),
    ],
)
def test_the_deepest_mount_decides(path: str, kind: str) -> None:
    assert file_system(path, _MOUNTS) == kind
    assert file_system(path, "") == ""


def test_a_share_is_told_from_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr(storage, "_MOUNTS", mounts)
    monkeypatch.setattr("sys.platform", "linux")
    mounts.write_text(f"1 1 0:1 / {tmp_path} rw - nfs4 server:/x rw\n", encoding="utf-8")
    assert on_network(tmp_path / "w")
    mounts.write_text("1 1 0:1 / / rw - ext4 /dev/sda rw\n", encoding="utf-8")
    assert not on_network(tmp_path / "w")
    mounts.unlink()
    assert not on_network(tmp_path / "w")


def test_mounted_volumes_of_a_mac_count_as_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert on_network(Path("/Volumes/District/pcard"))
    assert not on_network(Path("/Users/clerk/pcard"))


def test_windows_share_paths_are_shares() -> None:
    class Share(PureWindowsPath):
        def resolve(self) -> Share:
            return self

    assert on_network(Share(r"\\server\finance\pcard"))  # type: ignore[arg-type]

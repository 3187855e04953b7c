"""Where a folder lies: on a disk of this computer or on a network share, where SQLite's log may not be used."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_NETWORK_TYPES = frozenset(
    {
        "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone",
        "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs", "vboxsf",
        "virtiofs", "webdav",
    }
)  # fmt: skip
_REMOTE_DRIVE = 4  # GetDriveTypeW's DRIVE_REMOTE
_MOUNTS = Path("/proc/self/mountinfo")


def on_network(folder: Path) -> bool:
    """Tell whether a folder lies on a network share; where that cannot be told, on macOS, a mounted volume counts as one.

    Settings may say otherwise (`storage`).
    """
    path = str(folder.resolve())
    if path.startswith(("\\\\", "//")):
        return True
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415  only Windows has this door

        return bool(ctypes.windll.kernel32.GetDriveTypeW(os.path.splitdrive(path)[0] + "\\") == _REMOTE_DRIVE)
    if sys.platform == "darwin":
        return path.startswith("/Volumes/")
    try:
        return file_system(path, _MOUNTS.read_text(encoding="utf-8", errors="replace")) in _NETWORK_TYPES
    except OSError:
        return False


def file_system(path: str, mounts: str) -> str:
    """Return the type of the file system a path lies on, from the text of Linux' mountinfo (proc(5)); "" if unknown."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            best, kind = len(point), right.split()[0]
    return kind

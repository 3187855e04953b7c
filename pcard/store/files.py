"""Files written whole or not at all, readable by their owner only."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pcard.errors import Fault, Place, RefusedByState

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_WINDOWS = os.name == "nt"


def write_whole(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file so that a reader finds the old content or the new, never a part.

    The content goes to a temporary file beside it, is forced to the disk, takes
    the name, and then the folder is forced to the disk too: after this returns,
    a power cut leaves the new content. A link at `path` is replaced, not followed.
    The content may come in parts.

    Raises:
        RefusedByState: the disk is full, the folder read-only, or the file is open in another program.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with suppress(FileNotFoundError):
            part.unlink()  # left by a process that died under this number
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), FILE_MODE)
        with os.fdopen(handle, "wb") as out:
            out.writelines([content] if isinstance(content, bytes) else content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException as problem:
        with suppress(OSError):
            part.unlink()
        if isinstance(problem, OSError):
            raise RefusedByState(_write_fault(path, problem)) from None
        raise


def make_folder(path: Path) -> None:
    """Make a folder (and those above it) that only its owner may enter; one that exists is left as it is.

    Raises:
        RefusedByState: it cannot be made.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        sync_folder(path.parent)
    except OSError as problem:
        raise RefusedByState(_write_fault(path, problem)) from None


def sync_folder(path: Path) -> None:
    """Force a folder's names to the disk; Windows has no such call and needs none (NTFS logs names)."""
    if _WINDOWS:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_fault(path: Path, problem: OSError) -> Fault:
    if isinstance(problem, PermissionError) and _WINDOWS:
        message, cure = "it is open in another program", f"close {path.name} and try again"
    else:
        message = f"cannot write it: {(problem.strerror or 'the disk refused').lower()}"
        cure = "free space or ask for write access, then try again; the file is as it was"
    return Fault("file-unwritable", Place(str(path)), message, cure)

"""Read a hostile file in a process of its own, with limits on memory and time.

Imported, this is the side that asks. Run by path, without the package, it is
the side that reads: it limits itself, then runs the reader named on its command
line. A malformed file can abort its reader, and then only that process dies.
"""

from __future__ import annotations

import contextlib
import runpy
import subprocess
import sys
from pathlib import Path

MEMORY_BYTES = 3 * 1024**3
SECONDS = 120


def read_limited(reader: Path, content: bytes, *, memory_bytes: int = MEMORY_BYTES, seconds: int = SECONDS) -> bytes:
    """Return what a reader (a script by path) answers on standard output to a file on its standard input.

    Raises:
        ValueError: it could not; the message is the reader's own word, or why it was stopped.
    """
    command = [sys.executable, "-I", str(Path(__file__)), str(reader), str(memory_bytes)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        msg = f"reading it took more than {seconds} seconds"
        raise ValueError(msg) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[:200] if done.returncode == 1 else ""
        raise ValueError(said or "its reader stopped (it is malformed or needs too much memory)")
    return done.stdout


def _limit_memory(size: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit_memory(int(sys.argv[2]))
    try:
        runpy.run_path(sys.argv[1], run_name="__main__")
    except MemoryError:
        sys.exit("it needs too much memory")
    except Exception as fault:  # noqa: BLE001  readers raise many kinds; the parent says which file it was
        sys.exit(str(fault).split("\n", 1)[0][:200] or type(fault).__name__)

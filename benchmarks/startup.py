"""Time `pcard --help` against `python -c pass`, as whole processes in one run."""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 15


def seconds(command: list[str]) -> float:
    """Return the least wall time of several runs of a process."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Print the ratios."""
    bare = seconds([sys.executable, "-c", "pass"])
    print(f"python -c pass                      {bare:8.3f} s, least of {RUNS} whole processes")
    for arguments in (["--help"], ["--version"], ["match", "--help"]):
        spent = seconds([sys.executable, "-m", "pcard", *arguments])
        print(f"pcard {' '.join(arguments):<29} {spent:8.3f} s   {spent / bare:.1f} times as long")


if __name__ == "__main__":
    main()

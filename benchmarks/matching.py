"""Measure matching against the least any matcher must do, and score what it finds.

`python benchmarks/matching.py [--sizes 10000 100000] [--seeds 1] [--profiles default] [--runs 3]` needs the shared
bench (PCARD_SHARED, else `../shared`). It simulates programmes into a temporary folder; both sides are whole processes
on the same Parquet files, taken in turn in one run: `python -m pcard match ... --out M.csv` and the floor, which reads
the files, does one hash join and writes the pairs. Figures are ratios of the least times and of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BENCH = Path(os.environ.get("PCARD_SHARED") or ROOT.parent / "shared") / "bench"
SHOWN = ("f1", "precision", "recall", "accepted_wrong_per_10k", "accepted_coverage", "ece")


def timed(*command: str | Path) -> float:
    """Run a command as a process of its own and return the seconds it took."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - start


def race(folder: Path, matches: Path, runs: int) -> tuple[list[float], list[float]]:
    """Return the times of the floor and of pcard, taken in turn."""
    tables = [(f"--{table}", folder / f"{table}.parquet") for table in ("transactions", "receipts", "orders")]
    match = ("-m", "pcard", "match", *(word for pair in tables for word in pair), "--out", matches)
    times = [(timed(BENCH / "floor.py", folder, folder / "floor.csv"), timed(*match)) for _ in range(runs)]
    return [floor for floor, _ in times], [ours for _, ours in times]


def scores(folder: Path, matches: Path) -> dict[str, dict[str, Any]]:
    """Return what the bench's scorer says of a matches file, by kind of evidence."""
    command: list[str | Path] = [sys.executable, BENCH / "score.py", folder, matches, "--json"]
    found: dict[str, dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main() -> None:
    """Simulate, race and score every combination that was asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    options.add_argument("--seeds", nargs="+", type=int, default=[1])
    options.add_argument("--profiles", nargs="+", default=["default"])
    options.add_argument("--noise", type=float, default=1.0)
    options.add_argument("--runs", type=int, default=3)
    asked = options.parse_args()
    if not (BENCH / "simulate.py").exists():
        sys.exit(f"no bench in {BENCH}: set PCARD_SHARED to the folder that holds it")
    for size in asked.sizes:
        for profile in asked.profiles:
            for seed in asked.seeds:
                with tempfile.TemporaryDirectory() as temporary:
                    folder, matches = Path(temporary), Path(temporary) / "matches.csv"
                    drawn = ("--n", str(size), "--seed", str(seed), "--noise", str(asked.noise), "--profile", profile)
                    timed(BENCH / "simulate.py", *drawn, "--out", folder)
                    floor, ours = race(folder, matches, asked.runs)
                    least, median = min(ours) / min(floor), statistics.median(ours) / statistics.median(floor)
                    print(
                        f"{size:>9,} {profile:<8} seed {seed}: {min(ours):.2f} s, {least:.1f}x the floor (median {median:.1f}x)"
                    )
                    for kind, found in scores(folder, matches).items():
                        print(f"    {kind:<8}", "  ".join(f"{name} {found[name]:.4f}" for name in SHOWN))


if __name__ == "__main__":
    main()

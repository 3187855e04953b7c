"""Measure matching against the least any matcher must do, and score what it finds.

`python -m benchmarks.matching [--sizes 1000 10000 100000 1000000] [--seeds 1] [--profiles default] [--runs 3]` needs the
shared bench (PCARD_SHARED, else `../shared`). It simulates programmes into a temporary folder; both sides are whole
processes on the same Parquet files, taken in turn in one run: `python -m pcard match ... --out M.csv` and the floor,
which reads the files, does one hash join and writes the pairs. Figures are ratios of the least times, and of the least
processor times, which other work on the machine sways less; peak memory; how time grows from one size to the next.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BENCH = Path(os.environ.get("PCARD_SHARED") or ROOT.parent / "shared") / "bench"
SHOWN = ("f1", "precision", "recall", "accepted_wrong_per_10k", "accepted_coverage", "ece")


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of processors, megabytes at its peak."""

    seconds: float
    processor: float
    megabytes: float


def cost_of(*command: str | Path) -> Cost:
    """Run a command as a process of its own and return what it took.

    Raises:
        RuntimeError: it failed.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *command], stdout=said, stderr=said, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode())
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def least(costs: Sequence[Cost]) -> Cost:
    """Return the least of each figure: what the process takes where nothing else disturbs it."""
    return Cost(*(min(getattr(cost, name) for cost in costs) for name in ("seconds", "processor", "megabytes")))


def race(folder: Path, matches: Path, runs: int) -> tuple[Cost, Cost]:
    """Return what the floor and pcard took at least, run in turn."""
    tables = [(f"--{table}", folder / f"{table}.parquet") for table in ("transactions", "receipts", "orders")]
    match = ("-m", "pcard", "match", *(word for pair in tables for word in pair), "--out", matches)
    costs = [(cost_of(BENCH / "floor.py", folder, folder / "floor.csv"), cost_of(*match)) for _ in range(runs)]
    return least([floor for floor, _ in costs]), least([ours for _, ours in costs])


def scores(folder: Path, matches: Path) -> dict[str, dict[str, Any]]:
    """Return what the bench's scorer says of a matches file, by kind of evidence."""
    command: list[str | Path] = [sys.executable, BENCH / "score.py", folder, matches, "--json"]
    found: dict[str, dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main() -> None:
    """Simulate, race and score every combination that was asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", nargs="+", type=int, default=[1_000, 10_000, 100_000, 1_000_000])
    options.add_argument("--seeds", nargs="+", type=int, default=[1])
    options.add_argument("--profiles", nargs="+", default=["default"])
    options.add_argument("--noise", type=float, default=1.0)
    options.add_argument("--runs", type=int, default=3)
    asked = options.parse_args()
    if not (BENCH / "simulate.py").exists():
        sys.exit(f"no bench in {BENCH}: set PCARD_SHARED to the folder that holds it")
    for profile in asked.profiles:
        for seed in asked.seeds:
            before: tuple[int, Cost] | None = None
            for size in asked.sizes:
                ours = measured(size, seed, profile, asked.noise, asked.runs)
                if before:
                    grown = ours.seconds / before[1].seconds, ours.processor / before[1].processor
                    print(
                        f"    from {before[0]:,} to {size:,}: {grown[0]:.1f}x the time, {grown[1]:.1f}x the processor's"
                    )
                before = size, ours


def measured(size: int, seed: int, profile: str, noise: float, runs: int) -> Cost:
    """Simulate one programme, race and score on it, print the figures and return what pcard took."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, matches = Path(temporary), Path(temporary) / "matches.csv"
        drawn = ("--n", str(size), "--seed", str(seed), "--noise", str(noise), "--profile", profile)
        cost_of(BENCH / "simulate.py", *drawn, "--out", folder)
        floor, ours = race(folder, matches, runs)
        ratios = f"{ours.seconds / floor.seconds:.1f}x the floor ({ours.processor / floor.processor:.1f}x its processor time)"
        memory = f"{ours.megabytes:,.0f} MB (the floor {floor.megabytes:,.0f})"
        print(f"{size:>9,} {profile:<8} seed {seed}: {ours.seconds:.2f} s, {ratios}, {memory}", flush=True)
        for kind, found in scores(folder, matches).items():
            print(f"    {kind:<8}", "  ".join(f"{name} {found[name]:.4f}" for name in SHOWN), flush=True)
        return ours


if __name__ == "__main__":
    main()

"""Measure matching against the least any matcher must do, and score what it finds.

`python -m benchmarks.matching [--sizes 1000 10000 100000 1000000] [--seeds 1] [--profiles default] [--runs 3]` needs the
shared bench (PCARD_SHARED, else `../shared`). It simulates programmes into a temporary folder; both sides are whole
processes on the same Parquet files, taken in turn in one run: `python -m pcard match ... --out M.csv` and the floor,
which reads the files, does one hash join and writes the pairs. Figures are ratios of the least times, and of the least
processor times, which other work on the machine sways less; peak memory; how time grows from one size to the next.

`--peers FOLDER` races what a district could use instead, too (`benchmarks/peers`: Splink, recordlinkage, a naive join),
in an environment of their own that is made in FOLDER once. They link receipts only, pcard orders as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers import environment

ROOT = Path(__file__).resolve().parent.parent
BENCH = Path(os.environ.get("PCARD_SHARED") or ROOT.parent / "shared") / "bench"
SHOWN = ("f1", "precision", "recall", "accepted_wrong_per_10k", "accepted_coverage", "ece")


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of processors, megabytes at its peak."""

    seconds: float
    processor: float
    megabytes: float


@dataclass
class Peers:
    """What is raced besides pcard: the peers' Python, none without `--peers`, and the seconds that each may take."""

    python: Path | None = None
    limit: float = 600
    failed: dict[str, str] = field(default_factory=dict)  # by name, the reason; emptied for each programme


def cost_of(*command: str | Path, python: str | Path = sys.executable, limit: float | None = None) -> Cost:
    """Run a command of Python as a process of its own and return what it took; `limit` in seconds.

    Raises:
        RuntimeError: it failed, or was stopped at the limit.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([python, *command], stdout=said, stderr=said, cwd=ROOT)
        stop = threading.Timer(limit or threading.TIMEOUT_MAX, process.kill)
        stop.daemon = True
        stop.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        stop.cancel()
        if limit and process.returncode and seconds >= limit:
            raise RuntimeError(f"stopped at the limit of {limit:g} s")
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode() or f"exit code {process.returncode}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def least(costs: Sequence[Cost]) -> Cost:
    """Return the least of each figure: what the process takes where nothing else disturbs it."""
    return Cost(*(min(getattr(cost, name) for cost in costs) for name in ("seconds", "processor", "megabytes")))


def race(folder: Path, matches: Path, runs: int, peers: Peers) -> dict[str, Cost]:
    """Return what the floor, pcard and the peers that did not fail took at least, run in turn."""
    tables = [(f"--{table}", folder / f"{table}.parquet") for table in ("transactions", "receipts", "orders")]
    match = ("-m", "pcard", "match", *(word for pair in tables for word in pair), "--out", matches)
    costs: dict[str, list[Cost]] = {}
    for _ in range(runs):
        costs.setdefault("floor", []).append(cost_of(BENCH / "floor.py", folder, folder / "floor.csv"))
        costs.setdefault("pcard", []).append(cost_of(*match))
        for name in environment.PEERS if peers.python else ():
            if name in peers.failed:
                continue
            peer = ("-m", f"benchmarks.peers.{name}_peer", folder, folder / f"{name}.csv")
            try:
                costs.setdefault(name, []).append(cost_of(*peer, python=peers.python or "", limit=peers.limit))
            except RuntimeError as error:
                peers.failed[name] = environment.last_line(str(error))
    return {name: least(found) for name, found in costs.items() if name not in peers.failed}


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
    options.add_argument(
        "--peers", type=Path, metavar="FOLDER", help="race the peers too; their environment is kept here"
    )
    options.add_argument("--peer-limit", type=float, default=600, metavar="SECONDS", help="stop a peer's run after it")
    asked = options.parse_args()
    if not (BENCH / "simulate.py").exists():
        sys.exit(f"no bench in {BENCH}: set PCARD_SHARED to the folder that holds it")
    peers = Peers(prepared(asked.peers), asked.peer_limit)
    for profile in asked.profiles:
        for seed in asked.seeds:
            before: tuple[int, Cost] | None = None
            for size in asked.sizes:
                ours = measured(size, seed, profile, asked.noise, asked.runs, peers)
                if before:
                    grown = ours.seconds / before[1].seconds, ours.processor / before[1].processor
                    print(
                        f"    from {before[0]:,} to {size:,}: {grown[0]:.1f}x the time, {grown[1]:.1f}x the processor's"
                    )
                before = size, ours


def prepared(folder: Path | None) -> Path | None:
    """Return the Python of the peers' environment and print its versions; None where no peers are raced."""
    if not folder:
        return None
    try:
        python = environment.interpreter(folder)
        print("peers:", environment.versions(python), flush=True)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        print(f"no peers: {error}", flush=True)
        return None
    return python


def measured(size: int, seed: int, profile: str, noise: float, runs: int, peers: Peers) -> Cost:
    """Simulate one programme, race and score on it, print the figures and return what pcard took."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, matches = Path(temporary), Path(temporary) / "matches.csv"
        drawn = ("--n", str(size), "--seed", str(seed), "--noise", str(noise), "--profile", profile)
        cost_of(BENCH / "simulate.py", *drawn, "--out", folder)
        peers.failed.clear()
        costs = race(folder, matches, runs, peers)
        floor, ours = costs["floor"], costs["pcard"]
        ratios = f"{ours.seconds / floor.seconds:.1f}x the floor ({ours.processor / floor.processor:.1f}x its processor time)"
        memory = f"{ours.megabytes:,.0f} MB (the floor {floor.megabytes:,.0f})"
        print(f"{size:>9,} {profile:<8} seed {seed}: {ours.seconds:.2f} s, {ratios}, {memory}", flush=True)
        for kind, found in scores(folder, matches).items():
            print(f"    {kind:<8}", "  ".join(f"{name} {found[name]:.4f}" for name in SHOWN), flush=True)
        for name in environment.PEERS if peers.python else ():
            print(f"    {name:<13}", peers.failed.get(name) or beside(costs, name, folder), flush=True)
        return ours


def beside(costs: dict[str, Cost], name: str, folder: Path) -> str:
    """Return a peer's figures in a line: what it took, pcard's part of that, what it found."""
    peer, floor, ours = costs[name], costs["floor"], costs["pcard"]
    took = f"{peer.seconds:.2f} s, {peer.seconds / floor.seconds:.1f}x the floor, {peer.megabytes:,.0f} MB"
    share = f"pcard takes {ours.seconds / peer.seconds:.0%} of its time, {ours.processor / peer.processor:.0%} of its processor's"
    found = scores(folder, folder / f"{name}.csv")["receipt"]
    return f"{took}; {share}; receipts " + "  ".join(f"{figure} {found.get(figure, 0):.4f}" for figure in SHOWN[:3])


if __name__ == "__main__":
    main()

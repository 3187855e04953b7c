"""Time the rebate against the least it must do: reading the file and one group-by sum, by polars.

`python benchmarks/rebate.py [--charges 1000000] [--sites 60] [--runs 5]` draws a year of charges (seeded) and counts
them under three shipped programs, shares included. Two ratios, each of least times taken in turn in one run:

- the computation: `run_programs` on the ledger at hand, beside polars reading the file and summing it by site;
- the whole: `pcard rebate --transactions ... --out ...` as a process, beside a process that does the same least.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pcard.cli.session import read_tables
from pcard.ledger.assemble import assemble
from pcard.pipeline.reconcile import run_programs
from pcard.rebate.programs import load_programs

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = [ROOT / "rules" / "rebates" / f"{name}.yaml" for name in ("marginal", "statewide-cliff", "access-fee")]
KINDS = [*["purchase"] * 47, *["credit"] * 2, "fee"]
FLOOR = """import sys, polars as pl
frame = pl.read_csv(sys.argv[1]) if sys.argv[1].endswith("csv") else pl.read_parquet(sys.argv[1])
frame.group_by("site").agg(pl.col("amount").cast(pl.Float64).sum()).sort("site").write_csv(sys.argv[2])
"""


def draw(folder: Path, count: int, sites: int) -> list[Path]:
    """Write a year of charges as CSV and as Parquet."""
    dice = random.Random(7)
    kinds = dice.choices(KINDS, k=count)
    cents = [round(dice.lognormvariate(8.8, 1.2)) + 1 for _ in range(count)]
    days = [date(2026, 1, 1) + timedelta(days=dice.randrange(365)) for _ in range(count)]
    frame = pl.DataFrame(
        {
            "id": [f"T{number:07}" for number in range(count)],
            "date": days,
            "posted": [min(day + timedelta(days=2), date(2026, 12, 31)) for day in days],
            "amount": [f"{'-' if kind == 'credit' else ''}{c // 100}.{c % 100:02}" for kind, c in zip(kinds, cents, strict=True)],
            "merchant": [f"MERCHANT {dice.randrange(3000)} TULSA OK" for _ in range(count)],
            "card": [f"{dice.randrange(800):04}" for _ in range(count)],
            "site": [f"{dice.randrange(sites):03}" for _ in range(count)],
            "fund": dice.choices(["11", "21", "22", "511", "60"], k=count),
            "kind": kinds,
            "mcc": dice.choices(["5411", "5943", "6011", "5812", "4900"], k=count),
            "large_ticket": dice.choices(["true", "false", None], weights=[1, 50, 49], k=count),
        }
    )  # fmt: skip
    frame.write_csv(folder / "t.csv")
    frame.write_parquet(folder / "t.parquet")
    return [folder / "t.csv", folder / "t.parquet"]


def least(path: Path) -> None:
    """Read a file and sum it by site."""
    frame = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    frame.group_by("site").agg(pl.col("amount").cast(pl.Float64).sum()).sort("site")


def race(runs: int, floor: Callable[[], Any], ours: Callable[[], Any]) -> tuple[float, float]:
    """Return the least time of each, taken in turn."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        floor()
        between = time.perf_counter()
        ours()
        times.append((between - start, time.perf_counter() - between))
    return min(floor for floor, _ in times), min(ours for _, ours in times)


def process(*command: str | Path) -> None:
    """Run a Python process to its end."""
    subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=ROOT)


def main() -> None:
    """Print both ratios for each file."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--charges", type=int, default=1_000_000)
    options.add_argument("--sites", type=int, default=60)
    options.add_argument("--runs", type=int, default=5)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = draw(folder, asked.charges, asked.sites)
        ledger = assemble(read_tables({"transactions": paths[1]})[0])
        programs = load_programs(PROGRAMS)
        named = [word for path in PROGRAMS for word in ("--program", str(path))]
        for path in paths:
            floor, ours = race(asked.runs, lambda: least(path), lambda: run_programs(ledger, programs))  # noqa: B023
            print(
                f"{path.suffix[1:]:<8} computation {ours:6.2f} s, {ours / floor:5.1f} times the least ({floor:.2f} s)"
            )
            whole: tuple[str | Path, ...] = (
                "-m",
                "pcard",
                "rebate",
                "--transactions",
                path,
                *named,
                "--out",
                folder / "s.csv",
                "--json",
            )
            floor, ours = race(
                max(asked.runs // 2, 1),
                lambda: process("-c", FLOOR, path, folder / "f.csv"),  # noqa: B023
                lambda: process(*whole),  # noqa: B023
            )
            print(
                f"{path.suffix[1:]:<8} process     {ours:6.2f} s, {ours / floor:5.1f} times the least ({floor:.2f} s)"
            )


if __name__ == "__main__":
    main()

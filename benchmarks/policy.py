"""Measure a hundred rules over many charges against the least any tool must do: read the file, run a hundred filters.

`python benchmarks/policy.py [--sizes 250000 500000 1000000] [--form parquet csv] [--runs 3]` needs the shared bench
(PCARD_SHARED, else `../shared`) to simulate charges. Both sides are whole processes on the same file, taken in turn in
one run: `python -m pcard check ... --out F.csv`, and polars alone. Figures are ratios of the least times, by the clock
and of processor time, which says more on a machine that others use too.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = Path(os.environ.get("PCARD_SHARED") or ROOT.parent / "shared") / "bench"
HEAD = """format: pcard-policy/1
policy: {id: bench, title: A hundred rules, version: "1", sources: {MAN: {title: Manual}}}
params: {single_limit: 2500.00}
rules:
"""
# What a policy asks of single charges; every tenth rule of the mixed policy is of groups, every tenth of windows.
ROWS = (
    'when: {{txn.kind: purchase, txn.amount|gt: {high}.00, txn.mcc|in: ["5{n:03d}", "5942", "5411"]}}',
    "when: {{txn.merchant|starts_with: AMZN, txn.amount|between: [{n}.00, {next}.00]}}",
    'when: {{txn.amount|gte: {high}.00, any: [{{txn.mcc: "5942"}}, {{txn.working_day: false}}]}}',
    "when: {{txn.kind|ne: purchase, txn.amount|lt: -{high}.00}}",
    'when: {{txn.merchant|contains: "store {n}", not: {{txn.kind: credit}}}}',
)
GROUPS = "where: {{txn.kind|in: [purchase, credit]}}\n  group: [txn.card, txn.cycle]\n  having: {{sum(txn.amount)|gt: {high}0.00}}"
WINDOWS = (
    "where: {{txn.kind: purchase, txn.amount|lte: $single_limit}}\n  group: [txn.cardholder, txn.merchant_key]\n"
    "  within: 3 business days\n  having: {{sum(txn.amount)|gt: {high}.00}}"
)
FLOOR = """
import sys, polars as pl
path = sys.argv[1]
text = {"amount": pl.Float64, "mcc": pl.String, "card": pl.String, "id": pl.String}
frame = pl.read_csv(path, schema_overrides=text) if path.endswith("csv") else pl.read_parquet(path)
amount, merchant, kind = pl.col("amount").cast(pl.Float64), pl.col("merchant"), pl.col("kind")
for n in range(100):
    test = (
        (kind == "purchase") & (amount > 1000 + 37 * n) & pl.col("mcc").is_in([f"5{n:03d}", "5942", "5411"]),
        merchant.str.starts_with("AMZN") & amount.is_between(n, n + 1),
        amount >= 2000 + n,
        (kind != "purchase") & (amount < -10 * n),
        merchant.str.contains(f"STORE {n}", literal=True),
    )[n % 5]
    frame.filter(test).height
"""


def policy(mixed: bool) -> str:
    """Return a policy of a hundred rules."""
    written = [HEAD]
    for n in range(100):
        kind, body = "row", ROWS[n % len(ROWS)]
        if mixed and n % 10 in {8, 9}:
            kind, body = ("aggregate", GROUPS) if n % 10 == 8 else ("window", WINDOWS)
        filled = body.format(n=n, next=n + 1, high=2500 + 10 * n)
        written.append(
            f"- id: B-{n:03d}\n  title: Rule {n}\n  kind: {kind}\n  severity: medium\n  cite: [MAN {n}]\n"
            f'  message: "{{txn.merchant}} {{txn.amount}} on {{txn.date}}"\n  ask: Why?\n  {filled}\n'
        )
    return "".join(written)


def timed(*command: str | Path) -> tuple[float, float]:
    """Run a command as a process of its own; return the seconds it took by the clock and of all processors."""
    start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=ROOT)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def race(folder: Path, size: int, form: str, runs: int) -> None:
    """Time the floor and both policies in turn on one file, and print the ratios."""
    charges = folder / str(size) / f"transactions.{form}"
    (folder / "floor.py").write_text(FLOOR, encoding="utf-8")
    times: dict[str, list[tuple[float, float]]] = {"floor": [], "rows": [], "mixed": []}
    for name, mixed in (("rows", False), ("mixed", True)):
        (folder / f"{name}.yaml").write_text(policy(mixed), encoding="utf-8")
    for _ in range(runs):
        times["floor"].append(timed(folder / "floor.py", charges))
        for name in ("rows", "mixed"):
            given = ("--transactions", charges, "--policy", folder / f"{name}.yaml", "--as-of", "2026-09-30")
            times[name].append(timed("-m", "pcard", "check", *given, "--out", folder / "flags.csv"))
    least = {name: [min(each) for each in zip(*took, strict=True)] for name, took in times.items()}
    for unit, place in (("clock", 0), ("processors", 1)):
        floor = least["floor"][place]
        said = "  ".join(f"{name} {took[place]:.1f} s = {took[place] / floor:.1f}x" for name, took in least.items())
        print(f"{size:>9,} {form:<7} {unit:<10} {said}", flush=True)


def main() -> None:
    """Simulate and race every size in every form that was asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", nargs="+", type=int, default=[250_000, 500_000, 1_000_000])
    options.add_argument("--form", nargs="+", choices=["parquet", "csv"], default=["parquet"])
    options.add_argument("--runs", type=int, default=3)
    asked = options.parse_args()
    if not (BENCH / "simulate.py").exists():
        sys.exit(f"no bench in {BENCH}: set PCARD_SHARED to the folder that holds it")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for size in asked.sizes:
            timed(BENCH / "simulate.py", "--n", str(size), "--seed", "1", "--out", folder / str(size))
            for form in asked.form:
                race(folder, size, form, asked.runs)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1_000_000
    print(f"the most memory any process took: {most:.2f} GB")


if __name__ == "__main__":
    main()

"""Time a spreadsheet and a delimited export against their bare readers.

`python benchmarks/tables.py` writes 100,000 charges as XLSX and as CSV into a
temporary folder and reads each whole: opened, card numbers sought, recognised,
cut into lines. The floor of XLSX is fastexcel alone, of CSV the csv module.
Memory is of a process of its own, with its child.
"""

from __future__ import annotations

import argparse
import csv
import io
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import fastexcel
import xlsxwriter

from benchmarks.card_files import LINES, amounts, peak_of_this_process, seconds
from pcard.documents import open_document
from pcard.frames import Extract
from pcard.importers import read
from pcard.importers.tables import workbooks
from pcard.importers.tables.canonical import Canonical
from pcard.importers.tables.delimited import Delimited
from pcard.importers.tables.profiles import load_profiles

HEADER = ("id", "date", "posted", "amount", "merchant", "cardholder", "card", "mcc", "reference", "description")


def rows() -> list[tuple[object, ...]]:
    """Return the charges, amounts as numbers."""
    return [
        (f"T{number:06d}", f"2026-09-{number % 28 + 1:02d}", "2026-09-29", cents / 100, f"PAPER DEPOT {number % 500}",
         f"HOLDER {number % 120}", f"{number % 120:04d}", "5943", f"R{number:09d}", f"order {number}")
        for number, cents in enumerate(amounts())
    ]  # fmt: skip


def xlsx(path: Path) -> None:
    """Write the charges as a workbook."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for line, cells in enumerate((HEADER, *rows())):
            sheet.write_row(line, 0, cells)


def delimited(path: Path) -> None:
    """Write the charges as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows((HEADER, *rows()))


def by_fastexcel(path: Path) -> int:
    """Read a workbook with fastexcel and nothing else."""
    return fastexcel.read_excel(path.read_bytes()).load_sheet(0, dtypes="string").to_polars().height


def by_csv(path: Path) -> int:
    """Read a text with the csv module and nothing else."""
    return len(list(csv.reader(io.StringIO(path.read_text(encoding="utf-8")))))


def whole(path: Path) -> Extract:
    """Open and read a file as an import does; a workbook read before is not remembered."""
    workbooks._outcome.cache_clear()  # noqa: SLF001
    return read(open_document(path), profiles=load_profiles(), importers=(Canonical(), Delimited()))


FORMATS: dict[str, tuple[Callable[[Path], None], Callable[[Path], int]]] = {
    "xlsx": (xlsx, by_fastexcel),
    "csv": (delimited, by_csv),
}


def report(folder: Path) -> None:
    """Print a row a format."""
    print(f"{LINES:,} rows of {len(HEADER)} cells; least of several runs, seconds of wall time")
    print(f"{'':8}{'MB':>6}{'floor':>9}{'whole':>9}{'ratio':>7}{'peak MB':>9}{'its child':>11}")
    for name, (write, floor_of) in FORMATS.items():
        path = folder / f"charges.{name}"
        write(path)
        assert whole(path).lines["transactions"].height == LINES  # noqa: S101
        floor, taken = seconds(partial(floor_of, path)), seconds(partial(whole, path))
        command = [sys.executable, __file__, "--memory", str(path)]
        own, child = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
        size = path.stat().st_size / 1e6
        print(f"{name:8}{size:6.1f}{floor:9.3f}{taken:9.3f}{taken / floor:7.1f}{own:9.0f}{child:11.0f}", flush=True)


def main() -> None:
    """Run the benchmark, or the one reading whose memory it measures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    if path := options.parse_args().memory:
        whole(path)
        print(peak_of_this_process(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder))


if __name__ == "__main__":
    main()

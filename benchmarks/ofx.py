"""Time the OFX importer against a plain scan of the same bytes and against ofxparse alone.

`python benchmarks/ofx.py` writes a file of 100,000 card transactions into a
temporary folder and prints ratios of one run; memory is of a process of its own.
"""

from __future__ import annotations

import argparse
import io
import math
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ofxparse import OfxParser

from benchmarks.card_files import peak_of_this_process
from pcard.documents import Document, open_document
from pcard.importers.bank_files.ofx import Ofx

LINES = 100_000
OFXPARSE_LINES = (2_500, 10_000)
RUNS = 7

HEAD = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20261001<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>XXXXXXXXXXXX2718</CCACCTFROM>
<BANKTRANLIST><DTSTART>20260901<DTEND>20260930
"""
TAIL = """</BANKTRANLIST><LEDGERBAL><BALAMT>-1234.56<DTASOF>20260930</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS>
</CREDITCARDMSGSRSV1></OFX>
"""


def statement(lines: int) -> bytes:
    """Write a card statement in SGML, the leaves left open as banks do."""
    draw = random.Random(2718)
    rows = (
        f"<STMTTRN>\n<TRNTYPE>DEBIT\n<DTPOSTED>202609{draw.randint(1, 30):02d}120000[-5:EST]\n"
        f"<TRNAMT>-{draw.randint(100, 99_999) / 100:.2f}\n<FITID>2026{number:012d}\n<SIC>{draw.randint(4000, 5999)}\n"
        f"<NAME>PAPER &amp; PENCIL DEPOT {number % 500:04d}\n<MEMO>order {number}\n</STMTTRN>\n"
        for number in range(lines)
    )
    return (HEAD + "".join(rows) + TAIL).encode()


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the least wall time of several runs."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def split_blocks(raw: bytes) -> list[bytes]:
    """Scan for the transactions and split at them: the least that any reader must do."""
    assert re.findall(rb"<STMTTRN>", raw)  # noqa: S101  # the scan itself is what is timed
    return raw.split(b"<STMTTRN>")


def scan_text(raw: bytes) -> list[str]:
    """Find each transaction by one regular expression: a plain linear scan."""
    return re.findall(r"<STMTTRN>(.*?)</STMTTRN>", raw.decode(), re.DOTALL)


def split_fields(raw: bytes) -> list[list[bytes]]:
    """Split each transaction at its tags too, which lines of cells need."""
    return [block.split(b"<") for block in split_blocks(raw)]


def ofxparse_alone(raw: bytes) -> None:
    """Read a file with ofxparse and nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        OfxParser.parse(io.BytesIO(raw))


def peak_megabytes(path: Path) -> float:
    """Return the peak memory of a process that opens and extracts the file."""
    command = [sys.executable, __file__, "--memory", str(path)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def report(folder: Path) -> None:
    """Print the ratios."""
    path = folder / "card.ofx"
    raw = statement(LINES)
    path.write_bytes(raw)
    lines = Ofx().extract(Document(path.name, raw, "")).lines["transactions"].height
    extract = seconds(lambda: Ofx().extract(Document(path.name, raw, "")))
    floors = {
        "plain scan for transactions": scan_text,
        "splitting at them, the least possible": split_blocks,
        "splitting at every tag": split_fields,
    }
    few, many = (seconds(partial(ofxparse_alone, statement(count)), 1) for count in OFXPARSE_LINES)
    growth = math.log(many / few) / math.log(OFXPARSE_LINES[1] / OFXPARSE_LINES[0])
    linear, grown = (many * (LINES / OFXPARSE_LINES[1]) ** power for power in (1, growth))
    print(f"{lines:,} transactions, {len(raw) / 1e6:.1f} MB; least of {RUNS} runs, seconds of wall time")
    print(f"{'extract':38}{extract:8.3f}")
    for name, work in floors.items():
        floor = seconds(partial(work, raw))
        print(f"{name:38}{floor:8.3f}   extract takes {extract / floor:.1f} times as long")
    print(f"{f'ofxparse alone, {OFXPARSE_LINES[1]:,} lines':38}{many:8.3f}")
    print(f"{'  for all, if it were linear':38}{linear:8.1f}   {linear / extract:.0f} times as long as extract")
    print(f"{f'  for all, by its growth (n^{growth:.2f})':38}{grown:8.1f}   {grown / extract:.0f} times as long")
    print(f"{'peak memory, document and extract':38}{peak_megabytes(path):8.0f} MB")


def main() -> None:
    """Run the benchmark, or the one reading whose memory it measures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    if path := options.parse_args().memory:
        Ofx().extract(open_document(path))
        print(peak_of_this_process())
        return
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder))


if __name__ == "__main__":
    main()

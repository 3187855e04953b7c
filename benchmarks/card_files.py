"""Time the importers of card-programme files against splitting every line into its fields.

`python benchmarks/card_files.py` writes files of 100,000 transactions into a
temporary folder, padded as banks pad them, and prints ratios of one run; the
floor of XML is an `iterparse` that touches every element. Memory is of a
process of its own that opens and extracts the file.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lxml import etree

from pcard.documents import Document, open_document
from pcard.extensions import Importer
from pcard.importers.card_files.cdf3 import Cdf3
from pcard.importers.card_files.gl1025 import Gl1025
from pcard.importers.card_files.sbf import Sbf
from pcard.importers.card_files.vcf import Vcf

LINES = 100_000
RUNS = 3
CARD = "************2718"
# Widths of the fields of a Visa transaction, in their order.
VISA = (
    1, 19, 8, 24, 10, 5, 6, 26, 26, 14, 4, 5, 14, 16, 16, 5, 4, 2, 8, 5, 16, 16, 1, 8, 4, 20, 25, 14, 16, 16, 2, 50, 76,
    4, 1, 1, 2, 16, 52, 12, 1, 2, 19, 15, 15, 2, 1, 10, 6, 2, 15, 1, 8,
)  # fmt: skip


def amounts() -> list[int]:
    """Return the same amounts in cents for every format."""
    draw = random.Random(2718)
    return [draw.randint(100, 99_999) for _ in range(LINES)]


def visa(cents: list[int]) -> bytes:
    """Write a VCF 4 file of one block, its fields padded."""
    frame = "\t0000004711\t00001\t10012026\t{}\t{:010d}\t{:016d}\t4.4"
    rows = []
    for number, amount in enumerate(cents):
        told = {
            1: "4", 2: CARD, 3: "09152026", 4: f"7400000{number:016d}", 5: f"{number:010d}", 9: f"PAPER DEPOT {number % 500}",
            10: "PLANO", 11: "TX", 12: "00840", 14: f"{amount:016d}", 15: f"{amount:016d}", 16: "00840", 17: "5943",
            18: "10", 19: "09142026", 20: "00840", 32: f"PO-{number % 900}",
        }  # fmt: skip
        rows.append("\t".join(told.get(at, "").ljust(width) for at, width in enumerate(VISA, 1)))
    total = sum(cents)
    head, body = f"6{frame.format('00', 0, 0)}\n8{frame.format('05', 0, 0)}\n", "\n".join(rows)
    tail = f"\n9{frame.format('05', LINES, total)}\n7{frame.format('00', LINES + 2, total)}\n"
    return (head + body + tail).encode()


def placed(length: int, cells: Mapping[int, str]) -> str:
    """Write a fixed-width record from its cells by offset."""
    text = ""
    for at, cell in sorted(cells.items()):
        text = text.ljust(at) + cell
    return text.ljust(length)


def usbank(cents: list[int]) -> bytes:
    """Write an SBF file, a card of a hundred transactions after the other."""
    rows = [placed(400, {0: "01LINDEN UNIFIED", 59: f"20261001{LINES:08d}"})]
    for start in range(0, LINES, 100):
        own = cents[start : start + 100]
        rows.append(placed(400, {0: f"02{CARD}", 43: f"HOLDER {start}", 352: "+00005000.00"}))
        rows += [
            placed(400, {
                0: f"05{CARD}{start + at:023d}10012026091420260915840+{amount:011d}US +{amount // 100:08d}.{amount % 100:02d}5943",
                95: "PAPER DEPOT", 120: "PLANO", 146: "TXUS ", 273: f"PO-{at}",
            })
            for at, amount in enumerate(own)
        ]  # fmt: skip
        rows.append(placed(400, {0: f"95{CARD}{len(own):06d}{_signed(sum(own), 8)}-00000000.00"}))
    rows.append(placed(400, {0: "98", 21: f"{LINES:08d}{_signed(sum(cents), 11)}-00000000000.00"}))
    return "\n".join(rows).encode()


def _signed(cents: int, width: int) -> str:
    return f"+{cents // 100:0{width}d}.{cents % 100:02d}"


def amex(cents: list[int]) -> bytes:
    """Write a GL1025 file whose rows are cut where their blanks begin."""
    frame = {
        27: "GL1025", 43: "2026-09-15", 60: "03", 74: "P0", 77: f"{LINES + 2:015d}", 93: "8402 +",
        99: f"{sum(cents):015d}", 138: f"{LINES:015d}",
    }  # fmt: skip
    rows = [
        placed(2395, {
            0: "1037", 207: "XXXXXXXXX002718", 227: "MOORE", 257: "ROSA", 573: "20260915", 588: "2026-09-14",
            631: f"20260915{number:012d}", 701: f"PO-{number % 900}", 736: f"+{amount:015d}", 753: f"{0:015d}", 768: "2840",
            811: f"{amount:015d}", 842: "2", 858: "840840", 864: f"{amount:015d}2840", 898: "08", 946: "PAPER DEPOT",
            1677: "5943", 1913: "PAPER DEPOT", 2149: "PLANO", 2190: "TX", 2251: "840",
        })
        for number, amount in enumerate(cents)
    ]  # fmt: skip
    return "\n".join((placed(153, {0: "0"} | frame), *rows, placed(153, {0: "9"} | frame))).encode()


def mastercard(cents: list[int]) -> bytes:
    """Write a CDF3 file of one account."""
    money = '<{0} CurrencyCode="840" CurrencyExponent="4" CurrencySign="D">{1:016d}</{0}>'
    rows = [
        f'<FinancialTransactionEntity ProcessorTransactionId="{number:023d}"><FinancialTransaction_5000>'
        f"<FinancialRecordHeader><MaintenanceCode>A</MaintenanceCode></FinancialRecordHeader>"
        f"<ProcessorTransactionId>{number:023d}</ProcessorTransactionId>"
        f"<MasterCardFinancialTransactionId>{number:015d}</MasterCardFinancialTransactionId>"
        f"<CardHolderTransactionType>00</CardHolderTransactionType><PostingDate>2026-09-15</PostingDate>"
        f"<TransactionDate>2026-09-14</TransactionDate><DebitOrCreditIndicator>D</DebitOrCreditIndicator>"
        f"{money.format('AmountInOriginalCurrency', amount * 100)}{money.format('AmountInPostedCurrency', amount * 100)}"
        f"<CustomerCode>PO-{number % 900}</CustomerCode></FinancialTransaction_5000><CardAcceptor_5001>"
        f"<CardAcceptorName>PAPER DEPOT</CardAcceptorName><CardAcceptorCity>PLANO</CardAcceptorCity>"
        f"<CardAcceptorStateProvince>TX</CardAcceptorStateProvince><CardAcceptorBusinessCode>5943</CardAcceptorBusinessCode>"
        f"</CardAcceptor_5001></FinancialTransactionEntity>\n"
        for number, amount in enumerate(cents)
    ]
    head = (
        "<CDFTransmissionFile><TransmissionHeader_1000><CDFVersionNum>3.00</CDFVersionNum></TransmissionHeader_1000>"
        f'<IssuerEntity><CorporateEntity><AccountEntity AccountNumber="{CARD}">\n'
    )
    tail = (
        "</AccountEntity></CorporateEntity></IssuerEntity><TransmissionTrailer_9999>"
        f"<RecordCount>{2 * LINES + 2}</RecordCount><NumOfDebits>{LINES}</NumOfDebits>"
        f"<TotalAmountOfDebits>{sum(cents) * 100}</TotalAmountOfDebits></TransmissionTrailer_9999></CDFTransmissionFile>"
    )
    return (head + "".join(rows) + tail).encode()


def by_tab(raw: bytes) -> list[list[str]]:
    """Split every line at its tabs."""
    return [line.split("\t") for line in raw.decode().split("\n")]


def by_width(raw: bytes, cuts: tuple[tuple[int, int], ...]) -> list[list[str]]:
    """Slice every line into its fields."""
    return [[line[at : at + width] for at, width in cuts] for line in raw.decode().split("\n")]


def by_element(raw: bytes) -> int:
    """Touch every element and forget it."""
    count = 0
    for _, element in etree.iterparse(io.BytesIO(raw)):
        count += len(element.tag)
        element.clear()
    return count


def seconds(work: Callable[[], object]) -> float:
    """Return the least wall time of several runs."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


FORMATS: dict[str, tuple[Importer, Callable[[list[int]], bytes], Callable[[bytes], object]]] = {
    "vcf4": (Vcf(), visa, by_tab),
    "usbank_sbf": (Sbf(), usbank, lambda raw: by_width(raw, tuple((at, 12) for at in range(0, 400, 12)))),
    "gl1025": (Gl1025(), amex, lambda raw: by_width(raw, tuple((at, 30) for at in range(0, 2400, 30)))),
    "cdf3": (Cdf3(), mastercard, by_element),
}


def report(folder: Path) -> None:
    """Print a row a format."""
    print(f"{LINES:,} transactions; least of {RUNS} runs, seconds of wall time")
    print(f"{'':12}{'MB':>6}{'fields':>9}{'extract':>9}{'ratio':>7}{'peak MB, whole':>16}{'extract':>9}")
    for name, (importer, write, split) in FORMATS.items():
        path = folder / name
        raw = write(amounts())
        path.write_bytes(raw)
        document = Document(name, raw, "")
        read = importer.extract(document)
        assert not read.faults and all(one.agrees for one in read.controls), (read.faults, read.controls)  # noqa: S101, PT018
        assert read.lines["transactions"].height == LINES  # noqa: S101
        del read
        floor, extract = seconds(lambda: split(raw)), seconds(lambda: importer.extract(document))  # noqa: B023
        memory = [peak_megabytes(path, name, how) for how in ("open", "extract")]
        sizes = f"{memory[0]:16.0f}{memory[1]:9.0f}"
        print(f"{name:12}{len(raw) / 1e6:6.1f}{floor:9.3f}{extract:9.3f}{extract / floor:7.1f}{sizes}", flush=True)


def peak_megabytes(path: Path, name: str, how: str) -> float:
    """Return the peak memory of a process that opens and extracts the file, or extracts it from bytes at hand."""
    command = [sys.executable, __file__, "--memory", str(path), name, how]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def peak_of_this_process() -> float:
    """Return the peak in megabytes; Linux counts a parent's memory into ru_maxrss, so its own figure is read there."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run the benchmark, or the one reading whose memory it measures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--memory", nargs=3, help=argparse.SUPPRESS)
    if asked := options.parse_args().memory:
        path, name, how = asked
        document = open_document(Path(path)) if how == "open" else Document(name, Path(path).read_bytes(), "")
        FORMATS[name][0].extract(document)
        print(peak_of_this_process())
        return
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder))


if __name__ == "__main__":
    main()

"""Time the importers of bank-account files against splitting every line into its fields.

`python benchmarks/bank_files.py` writes files of 100,000 lines of one account
into a temporary folder and prints ratios of one run; the floor of XML is an
`iterparse` that touches every element. Memory is of a process of its own that
opens and extracts the file.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.card_files import LINES, amounts, by_element, peak_of_this_process, seconds
from pcard.documents import Document, open_document
from pcard.extensions import Importer
from pcard.importers.bank_files.bai2 import Bai2
from pcard.importers.bank_files.camt import Camt
from pcard.importers.bank_files.mt940 import Mt940
from pcard.importers.bank_files.qif import Qif


def bai2(cents: list[int]) -> bytes:
    """Write a report of one account, every other transaction with a second line of text."""
    rows = [
        f"16,475,{amount},0,CB{number:09d},{number:06d},PAPER DEPOT, ORDER {number}/"
        + f"\n88,SITE {number % 40}/" * (number % 2)
        for number, amount in enumerate(cents)
    ]
    total, size = sum(cents), LINES + LINES // 2
    head = ["01,BANK,DISTRICT,260916,0530,7,,,2/", "02,DISTRICT,BANK,1,260915,2400,USD,2/", "03,000000002718,USD/"]
    tail = [f"49,{total},{size + 2}/", f"98,{total},1,{size + 4}/", f"99,{total},1,{size + 6}/"]
    return "\n".join((*head, *rows, *tail)).encode()


def camt(cents: list[int]) -> bytes:
    """Write a camt.053 statement of one account."""
    rows = [
        f'<Ntry><Amt Ccy="USD">{amount // 100}.{amount % 100:02d}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>2026-09-15</Dt></BookgDt><ValDt><Dt>2026-09-15</Dt></ValDt><AcctSvcrRef>CB{number:09d}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RDDT</Cd><SubFmlyCd>ESDD</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>E{number}</EndToEndId></Refs><RltdPties><Cdtr><Nm>PAPER DEPOT</Nm></Cdtr></RltdPties>"
        f"<RmtInf><Ustrd>Order {number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
        for number, amount in enumerate(cents)
    ]
    total = sum(cents)
    head = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        "<CreDtTm>2026-09-16T05:30:00</CreDtTm><Acct><Id><Othr><Id>000000002718</Id></Othr></Id></Acct>"
        f"<TxsSummry><TtlDbtNtries><NbOfNtries>{LINES}</NbOfNtries><Sum>{total // 100}.{total % 100:02d}</Sum></TtlDbtNtries>"
        "</TxsSummry>\n"
    )
    return (head + "".join(rows) + "</Stmt></BkToCstmrStmt></Document>").encode()


def mt940(cents: list[int]) -> bytes:
    """Write an MT940 statement of one account."""
    rows = [
        f":61:2609150915D{amount // 100},{amount % 100:02d}NCHKNONREF//CB{number:09d}\n:86:PAPER DEPOT ORDER {number}"
        for number, amount in enumerate(cents)
    ]
    total = sum(cents)
    head = ":20:A\n:25:000000002718\n:28C:1/1\n:60F:C260914USD0,00\n"
    return f"{head}{chr(10).join(rows)}\n:62F:D260915USD{total // 100},{total % 100:02d}\n".encode()


def qif(cents: list[int]) -> bytes:
    """Write a QIF register of one account."""
    rows = (
        f"D09/15/2026\nT-{amount // 100}.{amount % 100:02d}\nN{number}\nPPAPER DEPOT\nMOrder {number}\n^\n"
        for number, amount in enumerate(cents)
    )
    return ("!Type:Bank\n" + "".join(rows)).encode()


def by_mark(mark: str) -> Callable[[bytes], list[list[str]]]:
    """Split every line at a mark."""
    return lambda raw: [line.split(mark) for line in raw.decode().split("\n")]


FORMATS: dict[str, tuple[Importer, Callable[[list[int]], bytes], Callable[[bytes], object]]] = {
    "bai2": (Bai2(), bai2, by_mark(",")),
    "camt": (Camt(), camt, by_element),
    "mt940": (Mt940(), mt940, by_mark("//")),
    "qif": (Qif(), qif, by_mark("/")),
}


def report(folder: Path) -> None:
    """Print a row a format."""
    print(f"{LINES:,} lines; seconds of wall time, least of several runs")
    print(f"{'':8}{'MB':>6}{'fields':>9}{'extract':>9}{'ratio':>7}{'peak MB':>9}")
    for name, (importer, write, split) in FORMATS.items():
        path, raw = folder / f"file.{name}", write(amounts())
        path.write_bytes(raw)
        document = Document(path.name, raw, "")
        read = importer.extract(document)
        assert not read.faults and all(one.agrees for one in read.controls), (read.faults, read.controls)  # noqa: S101, PT018
        assert read.lines["bank_lines"].height == LINES  # noqa: S101
        del read
        floor, extract = seconds(lambda: split(raw)), seconds(lambda: importer.extract(document))  # noqa: B023
        command = [sys.executable, __file__, "--memory", str(path)]
        peak = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"{name:8}{len(raw) / 1e6:6.1f}{floor:9.3f}{extract:9.3f}{extract / floor:7.1f}{peak:9.0f}", flush=True)


def main() -> None:
    """Run the benchmark, or the one reading whose memory it measures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    if path := options.parse_args().memory:
        FORMATS[path.suffix[1:]][0].extract(open_document(path))
        print(peak_of_this_process())
        return
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder))


if __name__ == "__main__":
    main()

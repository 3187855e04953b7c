"""Lines as found become records: cells typed once, unreadable lines refused with all their reasons.

A line whose amount, date or account cannot be read refuses its document, unless
its reading says to skip such lines; any other cell that cannot be read is left
empty with a warning. Accepted, skipped and refused lines are all the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, errors_of
from pcard.frames import RECORDS, Control, Extract
from pcard.ledger.complaints import Complaint, refusals
from pcard.ledger.completion import remarks
from pcard.ledger.lines import Lines, read_lines

_HEADLINE = {
    "transactions": "amount_cents", "bank_lines": "amount_cents", "receipts": "total_cents",
    "orders": "amount_cents", "ap_payments": "amount_cents", "coding": "amount_cents",
    "rebate_reports": "rebate_cents",
}  # fmt: skip
_ACCOUNTS = ("transactions", "bank_lines")


@dataclass(frozen=True)
class Normalised:
    """One document's records and everything that was not taken.

    `records` holds the readable lines even where `faults` has errors; whether
    they may be taken is the caller's decision. `amount_cents` sums the accepted
    lines by currency ("" where none is named), memo lines left out. `cut` holds
    the full numbers that were shortened, for redacting the kept original, and
    `kept` what is kept in its place where that is not possible.
    """

    importer: str
    records: Mapping[str, pl.DataFrame]
    refusals: pl.DataFrame
    faults: tuple[Fault, ...]
    controls: tuple[Control, ...]
    accepted: int
    skipped: int
    refused: int
    amount_cents: Mapping[str, int]
    statements: int
    cut_count: int
    cut: frozenset[str]
    kept: bytes | None = None


def normalise(extract: Extract, document: Document) -> Normalised:
    """Type an extract's lines into records of `RECORDS`; faults and refusals are values in the result."""
    read = {
        name: read_lines(RECORDS[name], frame, extract.readings.get(name, extract.reading), document)
        for name, frame in sorted(extract.lines.items())
    }
    complaints = [complaint for lines in read.values() for complaint in lines.complaints]
    complaints += _lost_by_importer(extract, {line for lines in read.values() for line in lines.seen})
    skipped = [*extract.skipped, *(one for name in _counted(read) for one in read[name].skipped)]
    return Normalised(
        importer=extract.importer,
        records={name: lines.records for name, lines in read.items()},
        refusals=refusals(document.name, complaints, skipped, extract.reading.decimal_mark),
        faults=tuple(_faults(extract, read, document)),
        controls=extract.controls,
        accepted=_accepted(read),
        skipped=len(skipped) + sum(lines.bad_count for lines in read.values() if lines.skips_bad),
        refused=sum(one.table == "" for one in complaints)
        + sum(lines.bad_count for lines in read.values() if not lines.skips_bad),
        amount_cents=_amount(read),
        statements=read["statements"].records.height if "statements" in read else 0,
        cut_count=document.cut_count + sum(len(lines.cut) for lines in read.values()),
        cut=extract.cut.union(*(lines.cut for lines in read.values())),
        kept=extract.kept,
    )


def _faults(extract: Extract, read: Mapping[str, Lines], document: Document) -> Iterator[Fault]:
    yield from extract.faults
    for name, lines in read.items():
        yield from (complaint.fault for complaint in lines.complaints)
        yield from lines.warnings
        yield from remarks(name, lines.records, document)
    for control in extract.controls:
        if not control.agrees:
            message = f"the document states {control.name} {control.stated}, its lines give {control.found}"
            cure = "download it again; --accept-unbalanced takes it as it is and keeps the difference"
            yield Fault("control-mismatch", document.place(), message, cure)


def _lost_by_importer(extract: Extract, seen: set[int]) -> list[Complaint]:
    """Return one complaint for each line that the importer itself could not read."""
    lost = {fault.place.line: fault for fault in reversed(errors_of(extract.faults))}
    known = seen | {one.line for one in extract.skipped}
    return [Complaint("", lost[line]) for line in sorted(line for line in lost if line and line not in known)]


def _counted(read: Mapping[str, Lines]) -> list[str]:
    """Return the tables whose lines are the document's own; what else it holds beside transactions is registered."""
    accounts = [name for name in _ACCOUNTS if name in read]
    return accounts or [name for name in read if name != "statements"]


def _accepted(read: Mapping[str, Lines]) -> int:
    total = sum(read[name].taken for name in _counted(read))
    if "transactions" in read and "coding" in read:
        # One row per allocation: those beyond a transaction's first row are lines of the document too.
        coded, charged = (read[name].records["line"] for name in ("coding", "transactions"))
        total += coded.filter(~coded.is_in(charged.implode())).len()
    return total


def _amount(read: Mapping[str, Lines]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for name in _counted(read):
        records = read[name].records
        if name not in _HEADLINE or records.is_empty():
            continue
        counts = ~pl.col("memo") if name == "transactions" else pl.lit(value=True)
        currency = pl.col("currency") if "currency" in records.columns else pl.lit(None, pl.String)
        sums = (
            records.filter(counts).group_by(currency.fill_null("").alias("currency")).agg(pl.col(_HEADLINE[name]).sum())
        )
        for code, cents in sums.rows():
            totals[code] = totals.get(code, 0) + int(cents)
    return dict(sorted(totals.items()))

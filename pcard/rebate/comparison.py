"""The contract's accrual against the bank's report: by bucket, and the transactions that explain each difference.

    ours - the bank's = other volume + other rate + the bank's arithmetic

Other volume is what our rate makes of the volume that differs, other rate what
the bank's volume would have earned at our rate less at its own; the rest is
what the bank's own figures do not give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from pcard.rebate.accruals import Accrual
from pcard.rebate.bank_report import BankReport, reports_of
from pcard.rebate.line_pairs import pair_lines
from pcard.rebate.tiers import earned_cents, four_decimals
from pcard.schema import Table, columns

VARIANCE = Table(
    "rebate_variance",
    columns(
        "bucket! our_volume:money! bank_volume:money! our_bps:rate bank_bps:rate our_amount:money! bank_amount:money!"
        " difference:money! of_volume:money! of_rate:money! of_arithmetic:money! cite"
    ),
    ("bucket",),
)
# `volume` is what the line adds to our volume of the bucket above the bank's.
EXPLAINED = Table(
    "rebate_differences",
    columns("bucket! transaction_id line:count date:date merchant amount:money! volume:money! why!"),
    ("bucket", "transaction_id", "line"),
)


@dataclass(frozen=True)
class Comparison:
    """The difference by bucket (VARIANCE), and the lines behind it (EXPLAINED; none where the report is a summary)."""

    accrual: Accrual
    report: BankReport
    variance: pl.DataFrame
    explained: pl.DataFrame

    @property
    def reported_cents(self) -> int:
        """What the bank says it owes."""
        return int(self.variance["bank_amount_cents"].sum())

    @property
    def difference_cents(self) -> int:
        """What the contract gives above the bank's figure."""
        return int(self.variance["difference_cents"].sum())


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's figures of a bucket."""

    volume: int = 0
    bps: Fraction | None = None
    amount: int = 0
    cite: str = ""


def compare(accrual: Accrual, report: BankReport, transactions: pl.DataFrame) -> Comparison:
    """Set a period's accrual against the bank's report of it."""
    names = _bank_names(accrual)
    ours = {
        part.name: _Side(part.base_cents if part.role == "bucket" else 0, part.bps, part.amount_cents, part.cite)
        for part in accrual.earned.parts
        if part.role == "bucket" or part.amount_cents
    }
    explained = EXPLAINED.empty()
    if report.lines.height:
        lines = _with_bucket(report.lines, names)
        explained = EXPLAINED.of(pair_lines(accrual.lines, transactions, lines))
    theirs = _theirs(report, names)
    rows = [_row(name, ours.get(name, _Side()), theirs.get(name, _Side())) for name in sorted({*ours, *theirs})]
    return Comparison(accrual, report, VARIANCE.rows(rows), explained)


def reported_cents(accrual: Accrual, report: BankReport) -> int:
    """Return what a report says is owed for a period."""
    return sum(side.amount for side in _theirs(report, _bank_names(accrual)).values())


def reported_by_period(
    reports: pl.DataFrame, accruals: Sequence[Accrual]
) -> tuple[dict[tuple[str, str], int], list[str]]:
    """Return what the imported reports (REBATE_REPORTS) say is owed, and a question for each that has no place."""
    found, asked = reports_of(reports, accruals)
    by_period = {(accrual.program.id, accrual.period.label): accrual for accrual in accruals}
    return {key: reported_cents(by_period[key], report) for key, report in found.items()}, asked


def _theirs(report: BankReport, names: Mapping[str, str]) -> dict[str, _Side]:
    """Return the bank's figures by bucket."""
    if report.lines.height:
        return _of_lines(_with_bucket(report.lines, names))
    return _of_types(_with_bucket(report.types, names))


def name_key(text: str) -> str:
    """Return a bucket's or a rebate type's name without case and signs: `Large Ticket` and `large_ticket` are one."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def _bank_names(accrual: Accrual) -> dict[str, str]:
    """Return our part for each name that the bank's reports have for it."""
    parts = {name_key(part.name): part.name for part in accrual.earned.parts}
    called = {name_key(name): bucket.id for bucket in accrual.program.buckets for name in bucket.called}
    return {**parts, **called}


def _with_bucket(frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Name the bucket of each line of the bank's; a type that is none of ours keeps its own name."""
    known = {text: names.get(name_key(text), text) for text in frame["type"].unique()}
    return frame.with_columns(bucket=pl.col("type").replace(known))


def _of_lines(lines: pl.DataFrame) -> dict[str, _Side]:
    found: dict[str, _Side] = {}
    for (bucket,), group in lines.group_by("bucket"):
        volume = int(group["amount_cents"].sum())
        rates = group["rate_bps"].drop_nulls().unique()
        bps = Fraction(rates[0]) if len(rates) == 1 else None
        if group["rebate_cents"].null_count() < group.height:
            amount = int(group["rebate_cents"].sum())
        else:
            amount = earned_cents(volume, bps or Fraction(0))
        found[str(bucket)] = _Side(volume, bps if bps is not None else _average(volume, amount), amount)
    return found


def _of_types(types: pl.DataFrame) -> dict[str, _Side]:
    found: dict[str, _Side] = {}
    for row in types.iter_rows(named=True):
        before = found.get(row["bucket"], _Side())
        volume, amount = before.volume + row["amount_cents"], before.amount + row["rebate_cents"]
        stated = row["rate_bps"] is not None and not before.volume
        found[row["bucket"]] = _Side(volume, Fraction(row["rate_bps"]) if stated else _average(volume, amount), amount)
    return found


def _average(volume: int, amount: int) -> Fraction | None:
    return Fraction(amount * 10_000, volume) if volume else None


def _row(bucket: str, ours: _Side, theirs: _Side) -> dict[str, object]:
    our_bps, bank_bps = ours.bps or Fraction(0), theirs.bps or Fraction(0)
    at_our_rate = earned_cents(theirs.volume, our_bps) if ours.bps is not None else ours.amount
    at_bank_rate = earned_cents(theirs.volume, bank_bps) if theirs.bps is not None else theirs.amount
    return {
        "bucket": bucket, "our_volume_cents": ours.volume, "bank_volume_cents": theirs.volume,
        "our_bps": None if ours.bps is None else four_decimals(ours.bps),
        "bank_bps": None if theirs.bps is None else four_decimals(theirs.bps),
        "our_amount_cents": ours.amount, "bank_amount_cents": theirs.amount,
        "difference_cents": ours.amount - theirs.amount, "of_volume_cents": ours.amount - at_our_rate,
        "of_rate_cents": at_our_rate - at_bank_rate, "of_arithmetic_cents": at_bank_rate - theirs.amount,
        "cite": ours.cite or None,
    }  # fmt: skip

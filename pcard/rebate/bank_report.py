"""The bank's own rebate report, as it was imported: a line a transaction, or a line a rebate type.

The columns are those that cooperative contracts make banks give (NASPO
ValuePoint 00819, sections 5.8-5.11): entity, entity type, date, merchant, TIN,
amount, rebate type, basis points, rebate of each transaction; or net spend,
rate and rebate of each type, beside credits and write-offs. The profiles
`rebate-report` and `rebate-summary` read them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pcard.rebate.accruals import Accrual
from pcard.schema import Table, columns

REPORT_LINES = Table(
    "bank_report_lines",
    columns("line:count! reference date:date amount:money! merchant type! rate_bps:rate rebate:money"),
    ("line",),
)
REPORT_TYPES = Table(
    "bank_report_types",
    columns("line:count! type! amount:money! rate_bps:rate rebate:money! credits:money write_offs:money"),
    ("line",),
)


@dataclass(frozen=True)
class BankReport:
    """What a report says: `lines` (REPORT_LINES, none in a summary) or `types` (REPORT_TYPES)."""

    name: str
    lines: pl.DataFrame
    types: pl.DataFrame


def report_of(records: pl.DataFrame, name: str) -> BankReport:
    """Return one report from its records (REBATE_REPORTS); where lines have dates, they are transactions."""
    shown = records.with_columns(_rate(pl.col("rate")).alias("rate_bps"), pl.col("rebate_type").alias("type"))
    dated = pl.col("date").is_not_null()
    types = shown.filter(~dated).with_columns(pl.col("rebate_cents").fill_null(0))
    return BankReport(name, REPORT_LINES.of(shown.filter(dated)), REPORT_TYPES.of(types))


def reports_of(
    records: pl.DataFrame, accruals: Sequence[Accrual]
) -> tuple[dict[tuple[str, str], BankReport], list[str]]:
    """Return the imported reports by program and period, and a question for each that has no place.

    A report is of the period that most of its lines are dated in, or that it
    names. Where a period has two reports, or a report may be of two programs,
    a person must say.
    """
    found: dict[tuple[str, str], BankReport] = {}
    asked: list[str] = []
    for (document,), lines in records.sort("document", "line").group_by("document", maintain_order=True):
        fits = _periods_of(lines, accruals)
        if not fits:
            asked.append(
                f"{document}: of which period is this report? compare it with --bank {document} --period LABEL"
            )
        elif len(fits) > 1:
            names = ", ".join(program for program, _ in fits)
            asked.append(
                f"{document}: of which program is this report, {names}? compare it with --bank {document} --of PROGRAM"
            )
        elif fits[0] in found:
            other = found[fits[0]].name
            asked.append(
                f"{document}: {fits[0][1]} has another report, {other}; undo the import of the one that was replaced"
            )
        else:
            found[fits[0]] = report_of(lines, str(document))
    return found, asked


def _periods_of(lines: pl.DataFrame, accruals: Sequence[Accrual]) -> list[tuple[str, str]]:
    """Return, of each program, the period that most lines are of."""
    named = lines["period"].drop_nulls().map_elements(_label, return_dtype=pl.String)
    most: dict[str, tuple[int, str]] = {}
    for accrual in accruals:
        period = accrual.period
        count = int((named == period.label).sum()) or int(lines["date"].is_between(period.first, period.last).sum())
        if count > most.get(accrual.program.id, (0, ""))[0]:
            most[accrual.program.id] = (count, period.label)
    return [(program, label) for program, (_, label) in most.items()]


def _label(text: str) -> str:
    """Return `Q2 2026`, `2Q26` or `2026-Q2` as `2026Q2`; any other text as it is."""
    plain = re.sub(r"[\s/_-]", "", text).upper()
    for pattern in (
        r"(?P<year>\d{4}|\d\d)Q(?P<part>[1-4])",
        r"Q(?P<part>[1-4])(?P<year>\d{4}|\d\d)",
        r"(?P<part>[1-4])Q(?P<year>\d{4}|\d\d)",
    ):
        if match := re.fullmatch(pattern, plain):
            return f"{int(match['year']) % 100 + 2000}Q{match['part']}"
    return text.strip()


def _rate(text: pl.Expr) -> pl.Expr:
    """Return a rate in basis points, as `100`, `50 bps` or `1.00%`; null where it is none."""
    number = text.str.replace_all(r"[%\s]|(?i:bps)", "").cast(pl.Decimal(18, 4), strict=False)
    return (number * pl.when(text.str.contains("%")).then(100).otherwise(1)).cast(pl.Decimal(18, 4))

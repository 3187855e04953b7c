"""Each cent of an accrual down to its lines."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pcard.money import show_cents
from pcard.rebate.accruals import Accrual
from pcard.rebate.figures import Part
from pcard.rebate.tiers import four_decimals
from pcard.schema import Table, columns

# What each charge of a part adds to it, and what of a period does not count.
LINES_OF_PART = Table(
    "lines_of_part", columns("transaction_id! day:date! kind! volume:money! amount:money!"), ("transaction_id",)
)
EXCLUSIONS = Table("exclusions", columns("excluded! kind! count:count! volume:money!"), ("excluded", "kind"))


@dataclass(frozen=True)
class Explanation:
    """A figure as a sum: the parts add up to it; `lines` are what a single part was earned on.

    `lines` (LINES_OF_PART): what each adds to the part; the cents that rounding
    leaves go to the largest remainders; zero where the volume they net to is zero.
    """

    title: str
    total_cents: int
    parts: tuple[Part, ...]
    lines: pl.DataFrame

    def text(self) -> str:
        """Return the sum as lines of text, one a part, and the total."""
        rows = [(part.name, show_cents(part.amount_cents), _formula(part)) for part in self.parts]
        rows.append(("total", show_cents(self.total_cents), ""))
        name_width, amount_width = (max(len(row[index]) for row in rows) for index in (0, 1))
        listed = (f"  {name:<{name_width}}  {amount:>{amount_width}}  {words}".rstrip() for name, amount, words in rows)
        return "\n".join((self.title, *listed)) + "\n"


def explain(accrual: Accrual, part_name: str | None = None) -> Explanation:
    """Explain an accrual's total, or one part of it down to its transactions.

    Raises:
        KeyError: the accrual has no such part.
    """
    title = (
        f"{accrual.program.terms.program.title}, {accrual.period.label} (rounded half-up to the cent, each part once)"
    )
    if part_name is None:
        return Explanation(title, accrual.total_cents, accrual.earned.parts, LINES_OF_PART.empty())
    part = next((each for each in accrual.earned.parts if each.name == part_name), None)
    if part is None:
        raise KeyError(part_name)
    lines = accrual.counted if part.role != "bucket" else accrual.counted.filter(pl.col("bucket") == part_name)
    return Explanation(f"{title}: {part_name}", part.amount_cents, (part,), _with_amounts(lines, part.amount_cents))


def how_counted(accrual: Accrual, transaction_id: str) -> str:
    """Say how one transaction is counted in an accrual: its bucket and volume, or why it does not count."""
    found = accrual.lines.filter(pl.col("transaction_id") == transaction_id)
    if found.is_empty():
        return f"it is not dated in {accrual.period.label}"
    line = found.row(0, named=True)
    if line["excluded"] is not None:
        return str(line["excluded"])
    return f"{show_cents(line['volume_cents'])} in the bucket {line['bucket']}"


def _with_amounts(lines: pl.DataFrame, amount_cents: int) -> pl.DataFrame:
    """Share a part's amount among its lines in proportion to their volume; refunds take back what they earned."""
    volumes = lines["volume_cents"].to_list()
    whole = sum(volumes)
    amounts = _signed_shares(amount_cents, volumes, whole) if whole else [0] * len(volumes)
    columns = lines.select("transaction_id", "day", "kind", "volume_cents")
    return columns.with_columns(pl.Series("amount_cents", amounts, pl.Int64))


def _signed_shares(amount_cents: int, volumes: list[int], whole: int) -> list[int]:
    """Return floor shares of every line, below zero for refunds, and the cents left by largest remainder."""
    parts = [amount_cents * volume // whole for volume in volumes]
    remainders = [
        amount_cents * volume % whole if whole > 0 else -(amount_cents * volume % whole) for volume in volumes
    ]
    left = amount_cents - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[:left]:
        parts[index] += 1
    return parts


def _formula(part: Part) -> str:
    if part.bps is None:
        return f"{show_cents(part.base_cents)}: {part.words}"
    rate = f"{four_decimals(part.bps):f}".rstrip("0").rstrip(".")
    return f"{show_cents(part.base_cents)} at {rate or '0'} bps: {part.words}"

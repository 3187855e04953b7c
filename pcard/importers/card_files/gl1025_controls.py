"""American Express headers, trailers and summaries beside the sums of the transactions they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import polars as pl

from pcard.frames import Control
from pcard.importers.bank_files.ofx_amounts import total
from pcard.importers.card_files.brand_cells import count_control, implied, implied_value, sum_control

_SUMMED = ("market", "sign", "billed", "decimals", "neutral", "neutral_decimals")


def controls(data: Mapping[str, pl.DataFrame], other_lines: int) -> Iterator[Control]:
    """Yield the counts and sums that header and trailer (0, 9), markets (8) and card members (2) state.

    `data` has the fields of each record type; `other_lines` counts the rest.
    """
    lines, summaries = data["1"].select(_SUMMED), data["2"]
    everything = sum(frame.height for frame in data.values()) + other_lines
    # The file adds up in its neutral currency; rows without such an amount have it in their own.
    ways = [_signed(lines, "neutral", "neutral_decimals"), _signed(lines, "billed", "decimals")]
    for name, record in (("header", "0"), ("trailer", "9")):
        for row in data[record].iter_rows(named=True):
            yield count_control(f"{name}, records", row["records"], everything)
            yield count_control(f"{name}, transactions", row["count"], lines.height)
            yield sum_control(f"{name}, sum of amounts", _stated(row, "sign", "total"), [total(way) for way in ways])
    for row in data["8"].iter_rows(named=True):
        own = lines.filter(pl.col("market").eq_missing(pl.lit(row["market"], pl.String)))
        # Summaries do not name their market: they count where there is but one.
        count = own.height + (summaries.height if data["8"].height == 1 else 0)
        if data["8"].height == 1 or summaries.is_empty():
            yield count_control(f"market {row['market']}, records", row["records"], count)
        stated = _stated(row, "sign", "total")
        yield sum_control(
            f"market {row['market']}, sum of amounts", stated, [total(_signed(own, "billed", "decimals"))]
        )
    if summaries.height:
        yield from _by_member(lines, summaries)


def _by_member(lines: pl.DataFrame, summaries: pl.DataFrame) -> Iterator[Control]:
    for name, sign, negative in (("debits", "debit_sign", False), ("credits", "credit_sign", True)):
        stated = sum((_stated(row, sign, name) or Decimal(0) for row in summaries.iter_rows(named=True)), Decimal(0))
        own = lines.filter((pl.col("sign") == "-") == negative)
        yield sum_control(f"card members, {name}", abs(stated), [abs(total(_signed(own, "billed", "decimals")))])


def _signed(lines: pl.DataFrame, amount: str, decimals: str) -> pl.Series:
    written = implied(pl.col(amount), pl.col(decimals), pl.col("sign") == "-")
    return lines.select(written.alias(amount)).to_series()


def _stated(row: Mapping[str, str | None], sign: str, name: str) -> Decimal | None:
    value = implied_value(row[name], row["decimals"])
    return -value if value is not None and row[sign] == "-" else value

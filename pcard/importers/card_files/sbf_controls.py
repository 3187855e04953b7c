"""U.S. Bank's header and trailers beside the sums of the transactions they speak of."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from pcard.frames import Control
from pcard.importers.bank_files.ofx_amounts import total
from pcard.importers.card_files.brand_cells import count_control, sum_control


def controls(
    headers: pl.DataFrame, lines: pl.DataFrame, cards: pl.DataFrame, trailers: pl.DataFrame
) -> Iterator[Control]:
    """Yield the counts and sums that header (01) and trailers (95, 98) state.

    `lines` has every transaction, `amount` and `negative` among its columns.
    Some files leave payments out of debits and credits: either sum may agree.
    """
    lines = lines.select("line", "amount", "negative", "merchant")
    counts = [pl.col("count").cast(pl.Int64, strict=False).sum()]
    for name, frame in (("header", headers), ("trailer", trailers)):
        yield count_control(f"{name}, transactions", str(frame.select(counts).item()), lines.height)
    for name, negative in (("debits", False), ("credits", True)):
        stated = sum((_figure(text) or Decimal(0) for text in trailers[name]), Decimal(0))
        yield sum_control(f"trailer, {name}", stated, _ways(lines, negative=negative))
    yield from _by_card(lines, cards)


def _by_card(lines: pl.DataFrame, cards: pl.DataFrame) -> Iterator[Control]:
    """Yield one figure for all card trailers that agree, and one for each that does not."""
    ends = cards.select("line", pl.col("line").alias("end")).sort("line")
    owned = lines.sort("line").join_asof(ends, on="line", strategy="forward")
    groups = {int(key[0]): one for key, one in owned.partition_by("end", as_dict=True).items() if key[0]}
    wrong: list[Control] = []
    for line, count, debits, credit in cards.select("line", "count", "debits", "credits").iter_rows():
        own = groups.get(line, lines.clear())
        figures = (
            count_control(f"card trailer on line {line}, transactions", count, own.height),
            sum_control(f"card trailer on line {line}, debits", _figure(debits), _ways(own, negative=False)),
            sum_control(f"card trailer on line {line}, credits", _figure(credit), _ways(own, negative=True)),
        )
        wrong += [one for one in figures if not one.agrees]
    yield Control("figures of card trailers that agree", str(3 * cards.height), str(3 * cards.height - len(wrong)))
    yield from wrong


def _ways(lines: pl.DataFrame, *, negative: bool) -> list[Decimal]:
    side = lines.filter(pl.col("negative") == negative)
    pays = side["merchant"].str.to_uppercase().str.contains(r"\b(?:PAYMENT|PYMT)\b").fill_null(value=False)
    return [abs(total(side["amount"])), abs(total(side.filter(~pays)["amount"]))]


def _figure(text: str | None) -> Decimal | None:
    """Return the size of a signed figure with a point; the sign says debit or credit, which its place says already."""
    digits = (text or "").strip().lstrip("+-")
    return Decimal(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else None

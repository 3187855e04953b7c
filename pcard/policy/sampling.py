"""An auditor's sample of charges: drawn by a seed that anybody can draw it by again, judged once it was looked at.

The order of a draw is that of SHA-256 over the seed and each charge's id: it needs no generator of random numbers, and
the order of the rows changes nothing. A random sample gives each charge the same chance; a monetary-unit sample each
cent, so that a charge as large as the interval is always in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal, TypeAlias

import polars as pl

from pcard.money import allocate
from pcard.schema import Table, columns

Method: TypeAlias = Literal["random", "money"]
ALL = "all"
RESULTS = ("ok", "exception")
# The worksheet; an auditor fills in the last three columns. `units`: how many monetary units of the charge were drawn.
SAMPLE = Table(
    "sample",
    columns(
        "sample! no:count! transaction_id! stratum! units:count! date:date posted:date! merchant! card cardholder site"
        " amount:money! result audited:money note"
    ),
    ("no",),
)


@dataclass(frozen=True)
class Stratum:
    """A part of the population: how many charges and how much money."""

    charges: int
    cents: int


@dataclass(frozen=True)
class Drawn:
    """A sample as drawn: the worksheet (SAMPLE), and what must be known of the population to judge it later.

    `left_out` counts charges that no monetary unit can stand for: credits and charges of nothing.
    """

    name: str
    method: Method
    seed: str
    strata: Mapping[str, Stratum]
    interval_cents: int | None
    left_out: int
    rows: pl.DataFrame

    @property
    def seal(self) -> str:
        """Return letters that stand for the charges drawn, to tell a returned worksheet by."""
        return sealed(self.rows["transaction_id"].to_list())


def sealed(ids: Sequence[str]) -> str:
    """Return sixteen letters made from ids, whatever their order."""
    digits = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:16]
    return digits.translate(str.maketrans("0123456789", "ghijklmnop"))


def draw_random(charges: pl.DataFrame, size: int, seed: str, by: str | None = None) -> Drawn:
    """Draw `size` charges, each with the same chance; with `by` (a column) in proportion from each of its values.

    A stratum gives its share by largest remainder, one charge at the least.
    """
    ordered = _in_order_of(seed, charges)
    strata = ordered.with_columns(stratum=pl.col(by).fill_null("none") if by else pl.lit(ALL))
    parts = strata.group_by("stratum").agg(pl.len(), pl.col("amount_cents").sum()).sort("stratum").rows()
    shares = allocate(min(size, charges.height), [count for _, count, _ in parts]) if parts else []
    taken = {
        name: min(count, max(share, 1)) for (name, count, _), share in zip(parts, shares, strict=True) if size and count
    }
    limits = pl.col("stratum").replace_strict(taken, return_dtype=pl.Int64, default=0)
    rows = strata.filter(pl.int_range(pl.len()).over("stratum") < limits).with_columns(units=pl.lit(1, pl.Int32))
    sizes = {name: Stratum(count, cents) for name, count, cents in parts}
    return _drawn("random", seed, sizes, None, 0, rows.sort("stratum", "place"))


def draw_money(charges: pl.DataFrame, size: int, seed: str) -> Drawn:
    """Draw about `size` monetary units at a fixed interval from a random start, over charges in random order."""
    positive = _in_order_of(seed, charges.filter(pl.col("amount_cents") > 0))
    total = int(positive["amount_cents"].sum())
    interval = max(total // size, 1)
    start = 1 + _number(seed, "start") % interval
    drawn = [_units(reached, start, interval) for reached in accumulate(positive["amount_cents"], initial=0)]
    units = [after - before for before, after in pairwise(drawn)]
    rows = positive.with_columns(pl.Series("units", units, pl.Int32), stratum=pl.lit(ALL)).filter(pl.col("units") > 0)
    sizes = {ALL: Stratum(positive.height, total)}
    return _drawn("money", seed, sizes, interval, charges.height - positive.height, rows.sort("place"))


def _units(reached: int, start: int, interval: int) -> int:
    """Return how many drawn units lie at or below an amount."""
    return 0 if reached < start else (reached - start) // interval + 1


def _in_order_of(seed: str, charges: pl.DataFrame) -> pl.DataFrame:
    places = [_digest(seed, each) for each in charges["transaction_id"]]
    return charges.with_columns(pl.Series("place", places, pl.String)).sort("place")


def _digest(seed: str, text: str) -> str:
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()


def _number(seed: str, text: str) -> int:
    return int(_digest(seed, text), 16)


def _drawn(
    method: Method,
    seed: str,
    strata: Mapping[str, Stratum],
    interval: int | None,
    left_out: int,
    rows: pl.DataFrame,
) -> Drawn:
    ids = rows["transaction_id"].to_list()
    name = f"S-{sealed([method, seed, str(interval), *ids])[:8]}"
    numbered = rows.with_columns(pl.lit(name).alias("sample"), pl.int_range(1, pl.len() + 1).cast(pl.Int32).alias("no"))
    return Drawn(name, method, seed, strata, interval, left_out, SAMPLE.of(numbered))

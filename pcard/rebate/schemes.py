"""The door for contracts that no option covers: `pcard.rebate_schemes`, and the built-in scheme behind it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from pcard.extensions import load
from pcard.money import at_rate
from pcard.periods import Period
from pcard.rebate.figures import Part
from pcard.rebate.program_checks import SCHEMES
from pcard.rebate.programs import Program, cited


def scheme_parts(program: Program, transactions: pl.DataFrame, rows: pl.DataFrame, period: Period) -> tuple[Part, ...]:
    """Return what a program's scheme earns in a period, `rows` being its transactions sorted out.

    The scheme is given every transaction that counts up to the period's end,
    with `day`, `bucket`, `volume_cents`, `period_first` and `period_last`
    beside its columns.
    """
    scheme = program.terms.scheme
    if scheme is None:
        return ()
    counted = rows.filter(pl.col("excluded").is_null() & (pl.col("day") <= period.last)).select(
        "transaction_id",
        "day",
        pl.col("bucket").cast(pl.String),
        "volume_cents",
        period_first=pl.lit(period.first),
        period_last=pl.lit(period.last),
    )
    given = counted.join(transactions, on="transaction_id", how="left", maintain_order="left")
    found = load(SCHEMES, scheme.use).accrue(given, scheme.settings)
    words = f"the scheme {scheme.use}"
    return tuple(
        Part(name, "scheme", volume, None if bps is None else Fraction(bps), amount, words, cited(scheme.cite))
        for name, volume, bps, amount in found.select("bucket", "volume_cents", "rate_bps", "amount_cents")
        .sort("bucket")
        .iter_rows()
    )


class Growth:
    """Pays basis points on the volume above that of the same days a year before.

    Settings: `bps`, and `least_bps`, the growth in basis points of the earlier
    volume below which nothing is paid. Without volume a year before nothing is.
    """

    name = "growth"

    def accrue(self, transactions: pl.DataFrame, terms: Mapping[str, Any]) -> pl.DataFrame:
        """Return one row, the bucket `growth`: the volume grown by, the rate, the amount."""
        now = transactions.filter(pl.col("day").is_between(pl.col("period_first"), pl.col("period_last")))
        year_ago = pl.col("day").dt.offset_by("1y")
        before = transactions.filter(year_ago.is_between(pl.col("period_first"), pl.col("period_last")))
        earlier = int(before["volume_cents"].sum())
        grown = max(int(now["volume_cents"].sum()) - earlier, 0)
        bps, least = Decimal(str(terms.get("bps", 0))), Decimal(str(terms.get("least_bps", 0)))
        pays = earlier > 0 and grown * 10_000 >= earlier * least
        amount = at_rate(grown, bps) if pays else 0
        return pl.DataFrame(
            {"bucket": ["growth"], "volume_cents": [grown], "rate_bps": [bps], "amount_cents": [amount]},
            schema={
                "bucket": pl.String,
                "volume_cents": pl.Int64,
                "rate_bps": pl.Decimal(18, 4),
                "amount_cents": pl.Int64,
            },
        )

"""Shares: whose purchases earned the rebate, by site and fund, to the last cent."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.frames import SHARES
from pcard.money import allocate, show_cents
from pcard.rebate.accruals import Accrual
from pcard.rebate.clauses import Allocation
from pcard.rebate.programs import Program


def apportion(accrual: Accrual, allocations: pl.DataFrame, program: Program) -> pl.DataFrame:
    """Return SHARES: the accrual's total by largest remainder of eligible net volume.

    A transaction's volume follows its ALLOCATIONS lines; what they leave stands
    under no site and no fund. A site with more refunds than purchases has no
    weight. Ties go in the order of site and fund. Where nobody has weight (a
    floor paid on no volume), the whole stands under no site and no fund. Then
    the program's redirections put a fund's shares under the fund that gets them.
    """
    by: list[str] = [*dict.fromkeys(program.terms.allocation.by)]
    weights = _weights(accrual, allocations, by)
    total = accrual.total_cents
    if total and not (weights["volume_cents"] > 0).any():
        weights = pl.concat([weights, _of_nobody(by, 0)]).group_by(by).agg(pl.col("volume_cents").sum())
        nameless = pl.all_horizontal(pl.col(name).is_null() for name in by)
        shared = weights.with_columns(share_cents=pl.when(nameless).then(total).otherwise(0).cast(pl.Int64))
    else:
        shared = weights.with_columns(
            pl.Series("share_cents", allocate(total, weights["volume_cents"].to_list()), pl.Int64)
        )
    shared = _redirected(shared, program.terms.allocation, by)
    return SHARES.of(shared.with_columns(program_id=pl.lit(program.id), period=pl.lit(accrual.period.label)))


def by_the_charge(allocations: pl.DataFrame, transactions: pl.DataFrame) -> pl.DataFrame:
    """Take from ALLOCATIONS the sites, and their funds, that only the card names.

    A share goes to whose purchase earned it. The site that a card is at home in
    says who holds the card; what neither the coding nor the charge itself gives
    a site stands under none, and is asked about.
    """
    of_card = pl.col("source") == "card"
    if not allocations.select(of_card.any()).item():
        return allocations
    funds = transactions.select("transaction_id", "fund_from")
    named = allocations.join(funds, on="transaction_id", how="left", maintain_order="left")
    own_fund = pl.when(~of_card | (pl.col("fund_from") != "site").fill_null(value=False)).then("fund")
    return named.with_columns(site=pl.when(~of_card).then("site"), fund=own_fund).drop("fund_from")


def siteless(shares: pl.DataFrame) -> Iterator[str]:
    """Yield a question for each program's period with volume that names no site."""
    for program, period, volume in (
        shares.filter(pl.col("site").is_null() & (pl.col("volume_cents") != 0))
        .group_by("program_id", "period")
        .agg(pl.col("volume_cents").sum())
        .sort("program_id", "period")
        .iter_rows()
    ):
        yield (
            f"{program} {period}: {show_cents(volume)} of the volume names no site, in its coding or itself "
            "(a card's own site is not taken): code those charges"
        )


def federal_funds(allocation: Allocation) -> tuple[str, ...]:
    """Return the funds whose part goes back to its award: those listed, unless the terms say `as_others`."""
    return allocation.federal if allocation.federal_funds == "return_to_award" else ()


def _redirected(shared: pl.DataFrame, allocation: Allocation, by: list[str]) -> pl.DataFrame:
    """Put each share under the fund that gets it; what is federal or kept stays where it was earned."""
    if "fund" not in by or not (allocation.redirect or allocation.others):
        return shared
    stays = pl.col("fund").is_in([*federal_funds(allocation), *allocation.keep])
    named = pl.col("fund").replace(allocation.redirect)
    told = pl.col("fund").is_in(list(allocation.redirect)) | (allocation.others is None)
    gets = pl.when(stays).then("fund").when(told).then(named).otherwise(pl.coalesce(pl.lit(allocation.others), "fund"))
    return shared.with_columns(fund=gets).group_by(by).agg(pl.col("volume_cents", "share_cents").sum())


def placed(allocations: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add to ALLOCATIONS `row`, the place of its transaction among `rows`: looked up once, for any number of accruals.

    Both are sorted by transaction; lines of transactions that are not there are left out.
    """
    if allocations["transaction_id"].equals(rows["transaction_id"]):
        return allocations.with_row_index("row")
    numbered = rows.select("transaction_id").with_row_index("row")
    return allocations.join(numbered, on="transaction_id", maintain_order="left")


def _weights(accrual: Accrual, allocations: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Sum eligible net volume by site and fund, in their order; what no line allocates under none."""
    if "row" not in allocations.columns:
        allocations = placed(allocations, accrual.rows)
    counts = accrual.rows.select(accrual.counts.fill_null(value=False).alias("counts"), "volume_cents")
    parts = allocations.filter(counts["counts"].gather(allocations["row"])).select(*by, volume_cents="amount_cents")
    whole = int(counts.filter("counts")["volume_cents"].sum())
    rest = whole - int(parts["volume_cents"].sum())
    if rest:
        parts = pl.concat([parts, _of_nobody(by, rest)])
    return parts.group_by(by).agg(pl.col("volume_cents").sum()).sort(by, nulls_last=True)


def _of_nobody(by: list[str], volume_cents: int) -> pl.DataFrame:
    nobody = [pl.lit(None, pl.String).alias(name) for name in by]
    return pl.select(*nobody, volume_cents=pl.lit(volume_cents, pl.Int64))

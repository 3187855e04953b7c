"""Our lines of a period against the bank's: which are the same charge, and what each side makes of it."""

from __future__ import annotations

import polars as pl

from pcard.rebate.eligibility import NEVER

_KEYS = ("transaction_id", "id", "reference")


def pair_lines(lines: pl.DataFrame, transactions: pl.DataFrame, bank: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of EXPLAINED: every line that both sides do not count alike.

    `lines` are LINES of the period, `bank` REPORT_LINES with the `bucket` each
    type is. A charge is found by its reference, else by amount and day, each
    once. A line that stands in two buckets gives two rows, so that the volumes
    of a bucket sum to the difference.
    """
    ours = (
        lines.filter(~pl.col("kind").is_in(list(NEVER)))
        .select("transaction_id", "bucket", "volume_cents", "excluded")
        .join(
            transactions.select("transaction_id", "id", "reference", "date", "posted", "merchant"), on="transaction_id"
        )
    )
    pairs = _paired(ours, bank)
    both = pairs.join(ours, on="transaction_id").join(
        bank.select("line", "amount_cents", bank_bucket="bucket"), on="line"
    )
    only_ours = ours.join(pairs, on="transaction_id", how="anti").filter(pl.col("excluded").is_null())
    only_bank = bank.join(pairs, on="line", how="anti")
    known = transactions.select(reference="transaction_id").vstack(transactions.select(reference="id"))
    elsewhere = pl.col("reference").is_in(known["reference"].drop_nulls().implode()).fill_null(value=False)
    return pl.concat(
        [
            *_unlike(both),
            _rows(only_ours, "bucket", pl.col("volume_cents"), pl.col("volume_cents"), pl.lit("missing in the bank's report")),
            _rows(
                only_bank, "bucket", -pl.col("amount_cents"), pl.col("amount_cents"),
                pl.when(elsewhere).then(pl.lit("the bank counts it here, we in another period"))
                .otherwise(pl.lit("in the bank's report, not among our charges of the period")),
            ),
        ]
    )  # fmt: skip


def _paired(ours: pl.DataFrame, bank: pl.DataFrame) -> pl.DataFrame:
    """Return transaction_id and line of the same charge: by reference, then by amount and purchase day, then posting day."""
    pairs = pl.DataFrame(schema={"transaction_id": pl.String, "line": bank.schema["line"]})
    by_reference = pl.concat(
        [ours.select("transaction_id", reference=pl.col(key), rank=pl.lit(rank)) for rank, key in enumerate(_KEYS)]
    ).drop_nulls("reference")
    found = by_reference.join(bank.select("line", "reference"), on="reference").sort("rank", "transaction_id", "line")
    pairs = pairs.vstack(_each_once(found))
    for day in ("date", "posted"):
        rest = _numbered(ours.join(pairs, on="transaction_id", how="anti"), day, "volume_cents", "transaction_id")
        left = _numbered(bank.join(pairs, on="line", how="anti"), "date", "amount_cents", "line")
        found = rest.join(left, on=["day", "cents", "nth"]).sort("transaction_id")
        pairs = pairs.vstack(found.select("transaction_id", "line"))
    return pairs


def _each_once(found: pl.DataFrame) -> pl.DataFrame:
    first = found.unique("transaction_id", keep="first", maintain_order=True)
    return first.unique("line", keep="first", maintain_order=True).select("transaction_id", "line")


def _numbered(frame: pl.DataFrame, day: str, cents: str, key: str) -> pl.DataFrame:
    """Number equal charges of a day, so that each is found once."""
    named = frame.select(key, day=pl.col(day), cents=pl.col(cents)).drop_nulls("day").sort(key)
    return named.with_columns(nth=pl.int_range(pl.len()).over("day", "cents"))


def _unlike(both: pl.DataFrame) -> list[pl.DataFrame]:
    """Return what differs of charges both sides have: what we count of it, and what the bank counts of it."""
    counts = pl.col("excluded").is_null()
    apart = ~counts | (pl.col("bucket") != pl.col("bank_bucket"))
    other_bucket = pl.format("the bank has it as {}, by the contract it is {}", "bank_bucket", "bucket")
    why = pl.when(counts).then(other_bucket).otherwise(pl.format("the bank counts it; by the contract: {}", "excluded"))
    moved = both.filter(apart)
    amount = both.filter(~apart & (pl.col("volume_cents") != pl.col("amount_cents")))
    changed = pl.col("volume_cents") - pl.col("amount_cents")
    return [
        _rows(moved.filter(counts), "bucket", pl.col("volume_cents"), pl.col("volume_cents"), why),
        _rows(moved, "bank_bucket", -pl.col("amount_cents"), pl.col("amount_cents"), why),
        _rows(amount, "bucket", changed, pl.col("volume_cents"), pl.lit("the bank has another amount")),
    ]


def _rows(frame: pl.DataFrame, bucket: str, volume: pl.Expr, amount: pl.Expr, why: pl.Expr) -> pl.DataFrame:
    """Return rows of EXPLAINED without the columns that one side lacks."""
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in (("transaction_id", pl.String), ("line", pl.Int32))
        if name not in frame.columns
    ]
    return frame.with_columns(absent).select(
        pl.col(bucket).alias("bucket"), "transaction_id", pl.col("line").cast(pl.Int32), "date", "merchant",
        amount_cents=amount, volume_cents=volume, why=why,
    )  # fmt: skip

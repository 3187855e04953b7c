"""Which bucket each transaction belongs to, and why a transaction does not count."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pcard.frames import ENRICHED, KINDS
from pcard.rebate.programs import Program
from pcard.schema import Table, columns

# Money that moves between the bank and the district; never part of any volume.
NEVER = {"payment": "payments never count", "transfer": "transfers never count", "rebate": "rebates never count"}
MEMO = "a memo line, counted elsewhere"
NO_BUCKET = "no bucket of the contract takes it"
OUT_OF_FORCE = "outside the days these terms are in force"

# One row per transaction; it counts where `excluded` is null. `bucket` is also set where an excluded
# transaction would have gone, null where nothing would take it.
LINES = Table(
    "rebate_lines", columns("transaction_id! day:date! kind! bucket volume:money! excluded"), ("transaction_id",)
)

_FLAG, _AMOUNT = "txn.large_ticket", "txn.amount"
_COLUMNS = {f"txn.{column.name}": column for column in ENRICHED.columns}


def sort_out(transactions: pl.DataFrame, program: Program, cycles: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the rows of LINES: each transaction's day as the contract dates it, its bucket, or why it does not count.

    Kind, bucket and reason are enumerations, which are far less to group and
    copy than words; `as_lines` makes LINES of rows of it.
    `cycles` (CYCLES) gives the closing days for a contract dated by statement;
    without it the end of the month a cycle is named for stands in.
    """
    view = pl.DataFrame([_column(transactions, name) for name in sorted(fields_asked(program))])
    bucket, excluded = bucket_and_reason(view, program)
    in_force = pl.col("day").is_between(program.effective.first, program.effective.last)
    moved = pl.col("kind").is_in(list(NEVER))
    reasons = reasons_of(program)
    lines = transactions.select(
        "transaction_id", "memo", bucket, excluded, kind=pl.col("kind").cast(pl.Enum(transactions["kind"].unique().sort())),
        day=_day(transactions, program.terms.program.dated_by, cycles), volume_cents="amount_cents",
    ).with_columns(
        bucket=pl.when(~pl.col("memo")).then("bucket"),
        excluded=pl.when(moved).then("excluded").otherwise(
            pl.coalesce(_first([(pl.col("memo"), MEMO), (~in_force, OUT_OF_FORCE)], reasons), "excluded")
        ),
    ).select(*LINES.schema)  # fmt: skip
    return lines if lines["transaction_id"].is_sorted() else lines.sort("transaction_id")


def as_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Return LINES of rows that `sort_out` gave."""
    return rows.cast({name: pl.String() for name in ("kind", "bucket", "excluded")})


def reasons_of(program: Program) -> pl.Enum:
    """Return every reason for which a transaction may not count."""
    words = (exclusion.words for exclusion in program.exclusions)
    return pl.Enum(list(dict.fromkeys([MEMO, OUT_OF_FORCE, *map(_reason_of_kind, KINDS), *words, NO_BUCKET])))


def _reason_of_kind(kind: str) -> str:
    return NEVER.get(kind, f"{kind} does not count in this contract")


def bucket_and_reason(view: pl.DataFrame, program: Program) -> tuple[pl.Series, pl.Series]:
    """Return `bucket` and `excluded` as enumerations, for a frame whose columns are named as conditions name them."""
    moved = pl.col("txn.kind").is_in(list(NEVER))
    holds = [_holds(view, program, index) for index in range(len(program.buckets))]
    names = [bucket.id for bucket in program.buckets]
    bucket = _first(zip(holds, names, strict=True), pl.Enum(names))
    view = view.with_columns(bucket=pl.when(~moved).then(bucket))
    included = program.terms.eligible.include
    left_out = [kind for kind in KINDS if kind in NEVER or kind not in included]
    reasons = [
        *((pl.col("txn.kind") == kind, _reason_of_kind(kind)) for kind in left_out),
        *((exclusion.condition.expr, exclusion.words) for exclusion in program.exclusions),
        (pl.col("bucket").is_null(), NO_BUCKET),
    ]
    return view["bucket"], view.select(excluded=_first(reasons, reasons_of(program))).to_series()


def is_volume() -> pl.Expr:
    """Tell which LINES are charge volume at all: all but money moved, memo lines and other terms' days."""
    return ~pl.col("kind").is_in(list(NEVER)) & ~pl.col("excluded").is_in([MEMO, OUT_OF_FORCE]).fill_null(value=False)


def fields_asked(program: Program) -> frozenset[str]:
    """Return the fields that sorting out needs a column for."""
    conditions = [*program.bucket_conditions, *(exclusion.condition for exclusion in program.exclusions)]
    fields = frozenset({"txn.kind"}).union(*(condition.fields for condition in conditions if condition))
    return fields | {_FLAG} if _AMOUNT in fields else fields


def _holds(view: pl.DataFrame, program: Program, index: int) -> pl.Series | pl.Expr:
    """Return where a bucket's condition holds.

    The bank knows how a charge was processed. Where its own flag says that a
    charge was no large ticket, a rule that goes by the amount alone is not
    asked; a bucket named `large_ticket` follows the flag wherever it is given.
    """
    condition, flag = program.bucket_conditions[index], pl.col(_FLAG)
    if condition is None:
        return pl.lit(value=True)
    by_amount_alone = any(_AMOUNT in need and _FLAG not in need for need in condition.needs)
    if not by_amount_alone:
        return condition.expr
    if _FLAG in condition.fields:
        return view.with_columns(pl.when(flag.ne_missing(other=False)).then(_AMOUNT)).select(condition.expr).to_series()
    return pl.coalesce(flag, condition.expr) if program.buckets[index].id == "large_ticket" else condition.expr


def _first(choices: Iterable[tuple[pl.Series | pl.Expr, str]], words: pl.Enum) -> pl.Expr:
    """Return, row by row, the words of the first choice that applies; null where none does."""
    return pl.coalesce(pl.when(applies).then(pl.lit(word, words)) for applies, word in choices)


def _column(transactions: pl.DataFrame, name: str) -> pl.Series:
    """Return a transaction column under the name conditions have for it; null where the source lacks it."""
    column = _COLUMNS[name]
    if column.frame_name in transactions.columns:
        return transactions[column.frame_name].alias(name)
    return pl.Series(name, [None], column.kind.value).new_from_index(0, transactions.height)


def _day(transactions: pl.DataFrame, dated_by: str, cycles: pl.DataFrame | None) -> pl.Expr:
    """Return the day a contract counts a transaction by; the posting day where no cycle is known."""
    posted = pl.col("posted")
    if dated_by == "purchased":
        return pl.col("date")
    if dated_by == "posted" or "cycle" not in transactions.columns:
        return posted
    named = pl.col("cycle").str.slice(0, 7).str.to_date("%Y-%m", strict=False).dt.month_end()
    if cycles is None or cycles.is_empty():
        return pl.coalesce(named, posted)
    closed = pl.col("cycle").replace_strict(cycles["cycle"], cycles["closed"], default=None)
    return pl.coalesce(closed, named, posted)

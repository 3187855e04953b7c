"""Transactions that a file sends again, changes or deletes: which rows hold, and what a person should know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Skipped


def part_held(
    lines: pl.DataFrame, key: Sequence[str], *, replaces: pl.Expr, deletes: pl.Expr, told: tuple[pl.Expr, pl.Expr]
) -> tuple[pl.DataFrame, list[Skipped]]:
    """Part the rows that hold from those that delete, or that a later row of the same key replaces.

    `replaces` tells whether a row stands for those before it; `told` are the
    text and the amount by which a skipped row is listed.
    """
    # In most files no key comes twice: a hash tells, in a tenth of the memory.
    if not lines.select((pl.struct(key).hash().is_duplicated() | deletes).any()).item():
        return lines, []
    last = pl.int_range(pl.len()).over(key) == pl.len().over(key) - 1
    marked = lines.with_columns(
        pl.when(replaces.last().over(key) & ~last)
        .then(pl.format("sent again on line {}", pl.col("line").last().over(key)))
        .when(deletes)
        .then(pl.lit("the bank deletes a transaction"))
        .alias("reason")
    )
    gone = marked.filter(pl.col("reason").is_not_null()).select(
        "line", "reason", told[0].fill_null("").alias("text"), told[1].alias("amount")
    )
    return marked.filter(pl.col("reason").is_null()).drop("reason"), [Skipped(*row) for row in gone.iter_rows()]


def earlier_lines(document: Document, changed: pl.Series, deleted: pl.Series) -> Iterator[Fault]:
    """Yield a warning where rows (their lines) speak of transactions that an earlier file brought."""
    for lines, does in ((changed, "changes"), (deleted, "deletes")):
        if len(lines):
            message = f"the bank {does} transactions that an earlier file brought ({len(lines)} lines, this the first)"
            cure = "undo those lines if they were imported: pcard export refusals lists the deletions"
            yield Fault("earlier-line-changed", document.place(lines[0]), message, cure, warning=True)

"""Rows that are sent again, changed or deleted: which hold, and one warning for all of a kind."""

from __future__ import annotations

import polars as pl

from pcard.documents import Document
from pcard.importers.resent import earlier_lines, part_held


def test_a_later_row_holds_where_it_replaces_and_a_deletion_holds_nowhere() -> None:
    lines = pl.DataFrame(
        [(1, "a", "A"), (2, "b", "A"), (3, "a", "U"), (4, "b", "A"), (5, "c", "D"), (6, None, "U"), (7, None, "U")],
        {"line": pl.Int32, "id": pl.String, "code": pl.String},
        orient="row",
    )
    held, skipped = part_held(
        lines,
        ("id",),
        replaces=pl.col("id").is_not_null() & (pl.col("code") == "U"),
        deletes=pl.col("code") == "D",
        told=(pl.col("id"), pl.lit("1.00")),
    )
    assert held.columns == lines.columns
    assert held["line"].to_list() == [2, 3, 4, 6, 7]
    assert [(one.line, one.reason, one.text, one.amount) for one in skipped] == [
        (1, "sent again on line 3", "a", "1.00"),
        (5, "the bank deletes a transaction", "c", "1.00"),
    ]


def test_one_warning_for_all_changes_and_one_for_all_deletions() -> None:
    none, some = pl.Series([], dtype=pl.Int32), pl.Series([3, 9], dtype=pl.Int32)
    document = Document("a.vcf", b"", "")
    assert not list(earlier_lines(document, none, none))
    faults = list(earlier_lines(document, some, some))
    assert [fault.code for fault in faults] == ["earlier-line-changed"] * 2
    assert all(fault.warning and fault.place.line == 3 and "2 lines" in fault.message for fault in faults)

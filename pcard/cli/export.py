"""`pcard export WHAT`: any table, for a spreadsheet or a program."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import as_of_option, day, opened, reconciled, workspace_option
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from pcard.schema import Table
    from pcard.store.workspace import Workspace

RECORDED = ("transactions", "receipts", "orders", "statements", "bank_lines", "rebate_reports")
COMPUTED = ("matches", "candidates", "related", "liquidation", "virtual_cards", "flags", "accruals", "shares",
            "settlements", "returned")  # fmt: skip
REBATE = ("rebates_received", "return_journal")
STORED = ("decisions", "refusals")


@click.command(name="export")
@click.argument("what", type=click.Choice([*RECORDED, *COMPUTED, *REBATE, *STORED]))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet", "json", "xlsx"]),
    help="Default: the ending of --out, else csv.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The file; without it CSV or JSON goes to standard output."
)
@click.option("--cycle", help="Only this cycle's transactions.")
@as_of_option
@workspace_option
@answering
def command(
    what: str, form: str | None, out: Path | None, cycle: str | None, as_of: datetime | None, root: Path | None
) -> Answer:
    """Export a table as CSV, Parquet, JSON or XLSX."""
    with opened(root) as workspace:
        frame, table = table_of(workspace, what, day(as_of))
    if cycle and "cycle" in frame.columns:
        frame = frame.filter(frame["cycle"] == cycle)
    if out:
        write_table(frame, table, out, form)
        facts = {"table": what, "rows": frame.height, "out": str(out)}
        return Answer(facts, [f"{frame.height:,} rows of {what} written to {out}."])
    return _to_stdout(frame, table, what, form or "csv")


def _to_stdout(frame: pl.DataFrame, table: Table, what: str, form: str) -> Answer:
    from pcard.reports.tables import render_table

    if form not in {"csv", "json"}:
        raise click.UsageError(f"{form} is not text: name a file with --out")
    content = render_table(frame, table, form)
    facts = {"table": what, "rows": table.as_text(frame).to_dicts()}
    return Answer(facts, show=lambda: (sys.stdout.buffer.write(content), sys.stdout.flush(), None)[-1])


def table_of(workspace: Workspace, what: str, as_of: date) -> tuple[pl.DataFrame, Table]:
    """Return a table of the workspace with its schema."""
    from pcard import frames

    if what == "decisions":
        return workspace.decisions(), frames.DECISIONS
    if what == "refusals":
        return workspace.refusals(), frames.REFUSALS
    result = reconciled(workspace, None, as_of)
    if what == "rebates_received":
        return result.conclusions.received, frames.REBATES_RECEIVED
    if what == "return_journal":
        from pcard.rebate.awards import RETURN_JOURNAL, return_journal

        return return_journal(result.conclusions.returned, result.rules.rebate_facts.stated.accounts), RETURN_JOURNAL
    if what in RECORDED:
        table = frames.ENRICHED if what == "transactions" else frames.RECORDS[what]
        return getattr(result.ledger, what), table
    return getattr(result.conclusions, what), getattr(frames, what.upper())

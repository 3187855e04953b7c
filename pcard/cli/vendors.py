"""`pcard vendors ...`: names of merchants onto a vendor list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import opened, read_tables, working, workspace_option
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = click.Path(path_type=Path)


@click.group(name="vendors")
def command() -> None:
    """Find the vendors behind printed names."""


@command.command(name="resolve")
@click.argument("names_file", metavar="NAMES", type=FILE)
@click.option("--against", type=FILE, help="The vendor list (vendor, name); without it, the workspace's vendors.")
@click.option("--out", type=FILE, required=True, help="Write the result here (.csv, .parquet, .json, .xlsx).")
@click.option("--merchants", type=FILE, help="A table of merchants in place of the one that ships.")
@workspace_option
@answering
def resolve(names_file: Path, against: Path | None, out: Path, merchants: Path | None, root: Path | None) -> Answer:
    """Find each name of a list in a vendor list: a vendor, a probability, and whether to ask.

    NAMES has a column name, or is a statement, whose merchants are taken. One
    row goes out per row in. accepted: taken without asking. review: a
    question. none: no vendor is likely; the nearest is given all the same.
    With -w, or without --against, what people confirmed in the workspace counts.
    """
    from pcard.matching.vendors.merchants import load_merchants
    from pcard.matching.vendors.resolving import OUTCOMES, RESOLVED
    from pcard.matching.vendors.resolving import resolve as resolved

    table = load_merchants(merchants)
    with working("reading"):
        names, notes = _names(names_file)
        vendors, aliases = _known(against, root)
        if against:
            records, said = read_tables({"vendors": against})
            vendors, notes = records["vendors"], [*notes, *said]
    if vendors.is_empty():
        raise click.UsageError("there are no vendors to choose from: name a list with --against, or import one")
    with working(f"resolving {len(names):,} names"):
        found = resolved(names, vendors, table, aliases)
    write_table(found, RESOLVED, out)
    counts = {outcome: found["outcome"].to_list().count(outcome) for outcome in OUTCOMES}
    facts = {"names": found.height, "distinct": names.n_unique(), "vendors": vendors.height, **counts, "out": str(out)}
    met = f"{counts['accepted']:,} found, {counts['review']:,} need an answer, {counts['none']:,} have no likely vendor"
    lines = [f"{found.height:,} names against {vendors.height:,} vendors: {met}.", f"Written to {out}."]
    steps = ["read the rows whose outcome is review"] if counts["review"] else []
    return Answer(facts, lines, notes, steps)


def _names(path: Path) -> tuple[pl.Series, list[str]]:
    """Return the names of a list, or the merchants of a statement, and the warnings."""
    from pcard.documents import open_document
    from pcard.errors import Refused
    from pcard.importers.tables.named_columns import read_named_columns

    try:
        return read_named_columns(open_document(path), ["name"])["name"], []
    except Refused as no_list:
        try:
            records, notes = read_tables({"transactions": path})
        except Refused:
            raise no_list from None
        return records["transactions"]["merchant"], notes


def _known(against: Path | None, root: Path | None) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return the workspace's vendors and what its people confirmed; nothing where no workspace is asked for."""
    from pcard.frames import VENDORS
    from pcard.ledger.assemble import assemble
    from pcard.matching.vendors.confirmed import confirmed_aliases

    if against and root is None:
        return VENDORS.empty(), None
    with opened(root) as workspace:
        ledger = assemble(workspace.records())
        return ledger.vendors, confirmed_aliases(ledger, workspace.decisions())

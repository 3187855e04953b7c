"""What would earn more, and the figures a director compares, as sections of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pcard.money import show_cents
from pcard.reports.report import Heading, Listing, Section
from pcard.schema import Table

_TITLES = {
    "next_steps": ("Distance to the next step", "No step is above the one reached."),
    "rebate_forecasts": ("Forecast to the end of the contract year", "No program is in force."),
    "pay_earlier": ("Paying earlier or later", "No program pays by the days to pay, or they are not known."),
    "could_be_carded": ("Paid otherwise to vendors who take cards", "No such payment in the last 365 days."),
    "leakage": ("Charges that earn nothing", "Every charge counts."),
    "benchmarks": ("Figures with their formulas", "Nothing to compare."),
    "site_benchmarks": ("Sites", "No share."),
}
_SENTENCES = ("words", "assumption", "formula", "reason", "source", "lacks")


def tables_section(id_: str, title: str, lead: str, tables: Sequence[tuple[Table, pl.DataFrame]]) -> Section:
    """Return a section of tables, headed by their columns' own names as words."""
    return Section(id_, title, lead, listings=tuple(_listing(table, frame) for table, frame in tables))


def _listing(table: Table, frame: pl.DataFrame) -> Listing:
    title, empty = _TITLES[table.name]
    headings = tuple(
        Heading(column.frame_name, column.name.replace("_", " "), column.kind, wide=column.name in _SENTENCES)
        for column in table.columns
    )
    return Listing(table.name, title, headings, frame, empty)


def outlook_lead(tables: Mapping[str, pl.DataFrame]) -> str:
    """Return the outlook in a sentence or two."""
    steps, carded, leaks = tables["next_steps"], tables["could_be_carded"], tables["leakage"]
    said = [
        f"{row['bucket']} is {show_cents(row['missing_cents'])} below its next step, worth {show_cents(row['worth_cents'])}."
        for row in steps.iter_rows(named=True)
    ]
    said.append(
        f"{show_cents(int(carded['amount_cents'].sum()))} was paid otherwise to vendors who take cards: "
        f"{show_cents(int(carded['would_earn_cents'].sum()))} at today's rates."
    )
    said.append(f"{show_cents(int(leaks['volume_cents'].sum()))} of charges earn nothing.")
    return " ".join(said)

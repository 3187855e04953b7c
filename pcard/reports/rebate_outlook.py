"""What would earn more, and the figures a director compares, as sections of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pcard.money import show_cents
from pcard.reports.rebate_charts import forecast_band, tier_progress
from pcard.reports.report import Heading, Listing, Section
from pcard.schema import Table

_TITLES = {
    "rebate_steps": ("The steps of each rate", "No rate has steps of volume."),
    "forecast_months": ("The contract year month by month", "No program is in force."),
    "assumptions": ("What these figures rest on", "Nothing is assumed."),
    "next_steps": ("Distance to the next step", "No step is above the one reached."),
    "rebate_forecasts": ("Forecast to the end of the contract year", "No program is in force."),
    "pay_earlier": ("Paying earlier or later", "No program pays by the days to pay, or they are not known."),
    "could_be_carded": ("Paid otherwise to vendors who take cards", "No such payment in the last 365 days."),
    "leakage": ("Charges that earn nothing", "Every charge counts."),
    "benchmarks": ("Figures with their formulas", "Nothing to compare."),
    "site_benchmarks": ("Sites", "No share."),
}
_NAMES = {
    "program_id": "Program", "bps": "Basis points", "next_bps": "Next basis points", "words": "How",
    "of_median": "Of the median share", "lacks": "Data it lacks",
}  # fmt: skip
_SENTENCES = ("words", "assumption", "formula", "reason", "source", "lacks")


def outlook(tables: Sequence[tuple[Table, pl.DataFrame]]) -> Section:
    """Return what would earn more, with the way to the next step and the forecast drawn."""
    frames = {table.name: frame for table, frame in tables}
    steps, months = frames["rebate_steps"], frames["forecast_months"]
    charts = (*tier_progress(steps), *forecast_band(months, steps))
    listings = tuple(_listing(table, frame) for table, frame in tables)
    return Section("outlook", "What would earn more", _lead(frames), charts=charts, listings=listings)


def benchmarks(lead: str, tables: Sequence[tuple[Table, pl.DataFrame]]) -> Section:
    """Return the figures a director compares, each with its formula."""
    return Section("benchmarks", "Benchmarks", lead, listings=tuple(_listing(table, frame) for table, frame in tables))


def _listing(table: Table, frame: pl.DataFrame) -> Listing:
    title, empty = _TITLES[table.name]
    headings = tuple(
        Heading(column.frame_name, _title(column.name), column.kind, wide=column.name in _SENTENCES)
        for column in table.columns
    )
    return Listing(table.name, title, headings, frame, empty)


def _title(name: str) -> str:
    return _NAMES.get(name) or name.replace("bps", "basis_points").replace("_", " ").capitalize()


def _lead(tables: Mapping[str, pl.DataFrame]) -> str:
    """Return the outlook in a sentence or two."""
    steps, carded, leaks = tables["next_steps"], tables["could_be_carded"], tables["leakage"]
    said = [
        f"{row['bucket']} is {show_cents(row['missing_cents'])} below its next step, worth {show_cents(row['worth_cents'])}."
        for row in steps.iter_rows(named=True)
    ]
    if carded.height:
        said.append(
            f"{show_cents(int(carded['amount_cents'].sum()))} was paid otherwise to vendors who take cards: "
            f"{show_cents(int(carded['would_earn_cents'].sum()))} at today's rates."
        )
    if leaks.height:
        said.append(f"{show_cents(int(leaks['volume_cents'].sum()))} of charges earn nothing.")
    return " ".join(said) or "No step is ahead, and every charge counts."

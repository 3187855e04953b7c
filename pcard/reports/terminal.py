"""A report on a terminal: its sentences, its figures, and the head of its tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from pcard.escape import for_terminal
from pcard.reports.report import Listing, Report, Section, shown
from pcard.schema import Kind

_STYLES = {"good": "green", "warn": "yellow", "bad": "bold red", "plain": ""}
_RIGHT = frozenset({Kind.MONEY, Kind.COUNT, Kind.NUMBER, Kind.RATE})


def render_terminal(report: Report, console: Console, most_rows: int = 10) -> None:
    """Print the report, without the list of every line; no text from outside is taken as markup."""
    console.print(Text(f"{report.title}, cycle {report.cycle}", style="bold"))
    console.print(Text(f"{for_terminal(report.district)}, as of {report.as_of}"))
    for section in report.sections:
        if section.id != "charges":
            print_section(section, console, most_rows)


def print_section(section: Section, console: Console, most_rows: int) -> None:
    """Print one section: its sentence, its figures, the first rows of its tables."""
    console.print()
    console.print(Text(section.title, style="bold underline"))
    console.print(Text(for_terminal(section.lead)))
    for figure in section.figures:
        value = for_terminal(str(figure))
        console.print(Text.assemble(f"  {figure.label}: ", (value, _STYLES[figure.tone])))
    for listing in section.listings:
        print_listing(listing, console, most_rows)


def print_listing(listing: Listing, console: Console, most_rows: int) -> None:
    """Print the first rows of a table and say how many there are."""
    if not listing.frame.height:
        return
    listing = listing.in_brief()
    table = RichTable(title=Text(listing.title, style="italic"), title_justify="left", box=None, pad_edge=False)
    for heading in listing.headings:
        table.add_column(Text(heading.title), justify="right" if heading.kind in _RIGHT else "left", max_width=60)
    for row in listing.rows()[:most_rows]:
        cells = zip(row, listing.headings, strict=True)
        table.add_row(*(Text(for_terminal(shown(value, heading.kind))) for value, heading in cells))
    console.print(table)
    if listing.frame.height > most_rows:
        console.print(Text(f"  ... {listing.frame.height - most_rows:,} more; see the workbook or the HTML report"))

"""What stands in a layout's cells and must not be taken for granted: each a fault with its place and cure."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pcard.errors import Fault, Place
from pcard.escape import for_terminal
from pcard.importers.headers import header_key
from pcard.importers.layouts import Layout
from pcard.schema import Kind

_ODD = {
    "error": ("cell-error", "the cell holds an error of the spreadsheet, as #REF!", "correct the cell and save again"),
    "formula-empty": (
        "cell-formula-empty",
        "the cell holds a formula that was never computed",
        "open the workbook in a spreadsheet program, save it, and import it again",
    ),
    "boolean": ("cell-boolean", "the cell holds TRUE or FALSE where a figure belongs", "write the figure"),
}


def questions(layout: Layout, rows: pl.DataFrame, place: Place) -> tuple[Fault, ...]:
    """Return what is questionable in a layout; `rows` are its records as they stand in the grid, with `line`."""
    return (
        *_repeated_headings(layout, place),
        *_odd_cells(layout, rows, place),
        *_both_columns(layout, rows, place),
        *_unknown_words(layout, rows, place),
    )


def _repeated_headings(layout: Layout, place: Place) -> Iterator[Fault]:
    keys = {header_key(name) for name in layout.names if name.endswith(" (2)")}
    line = layout.grid.lines[layout.header] if layout.grid.height else None
    for at in sorted(set(layout.columns.values())):
        name = layout.names[at]
        if header_key(f"{name} (2)") in keys:
            shown = for_terminal(name)
            message = f"two columns are headed '{shown}', and which one counts is not known"
            cure = f"rename one of them, or write a profile that takes '{shown} (2)'"
            yield Fault("heading-twice", Place(place.source, line), message, cure)


def _odd_cells(layout: Layout, rows: pl.DataFrame, place: Place) -> Iterator[Fault]:
    if not layout.grid.odd:
        return
    record = layout.profile.record
    by_place = {at: name for name, at in layout.columns.items()}
    lines = set(rows["line"].to_list())
    formulas = []
    for (line, at), kind in sorted(layout.grid.odd.items()):
        name = by_place.get(at)
        if name is None or line not in lines:
            continue
        held = Kind.MONEY if name.startswith("#") else record.column(name).kind
        where = Place(place.source, line, at + 1, layout.names[at])
        if kind == "formula":
            formulas += [where] if held is Kind.MONEY else []
        elif kind != "boolean" or held in (Kind.MONEY, Kind.DATE):
            yield Fault(_ODD[kind][0], where, *_ODD[kind][1:])
    if formulas:
        message = f"{len(formulas):,} amounts are results of formulas, as they were when the workbook was last saved"
        cure = "look at the first one; save the column as values to be sure"
        yield Fault("cell-formula", formulas[0], message, cure, warning=True)


def _both_columns(layout: Layout, rows: pl.DataFrame, place: Place) -> Iterator[Fault]:
    """Refuse a row with a debit and a credit: which one is the amount cannot be known."""
    if "#debit" not in layout.columns:
        return
    both = [pl.col(f"c{layout.columns[name]}").str.contains("[1-9]") for name in ("#debit", "#credit")]
    for line in rows.filter(pl.all_horizontal(both))["line"]:
        message = "the row has a debit and a credit"
        yield Fault("debit-and-credit", Place(place.source, line), message, "split it into two rows")


def _unknown_words(layout: Layout, rows: pl.DataFrame, place: Place) -> Iterator[Fault]:
    """Say which words of a type column the profile does not know; a sign that depends on one is refused."""
    profile = layout.profile
    for name, rule in (("#type", profile.amount.type), ("#kind", profile.kinds)):
        if rule is None or name not in layout.columns:
            continue
        words = (
            (*profile.amount.type.debit, *profile.amount.type.credit) if name == "#type" and profile.amount.type else ()
        )
        known = [word.lower() for word in (words or (profile.kinds.values if profile.kinds else ()))]
        at = layout.columns[name]
        said = pl.col(f"c{at}")
        for line, word in (
            rows.filter(said.is_not_null() & ~said.str.to_lowercase().is_in(known))
            .unique(f"c{at}", keep="first", maintain_order=True)
            .select("line", f"c{at}")
            .iter_rows()
        ):
            where = Place(place.source, line, at + 1, layout.names[at])
            message = f"the profile {profile.id} does not know the word '{for_terminal(word[:40])}'"
            cure = f"add it to the profile's {'amount: type' if name == '#type' else 'kinds'}"
            yield Fault("word-unknown", where, message, cure, warning=name == "#kind")

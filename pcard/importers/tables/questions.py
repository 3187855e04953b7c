"""What stands in a layout's cells and must not be taken for granted: each a fault with its place and cure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from pcard.errors import Fault, Place
from pcard.escape import for_terminal
from pcard.importers.tables.headers import header_key
from pcard.importers.tables.layouts import Layout
from pcard.importers.tables.readings import CREDIT_WORDS, DEBIT_WORDS
from pcard.schema import Kind

_SIGNED = r"[-+(−–]|(?i:CR|DR)"


def questions(layout: Layout, rows: pl.DataFrame, place: Place) -> tuple[Fault, ...]:
    """Return what is questionable in a layout; `rows` are its records as they stand in the grid, with `line`."""
    return (
        *_repeated_headings(layout, place),
        *_odd_cells(layout, rows, place),
        *_both_columns(layout, rows, place),
        *_unknown_words(layout, rows, place),
        *_unheard_words(layout, rows, place),
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
            yield _odd_fault(kind, where)
    if formulas:
        message = (
            f"amounts that are results of formulas, as they were when the workbook was last saved: {len(formulas):,}"
        )
        cure = "look at the first one; save the column as values to be sure"
        yield Fault("cell-formula", formulas[0], message, cure, warning=True)


def _odd_fault(kind: str, where: Place) -> Fault:
    if kind == "error":
        message = "the cell holds an error of the spreadsheet, as #REF!"
        return Fault("cell-error", where, message, "correct the cell and save the workbook again")
    if kind == "boolean":
        return Fault("cell-boolean", where, "the cell holds TRUE or FALSE where a figure belongs", "write the figure")
    cure = "open the workbook in a spreadsheet program, save it, and import it again"
    return Fault("cell-formula-empty", where, "the cell holds a formula that was never computed", cure)


def _both_columns(layout: Layout, rows: pl.DataFrame, place: Place) -> Iterator[Fault]:
    """Refuse a row with a debit and a credit: which one is the amount cannot be known."""
    if "#debit" not in layout.columns:
        return
    both = [pl.col(f"c{layout.columns[name]}").str.contains("[1-9]") for name in ("#debit", "#credit")]
    for line in rows.filter(pl.all_horizontal(both))["line"]:
        message = "the row has a debit and a credit"
        yield Fault("debit-and-credit", Place(place.source, line), message, "split it into two rows")


def _unknown_words(layout: Layout, rows: pl.DataFrame, place: Place) -> Iterator[Fault]:
    """Say which words of a column the profile does not know; where the sign depends on one, the file is refused."""
    profile = layout.profile
    if profile.amount.type and "#type" in layout.columns:
        known = (*profile.amount.type.debit, *profile.amount.type.credit)
        for where, word in _strangers(layout, rows, "#type", known, place):
            message = f"the profile {profile.id} does not know whether '{word}' is debit or credit"
            yield Fault("sign-word-unknown", where, message, "add the word to the profile's `amount: type`")
    if profile.kinds and "#kind" in layout.columns:
        for where, word in _strangers(layout, rows, "#kind", tuple(profile.kinds.values), place):
            message = f"the profile {profile.id} does not know what kind '{word}' is; the sign and the words decide"
            yield Fault("kind-word-unknown", where, message, "add the word to the profile's `kinds`", warning=True)


def _unheard_words(layout: Layout, rows: pl.DataFrame, place: Place) -> Iterator[Fault]:
    """Refuse amounts without a sign beside a column that says debit or credit, where the profile does not hear it."""
    if "amount" not in layout.columns or "#type" in layout.columns or rows.is_empty():
        return
    if rows[f"c{layout.columns['amount']}"].str.contains(_SIGNED).any():
        return
    for at, name in enumerate(layout.names):
        words = {word.lower() for word in rows[f"c{at}"].drop_nulls().unique().head(9)}
        if words & DEBIT_WORDS and words & CREDIT_WORDS and words <= DEBIT_WORDS | CREDIT_WORDS:
            message = (
                f"'{for_terminal(name)}' says debit or credit, no amount has a sign, and the profile does not heed it"
            )
            cure = "run `pcard profile new` with this file: it proposes a profile that takes the sign from that column"
            yield Fault("sign-word-unheard", Place(place.source, rows["line"][0], at + 1, name), message, cure)
            return


def _strangers(
    layout: Layout, rows: pl.DataFrame, name: str, known: Sequence[str], place: Place
) -> Iterator[tuple[Place, str]]:
    """Yield each word of a column that is not among the known ones, where it stands first."""
    at = layout.columns[name]
    said = pl.col(f"c{at}")
    strange = rows.filter(said.is_not_null() & ~said.str.to_lowercase().is_in([word.lower() for word in known]))
    for line, word in strange.unique(f"c{at}", keep="first", maintain_order=True).select("line", f"c{at}").iter_rows():
        yield Place(place.source, line, at + 1, layout.names[at]), for_terminal(word[:40])

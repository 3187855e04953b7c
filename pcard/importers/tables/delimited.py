"""The importer of every delimited or spreadsheet layout: a profile laid over a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Control, Extract, Reading, Skipped
from pcard.importers.tables.balances import statement_of
from pcard.importers.tables.controls import controls_of
from pcard.importers.tables.grids import Grid
from pcard.importers.tables.layouts import Layout, best_layouts, find_layout
from pcard.importers.tables.lines import coding_of, lines_of, rows_at
from pcard.importers.tables.profiles import Profile
from pcard.importers.tables.questions import questions
from pcard.importers.tables.readings import settle_mark, settle_reading
from pcard.importers.tables.rows import joined_text, part_rows
from pcard.importers.tables.sheets import grids_of, head_of


@dataclass
class Delimited:
    """Reads what one of its profiles fits."""

    profiles: Sequence[Profile] = ()
    name: str = "delimited"
    version: str = "1"

    def identify(self, document: Document) -> bool:
        """Tell whether a profile fits the document's first rows."""
        return any(best_layouts(self.profiles, grid) for grid in head_of(document))

    def extract(self, document: Document) -> Extract:
        """Return the lines of the one profile that fits.

        Raises:
            Refused: broken as a whole, or several profiles fit alike.
        """
        grids = grids_of(document)
        fits = {layout.profile.id: layout.profile for grid in grids for layout in best_layouts(self.profiles, grid)}
        if len(fits) != 1:
            message = f"{len(fits)} profiles fit this file: {', '.join(sorted(fits))}"
            raise Refused(Fault("profile-ambiguous", document.place(), message, "name one with --profile"))
        (profile,) = fits.values()
        return extract_with(document, profile, grids)


def extract_with(document: Document, profile: Profile, grids: Sequence[Grid] | None = None) -> Extract:
    """Return the lines of a document as one profile reads it.

    Raises:
        Refused: broken as a whole, or the profile fits no part of it.
    """
    if grids is None or profile.encoding or profile.delimiter:
        grids = grids_of(document, profile.encoding, profile.delimiter)
    layouts = {index: layout for index, grid in enumerate(grids) if (layout := find_layout(profile, grid))}
    if not layouts:
        message = f"the profile {profile.id} finds none of its headers in the first 40 rows"
        cure = f"its columns are {', '.join(profile.needed)}; see `pcard profile show {profile.id}`"
        raise Refused(Fault("profile-unfit", document.place(), message, cure))
    parts = [read_layout(layout, document) for layout in layouts.values()]
    unread = tuple(row for index, grid in enumerate(grids) if index not in layouts for row in unread_rows(grid))
    return merged(f"delimited:{profile.id}", profile, parts, unread)


@dataclass(frozen=True)
class LayoutRead:
    """One sheet read: its lines and how to type them, rows skipped, figures to compare, faults."""

    lines: pl.DataFrame
    coding: pl.DataFrame | None
    reading: Reading
    skipped: tuple[Skipped, ...]
    controls: tuple[Control, ...]
    faults: tuple[Fault, ...]
    statement: pl.DataFrame | None = None


def read_layout(layout: Layout, document: Document) -> LayoutRead:
    """Return everything a layout holds, each of its rows accounted for."""
    place = document.place()
    rows = part_rows(layout, place)
    found = rows_at(layout, rows.records)
    mark, mark_faults = settle_mark(layout, found, place)
    lines = lines_of(layout, rows.records, mark)
    reading, reading_faults = settle_reading(layout, lines, mark, place)
    faults = (*layout.grid.faults, *rows.broken, *mark_faults, *reading_faults, *questions(layout, found, place))
    skipped = rows.skipped
    if layout.profile.on_bad_line == "skip":
        skipped = (*skipped, *(Skipped(fault.place.line or 0, fault.message) for fault in rows.broken))
        faults = tuple(replace(fault, warning=True) if fault in rows.broken else fault for fault in faults)
    coding = coding_of(layout, rows) if layout.is_coded else None
    controls = controls_of(layout, lines, rows, mark)
    return LayoutRead(lines, coding, reading, skipped, controls, faults, statement_of(layout))


def merged(importer: str, profile: Profile, parts: Sequence[LayoutRead], unread: tuple[Skipped, ...] = ()) -> Extract:
    """Put the sheets of one document together."""
    lines = {profile.table: pl.concat([part.lines for part in parts], how="diagonal")}
    if coding := [part.coding for part in parts if part.coding is not None]:
        lines["coding"] = pl.concat(coding, how="diagonal")
    if statements := [part.statement for part in parts if part.statement is not None]:
        lines["statements"] = pl.concat(statements, how="diagonal")
    formats = dict.fromkeys(way for part in parts for way in part.reading.date_formats)
    reading = replace(parts[0].reading, date_formats=tuple(formats))
    return Extract(
        importer,
        "1",
        lines,
        reading=reading,
        readings={"statements": replace(reading, negate=False)},
        skipped=(*(row for part in parts for row in part.skipped), *unread),
        controls=tuple(control for part in parts for control in part.controls),
        faults=tuple(fault for part in parts for fault in part.faults),
        unique_ids=profile.unique_ids,
    )


def unread_rows(grid: Grid) -> tuple[Skipped, ...]:
    """List the rows of a sheet that was not read because its layout is another one."""
    if not grid.frame.width:
        return ()
    reason = f"sheet '{grid.name}' has another layout"
    texts = grid.frame.select(joined_text()).to_series()
    return tuple(Skipped(line, reason, text) for line, text in zip(grid.lines, texts, strict=True) if text)

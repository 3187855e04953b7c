"""A few columns asked for by name, of a table that is none of ours: a list of names, a list of true pairs."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.escape import for_terminal
from pcard.importers.tables.canonical import cells_of
from pcard.importers.tables.headers import did_you_mean, header_key, numbered

_HEADER_WITHIN = 5  # rows a title may take


def read_named_columns(document: Document, names: Sequence[str]) -> pl.DataFrame:
    """Return the columns with these headings as text, row by row as they stand; an empty cell is null.

    Of a workbook the first sheet that has them all is read.

    Raises:
        Refused: it is no table, or a column is missing.
    """
    grids = cells_of(document)
    for grid in grids:
        for header, cells in enumerate(grid.frame.head(_HEADER_WITHIN).rows()):
            place = {header_key(cell): at for at, cell in enumerate(cells) if cell}
            if all(header_key(name) in place for name in names):
                picked = {name: f"c{place[header_key(name)]}" for name in names}
                body = grid.frame.slice(header + 1).select(
                    pl.col(column).alias(name) for name, column in picked.items()
                )
                return body.with_columns(pl.all().replace("", None))
    heading = numbered(grids[0].row(0)) if grids and grids[0].height else []
    keys = {header_key(name) for name in heading}
    raise Refused(
        *(
            Fault(
                "column-missing",
                document.place(1),
                f"there is no column {name}{for_terminal(did_you_mean(name, heading))}",
                f"add the column, or rename the one that is {name}",
            )
            for name in names
            if header_key(name) not in keys
        )
    )

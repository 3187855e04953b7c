"""Tables written to the file a person named; its ending says the format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import polars as pl

    from pcard.schema import Table


def write_table(frame: pl.DataFrame, table: Table, path: Path, form: str | None = None) -> None:
    """Write a frame whole or not at all, in `form` or the format its ending names."""
    from pcard.reports.tables import FORMATS, csv_parts, render_table
    from pcard.store.files import write_whole

    form = form or path.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise click.UsageError(f"cannot write '{path.name}': its ending must be one of {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise click.UsageError(f"there is no folder {path.parent}")
    write_whole(path, csv_parts(frame, table) if form == "csv" else [render_table(frame, table, form)])

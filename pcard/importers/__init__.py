"""Documents become lines: one importer a format; canonical tables and profiles carry every CSV and spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pcard.errors import Fault, Refused

if TYPE_CHECKING:
    from pcard.documents import Document
    from pcard.extensions import Importer
    from pcard.frames import Extract
    from pcard.importers.profiles import Profile


def read(
    document: Document,
    *,
    profiles: Sequence[Profile],
    importers: Sequence[Importer],
    table: str | None = None,
    profile: Profile | None = None,
) -> Extract:
    """Read a document with the one importer that recognises it.

    `table` names the table a person says it is, `profile` the layout; the
    canonical and the delimited importer among `importers` are told both.

    Raises:
        UnknownLayout: a table of an unknown layout; the exception carries a proposed profile.
        Refused: several importers recognise it, none can, or it is broken as a whole.
    """
    from pcard.importers.canonical import Canonical  # noqa: PLC0415
    from pcard.importers.delimited import Delimited, extract_with  # noqa: PLC0415
    from pcard.importers.proposal import refuse_unknown  # noqa: PLC0415

    if profile:
        return extract_with(document, profile)
    tables: list[Importer] = []
    formats: list[Importer] = []
    for importer in importers:
        if isinstance(importer, Canonical):
            tables.insert(0, replace(importer, table=table))
        elif isinstance(importer, Delimited):
            tables.append(replace(importer, profiles=[one for one in profiles if table in (None, one.table)]))
        elif importer.identify(document):
            formats.append(importer)
    if len(formats) > 1:
        names = ", ".join(sorted(importer.name for importer in formats))
        message = f"several importers recognise the file: {names}"
        raise Refused(Fault("importer-ambiguous", document.place(), message, "disable the plugin that should not"))
    # A header that is one of ours word for word is ours, whatever profile knows it too.
    chosen = formats or [importer for importer in tables if importer.identify(document)]
    return chosen[0].extract(document) if chosen else refuse_unknown(document, table)

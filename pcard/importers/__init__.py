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
    from pcard.importers.tables.profiles import Profile


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
    from pcard.importers.tables.canonical import Canonical  # noqa: PLC0415
    from pcard.importers.tables.delimited import Delimited, extract_with  # noqa: PLC0415
    from pcard.importers.tables.proposal import refuse_unknown  # noqa: PLC0415

    if profile:
        return extract_with(document, profile)
    formats = [each for each in importers if not isinstance(each, Canonical | Delimited) and each.identify(document)]
    if len(formats) > 1:
        names = ", ".join(sorted(importer.name for importer in formats))
        message = f"several importers recognise the file: {names}"
        raise Refused(Fault("importer-ambiguous", document.place(), message, "disable the plugin that should not"))
    # A header that is one of ours word for word is ours, whatever profile knows it too.
    canonical = [replace(each, table=table) for each in importers if isinstance(each, Canonical)]
    for importer in (*formats, *canonical):
        if importer in formats or importer.identify(document):
            return importer.extract(document)
    for importer in importers:
        if isinstance(importer, Delimited):
            fitting = replace(importer, profiles=[one for one in profiles if table in (None, one.table)])
            if fitting.identify(document):
                return fitting.extract(document)
    return refuse_unknown(document, table)

"""A document to records: read by whoever knows its format, then typed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pcard.documents import Document
from pcard.extensions import Importer
from pcard.importers import read
from pcard.importers.tables.profiles import Profile
from pcard.ledger.normalise import Normalised, normalise


@dataclass(frozen=True)
class Readers:
    """What can read documents: the importers behind the door and the profiles at hand."""

    importers: Sequence[Importer]
    profiles: Sequence[Profile]


def ingest(
    document: Document, readers: Readers, *, table: str | None = None, profile: Profile | None = None
) -> Normalised:
    """Return a document's records, refusals and control figures."""
    extract = read(document, importers=readers.importers, profiles=readers.profiles, table=table, profile=profile)
    return normalise(extract, document)

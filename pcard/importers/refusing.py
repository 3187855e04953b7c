"""Importers whose `extract` may raise: what refuses a document as a whole comes back as faults."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from pcard.documents import Document
from pcard.errors import Refused
from pcard.extensions import Importer
from pcard.frames import Extract

_Reader = TypeVar("_Reader", bound=Importer)


def faults_as_values(extract: Callable[[_Reader, Document], Extract]) -> Callable[[_Reader, Document], Extract]:
    """Return an `extract` that answers `Refused` with an extract of its faults and no lines."""

    @wraps(extract)
    def answering(importer: _Reader, document: Document) -> Extract:
        try:
            return extract(importer, document)
        except Refused as refused:
            return Extract(importer.name, importer.version, {}, faults=refused.faults)

    return answering

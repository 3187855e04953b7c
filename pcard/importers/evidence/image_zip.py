"""Zip archives of receipts, as a card portal gives them: pictures and PDFs named by transaction number."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from pcard.card_numbers import redact
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Extract, Skipped
from pcard.importers.evidence.containers import Part, read_parts, whole
from pcard.importers.evidence.messages import Message
from pcard.importers.evidence.picture_text import is_picture_name
from pcard.importers.evidence.receipts import VERSION
from pcard.importers.evidence.told import Told, told_by_name
from pcard.importers.refusing import faults_as_values
from pcard.importers.tables.workbook_check import check_sizes

_WORKBOOKS = frozenset({"[content_types].xml", "xl/workbook.xml", "xl/workbook.bin", "content.xml"})
_SYSTEM = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
_LINK = 0o120000
_DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError, RecursionError)


class ImageZip:
    """Takes each picture of an archive as a receipt that is there, reads each PDF and message in it."""

    name = "image_zip"
    version = VERSION

    def identify(self, document: Document) -> bool:
        """Tell by the names inside: at least one picture, PDF or message, and no workbook's parts."""
        names = {part.filename.casefold() for part in _parts(document)} if document.is_zip else set()
        return not names & _WORKBOOKS and any(is_picture_name(one) or one.endswith((".pdf", ".eml")) for one in names)

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return the receipts, the parts that are none as skipped, or the fault that refuses the archive."""
        try:
            return self._read(document)
        except _DAMAGED:
            raise Refused(_damaged(document)) from None

    def _read(self, document: Document) -> Extract:
        with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
            listed = archive.infolist()
            check_sizes(listed, document.place())
            _check_names(listed, document)
            passed = {number: why for number, one in enumerate(listed, 1) if (why := _no_evidence(one))}
            parts = (
                Part(number, _name(one), archive.read(one), _told_by_folder(one))
                for number, one in enumerate(listed, 1)
                if number not in passed and not one.is_dir()
            )
            opened = read_parts(document, parts, (Message(),))
            shown = any(_name(one) != one.filename for one in listed)
            kept = _without(archive, opened.kept) if opened.kept or shown else None
        skipped = tuple(Skipped(number, why, _name(listed[number - 1])) for number, why in passed.items())
        return whole(self.name, document, opened, Extract("", VERSION, {}, skipped=skipped), kept=kept)


def _parts(document: Document) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
            return archive.infolist()
    except _DAMAGED:
        return []


def _name(part: zipfile.ZipInfo) -> str:
    """Return a part's name, without the card numbers that people put into names."""
    return redact(part.filename)[0]


def _told_by_folder(part: zipfile.ZipInfo) -> Told:
    return told_by_name(PurePosixPath(part.filename).parent.name)


def _check_names(parts: list[zipfile.ZipInfo], document: Document) -> None:
    """Refuse an archive that is locked, or names a place outside itself."""
    if any(part.flag_bits & 1 for part in parts):
        cure = "unpack it with its password and import a zip without one"
        raise Refused(Fault("archive-locked", document.place(), "the archive is locked by a password", cure))
    for number, part in enumerate(parts, 1):
        path = PurePosixPath(part.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            message = "the archive names a place outside itself, as no portal does"
            cure = "ask the sender what it is; do not unpack it"
            raise Refused(Fault("archive-path-outside", document.place(number), message, cure))


def _no_evidence(part: zipfile.ZipInfo) -> str | None:
    """Return why a part is no evidence."""
    name = part.filename.casefold()
    if name.startswith(_SYSTEM) or name.rpartition("/")[2].startswith((*_SYSTEM, "._")):
        return "a file of the computer that made the archive"
    if (part.external_attr >> 16) & 0o170000 == _LINK:
        return "a link to another file"
    if not part.is_dir() and not part.file_size:
        return "it is empty"
    return None


def _without(archive: zipfile.ZipFile, kept: Mapping[int, bytes]) -> bytes:
    """Return the archive with what is kept in place of some parts, as text beside their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for number, part in enumerate(archive.infolist(), 1):
            name, content = _name(part), archive.read(part)
            target.writestr(*((f"{name}.txt", kept[number]) if number in kept else (name, content)))
    return out.getvalue()


def _damaged(document: Document) -> Fault:
    cure = "download it again from the portal"
    return Fault("archive-damaged", document.place(), "the archive is cut short or damaged", cure)

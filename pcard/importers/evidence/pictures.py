"""Pictures of receipts: read where the plugin that reads pictures is installed, else present, unread."""

from __future__ import annotations

from dataclasses import dataclass

from pcard.documents import Document
from pcard.frames import Extract
from pcard.importers.evidence.fields import Fields, find_fields
from pcard.importers.evidence.picture_text import LEAST_CERTAIN, is_picture, read_picture
from pcard.importers.evidence.receipts import VERSION, extract_of, piece
from pcard.importers.evidence.told import NOTHING_TOLD, Told, told_by_name
from pcard.importers.refusing import faults_as_values


@dataclass
class Picture:
    """Takes one picture as one receipt; `told` is what the message or folder it came in tells of it."""

    told: Told = NOTHING_TOLD
    name: str = "picture"
    version: str = VERSION

    def identify(self, document: Document) -> bool:
        """Tell JPEG, PNG, GIF, TIFF, WebP, BMP and HEIC by their first bytes."""
        return is_picture(document.content)

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return the receipt, read or only present, or the fault that refuses it."""
        read = read_picture(document)
        told = told_by_name(document.name).or_else(self.told)
        if read is None:
            fields = Fields({}, {}, {"total": "it is a picture, and reading pictures is not installed (pcard[ocr])"})
        elif read.certainty < LEAST_CERTAIN:
            fields = Fields({}, {}, {"total": "nothing on it can be read with certainty"})
        else:
            fields = find_fields(read.text, read.certainty)
        kept = read.text.encode() if read and read.cut_count else None
        return extract_of(self.name, document, [piece(document, fields, told)], kept=kept)

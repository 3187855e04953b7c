from __future__ import annotations

from pcard.documents import Document, document_of
from pcard.errors import Fault, Refused
from pcard.frames import Extract
from pcard.importers.refusing import faults_as_values


class Choosy:
    name = "choosy"
    version = "3"

    def identify(self, document: Document) -> bool:
        return bool(document.content)

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return nothing, or refuse."""
        if document.content == b"bad":
            raise Refused(Fault("file-empty", document.place(2), "nothing is in it", "send another"))
        return Extract("inner", self.version, {})


def test_what_refuses_a_document_is_an_extract_of_its_faults() -> None:
    refused = Choosy().extract(document_of("a.txt", b"bad"))
    assert (refused.importer, refused.version, refused.lines) == ("choosy", "3", {})
    assert [(fault.code, fault.place.line) for fault in refused.faults] == [("file-empty", 2)]


def test_what_is_read_is_left_as_it_is() -> None:
    assert Choosy().extract(document_of("a.txt", b"good")) == Extract("inner", "3", {})
    assert Choosy.extract.__doc__ == "Return nothing, or refuse."

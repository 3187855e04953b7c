"""XML without trust: what is refused before a bank's words are read, and how little is kept in memory."""

from __future__ import annotations

import pytest

from pcard.documents import document_of
from pcard.errors import Refused
from pcard.importers.xml_documents import elements, head, local, value, values

SOUND = '<?xml version="1.0" encoding="UTF-8"?>\n<a:r xmlns:a="urn:x"><a:e><a:f> one </a:f></a:e><e><f>two</f><f/></e></a:r>'


def refused(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(Refused) as caught:
        list(elements(document_of("a.xml", raw), ("e",)))
    return caught.value.faults[0].code


def test_local_names_and_texts() -> None:
    found = list(elements(document_of("a.xml", SOUND.encode()), ("e",)))
    assert [local(element) for element in found] == ["e", "e"]
    assert [value(element, "g", "f") for element in found] == ["one", "two"]
    assert values(found[1], "f") == ["two"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-8-sig"])
def test_document_types_are_refused_in_every_encoding(codec: str) -> None:
    text = SOUND.replace("UTF-8", "UTF-16" if codec == "utf-16" else "UTF-8").replace("<a:r", "<!DOCTYPE r>\n<a:r")
    assert refused(text.encode(codec)) == "xml-doctype"


@pytest.mark.parametrize("declared", ["UTF-7", "UTF-32", "IBM037", "x-user-defined"])
def test_other_encodings_are_refused(declared: str) -> None:
    assert refused(SOUND.replace("UTF-8", declared)) == "xml-encoding"


def test_a_byte_that_is_no_text_is_named() -> None:
    assert refused(SOUND.replace("two", "zwölf").encode("latin-1")) == "xml-byte"


@pytest.mark.parametrize(
    "text",
    [
        SOUND[:-3],
        SOUND + "<x/>",
        SOUND.replace("two", "&a;"),
        SOUND.replace("two", "&#x1b;"),
        SOUND.replace("</f>", ""),
    ],
)
def test_what_is_not_well_formed_is_refused(text: str) -> None:
    assert refused(text) == "xml-broken"


def test_nesting_is_bounded() -> None:
    assert refused("<e>" * 5000 + "</e>" * 5000) == "xml-broken"


def test_repeated_elements_are_let_go() -> None:
    text = "<r>" + "<e><f>one</f></e>" * 1000 + "</r>"
    last = None
    for count, element in enumerate(elements(document_of("a.xml", text.encode()), ("e", "r"), repeated="e"), start=1):
        assert count > 1000 or value(element, "f") == "one"
        last = element
    assert last is not None
    assert len(last) <= 1


def test_only_xml_has_a_head() -> None:
    assert head(document_of("a.xml", b"\xef\xbb\xbf \n<r/>")) == "<r/>"
    assert head(document_of("a.csv", b"date,amount\n")) == ""

"""XML read without trust: no document types, no entities, no network, no huge trees; faults instead of exceptions.

Elements are found by their local names, so that every version of a format is
read alike.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import cast

from lxml import etree

from pcard.card_numbers import decode
from pcard.documents import Document
from pcard.errors import Fault, Refused

AGAIN = "download the file again from the bank; nothing was imported"
_HEAD = 65536
_DECLARED = re.compile(r"<\?xml\b[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]+)")
# Others hide markup from whoever looks for it in the bytes (UTF-7), or are in no bank's file.
_ENCODINGS = frozenset(
    {
        "utf-8",
        "utf8",
        "utf-16",
        "utf-16le",
        "utf-16be",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "iso-8859-15",
        "windows-1252",
    }
)
_DOCTYPES = tuple(b"<!DOCTYPE".decode().encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be"))


def head(document: Document) -> str:
    """Return the first part of a document's text, enough to tell what it is; empty where it is no XML."""
    text = decode(document.content[:_HEAD])[0].lstrip("\ufeff \t\r\n")
    return text if text.startswith("<") else ""


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(element).localname


def namespace(element: etree._Element) -> str:
    """Return an element's namespace, empty where it has none."""
    return etree.QName(element).namespace or ""


def line_of(element: etree._Element) -> int:
    """Return the line on which an element starts; beyond line 65,535 it may be the one after."""
    return int(cast("int | None", element.sourceline) or 1)


def value(element: etree._Element, *paths: str) -> str | None:
    """Return the trimmed text of the first of these paths that has one; steps are local names: `Acct/Id/IBAN`."""
    for path in paths:
        found = element.findtext(_any_namespace(path))
        if found and found.strip():
            return found.strip()
    return None


def values(element: etree._Element, path: str) -> list[str]:
    """Return the trimmed texts of every element at a path."""
    return [found.text.strip() for found in element.iterfind(_any_namespace(path)) if found.text and found.text.strip()]


def children(element: etree._Element, path: str) -> list[etree._Element]:
    """Return every element at a path."""
    return element.findall(_any_namespace(path))


_PATHS: dict[str, str] = {}


def _any_namespace(path: str) -> str:
    if path not in _PATHS:
        _PATHS[path] = "/".join(step if step in (".", "") else f"{{*}}{step}" for step in path.split("/"))
    return _PATHS[path]


def elements(document: Document, names: Sequence[str], repeated: str = "") -> Iterator[etree._Element]:
    """Yield the elements of these names as each ends; of `repeated` ones only the last is kept in memory.

    Raises:
        Refused: a document type, an odd encoding, XML that is not well formed, or anything after its end.
    """
    _refuse_declarations(document)
    found = etree.iterparse(
        io.BytesIO(document.content),
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in found:
            yield element
            if repeated and local(element) == repeated:
                element.clear()
                before = element.getprevious()
                if before is not None and before.tag == element.tag:
                    before.getparent().remove(before)
    except etree.XMLSyntaxError as fault:
        raise Refused(_broken(document, fault)) from None


def _refuse_declarations(document: Document) -> None:
    if any(mark in document.content for mark in _DOCTYPES):
        message = "it declares a document type or entities, which a bank's file does not and which may hide text"
        raise Refused(Fault("xml-doctype", document.place(1), message, AGAIN))
    declared = _DECLARED.search(head(document)[:1024])
    if declared and declared[1].lower() not in _ENCODINGS:
        message = f"it is written in {declared[1][:20]}, which is not read"
        raise Refused(Fault("xml-encoding", document.place(1), message, "ask the sender for the file in UTF-8"))


def _broken(document: Document, fault: etree.XMLSyntaxError) -> Fault:
    line, column = fault.position
    declared = _DECLARED.search(head(document)[:1024])
    codec = declared[1] if declared else "utf-8"
    try:
        document.content.decode(codec)
    except UnicodeDecodeError as broken:
        at = document.content.count(b"\n", 0, broken.start) + 1
        byte = document.content[broken.start]
        message = f"the byte 0x{byte:02X} on this line is no {codec} text, though the file says that it is written so"
        return Fault("xml-byte", document.place(at), message, "ask the sender for the file in the encoding it declares")
    message = "this is not well-formed XML: the file is cut short or damaged here"
    return Fault("xml-broken", document.place(line, column), message, AGAIN)

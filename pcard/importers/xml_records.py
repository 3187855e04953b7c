"""XML files read element by element: nothing fetched, nothing expanded, no document type.

A document type can name files to read, addresses to call and entities that
grow without end; no bank's file has one, so one refuses the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from lxml import etree

from pcard.documents import Document
from pcard.errors import Fault, Refused

Element: TypeAlias = "etree._Element"  # noqa: SLF001  # lxml has no public name for it


def elements(document: Document, names: Sequence[str]) -> Iterator[tuple[str, Element]]:
    """Yield `start` and `end` of the elements of these local names, of any namespace; the caller clears them.

    Raises:
        Refused: it is no well-formed XML, or has a document type.
    """
    parsed = etree.iterparse(
        io.BytesIO(document.content),
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        first = True
        for event, element in parsed:
            if first:
                _refuse_document_type(element, document)
                first = False
            yield event, element
        if first and parsed.root is not None:
            _refuse_document_type(parsed.root, document)
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        message = f"the XML cannot be read from here on: {str(fault.msg).split(', line')[0]}"
        cure = "the file is cut short, damaged or no XML; download it again"
        raise Refused(Fault("xml-broken", document.place(line or None, column or None), message, cure)) from None


def _refuse_document_type(element: Element, document: Document) -> None:
    if element.getroottree().docinfo.doctype:
        message = "the XML carries a document type (DOCTYPE), which can reach into other files"
        cure = "no bank sends one: ask the sender for a file without it; nothing was imported"
        raise Refused(Fault("xml-document-type", document.place(), message, cure))


def local_name(tag: str) -> str:
    """Return an element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]

"""Kuali's card XML: our own file with its golden output, and what refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.frames import Extract
from pcard.importers.card_files.kuali import Kuali
from pcard.ledger.normalise import normalise

PATH = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "kuali_pcdo" / "september.xml"
TEXT = PATH.read_text(encoding="utf-8")


def codes(text: str) -> set[str]:
    document = document_of("september.xml", text.encode())
    return {fault.code for fault in errors_of(normalise(Kuali().extract(document), document).faults)}


def test_the_whole_file(golden: Callable[[Path, str], None], shown: Callable[[Extract], str]) -> None:
    document = document_of(PATH.name, PATH.read_bytes())
    assert Kuali().identify(document)
    extract = Kuali().extract(document)
    assert not extract.faults
    assert extract.cut == {"4000000000002718"}
    golden(PATH.with_name(PATH.name + ".txt"), shown(extract))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (">187.44<", ">-187.44<", "amount-unreadable"),
        (">187.44<", ">1e3<", "amount-unreadable"),
        (">C<", ">X<", "amount-unreadable"),
        ("</transactions>", "", "xml-broken"),
        ("</transactions>", "<!-- </transaction> --></transactions>", "control-mismatch"),
        ("<transactions ", "<!DOCTYPE x><transactions ", "xml-doctype"),
    ],
)
def test_what_refuses(before: str, after: str, code: str) -> None:
    assert not codes(TEXT)
    assert codes(TEXT.replace(before, after)) == {code}

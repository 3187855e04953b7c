"""The doors: sorted, loaded when used, and a broken plugin is named and skipped."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pcard import extensions
from pcard.documents import Document
from pcard.errors import Refused
from pcard.importers import read


def test_our_own_parts_come_through_the_doors() -> None:
    names = [plugin.name for plugin in extensions.installed("pcard.importers")]
    assert names == sorted(names)
    assert {"canonical", "delimited", "ofx"} <= set(names)
    for name in names:
        assert extensions.load("pcard.importers", name).name == name
    with pytest.raises(LookupError):
        extensions.load("pcard.importers", "nothing")


def test_a_broken_plugin_is_named_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("zz-broken", "no_such_package.importer:Importer", "pcard.importers")
    known = extensions._entries("pcard.importers")
    monkeypatch.setattr(extensions, "_entries", lambda _: (*known, broken))
    importers, faults = extensions.load_all("pcard.importers", frozenset({"zz-broken"}))
    assert len(importers) == len(known)
    (fault,) = faults
    assert fault.code == "plugin-broken"
    assert fault.warning
    assert "zz-broken" in fault.message
    assert extensions.load_all("pcard.importers")[1] == []  # not enabled: not even tried


def test_two_importers_for_one_file_are_both_named(tmp_path: Path) -> None:
    class Eager:
        version = "1"

        def __init__(self, name: str) -> None:
            self.name = name

        def identify(self, _: Document) -> bool:
            return True

        def extract(self, _: Document) -> object:
            raise AssertionError(tmp_path)

    with pytest.raises(Refused) as refused:
        read(Document("a.txt", b"x", ""), profiles=(), importers=[Eager("one"), Eager("two")])  # type: ignore[list-item]
    (fault,) = refused.value.faults
    assert fault.code == "importer-ambiguous"
    assert "one, two" in fault.message

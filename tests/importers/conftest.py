from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.documents import document_of, open_document
from pcard.errors import Refused
from pcard.extensions import Importer
from pcard.frames import Extract
from pcard.importers import read
from pcard.importers.canonical import Canonical
from pcard.importers.delimited import Delimited
from pcard.importers.profiles import Profile, load_profiles

PROFILES = load_profiles()
IMPORTERS: tuple[Importer, ...] = (Canonical(), Delimited())


@pytest.fixture(scope="session")
def shipped_profiles() -> tuple[Profile, ...]:
    return PROFILES


@pytest.fixture(scope="session")
def read_text() -> Callable[..., Extract]:
    """Read text or bytes as a document of the given name, with the shipped profiles."""

    def read_it(content: str | bytes, name: str = "file.csv", **told: object) -> Extract:
        raw = content.encode() if isinstance(content, str) else content
        return read(document_of(name, raw), profiles=PROFILES, importers=IMPORTERS, **told)  # type: ignore[arg-type]

    return read_it


@pytest.fixture(scope="session")
def read_path() -> Callable[[Path], Extract]:
    """Read a file with the shipped profiles; a refusal comes back as faults."""

    def read_it(path: Path) -> Extract:
        try:
            return read(open_document(path), profiles=PROFILES, importers=IMPORTERS)
        except Refused as refused:
            return Extract("", "", {}, faults=refused.faults)

    return read_it


@pytest.fixture(scope="session")
def shown() -> Callable[[Extract], str]:
    """Write an extract for a golden file."""

    def show(extract: Extract) -> str:
        reading = extract.reading
        sign = "below" if reading.negate else "above"
        parts = [
            extract.importer,
            f"decimal {reading.decimal_mark}, dates {' '.join(reading.date_formats)}, {sign} zero",
        ]
        for table, frame in extract.lines.items():
            parts += ["", table, frame.write_csv(null_value="-").rstrip("\n")]
        parts += [
            "",
            *(f"skipped line {one.line}: {one.reason} [{one.amount or ''}] {one.text}" for one in extract.skipped),
        ]
        parts += [f"{one.name}: stated {one.stated}, found {one.found}" for one in extract.controls]
        parts += [str(fault) for fault in extract.faults]
        return "\n".join((*parts, ""))

    return show

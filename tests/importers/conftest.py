from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcard.documents import document_of, open_document
from pcard.errors import Refused
from pcard.extensions import Importer, load_all
from pcard.frames import Extract
from pcard.importers import read
from pcard.importers.tables.canonical import Canonical
from pcard.importers.tables.delimited import Delimited
from pcard.importers.tables.profiles import Profile, load_profiles
from pcard.ledger.normalise import Normalised
from pcard.pipeline.ingest import Readers, ingest

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


@pytest.fixture(scope="session")
def read_with() -> Callable[[Importer, Path], Extract]:
    """Read a file with one importer that must recognise it; a refusal comes back as faults."""

    def read_it(importer: Importer, path: Path) -> Extract:
        try:
            document = open_document(path)
        except Refused as refused:
            return Extract(importer.name, importer.version, {}, faults=refused.faults)
        assert importer.identify(document), path.name
        return importer.extract(document)

    return read_it


@pytest.fixture
def as_golden(
    read_with: Callable[[Importer, Path], Extract],
    shown: Callable[[Extract], str],
    golden: Callable[[Path, str], None],
) -> Callable[[Importer, Path], None]:
    """Read a file as its golden file has it: below `faults` with the fault it is named after, else with none."""

    def check(importer: Importer, path: Path) -> None:
        extract = read_with(importer, path)
        if path.parent.name == "faults":
            assert {fault.code for fault in extract.faults} == {path.stem}
        else:
            assert not extract.faults
            assert all(control.agrees for control in extract.controls)
        golden(path.with_name(path.name + ".txt"), shown(extract))

    return check


@pytest.fixture(scope="session")
def ingested() -> Callable[[Path], Normalised]:
    """Take a file through the door with every importer and shipped profile; a refusal raises."""
    readers = Readers(load_all("pcard.importers")[0], PROFILES)
    return lambda path: ingest(open_document(path), readers)

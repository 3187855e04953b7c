from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pcard.errors import PcardError, Refused, RefusedByState
from pcard.store import database
from pcard.store.workspace import Workspace
from tests.store.conftest import charge, document, normalised, now

ROOT = Path(__file__).resolve().parents[2]


def opened(root: Path) -> Workspace:
    return Workspace.open(root, who="clerk", now=now)


def pragma(root: Path, name: str) -> object:
    with opened(root) as workspace:
        return workspace._database.value(f"PRAGMA {name}")


def test_a_local_disk_has_a_log_and_every_commit_is_forced_out(root: Path) -> None:
    assert (pragma(root, "journal_mode"), pragma(root, "synchronous")) == ("wal", 2)
    assert (pragma(root, "trusted_schema"), pragma(root, "foreign_keys"), pragma(root, "cell_size_check")) == (0, 1, 1)
    assert (pragma(root, "secure_delete"), pragma(root, "user_version")) == (2, 2)
    assert pragma(root, "application_id") == database.APPLICATION_ID


def test_a_network_share_has_none(root: Path) -> None:
    settings = root / "pcard.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("storage: auto", "storage: network"), encoding="utf-8"
    )
    assert (pragma(root, "journal_mode"), pragma(root, "synchronous")) == ("delete", 3)


@pytest.mark.parametrize("content", [b"", b"This is a letter, not a database." * 40, b"\0" * 8192])
def test_what_is_no_database_is_refused(root: Path, content: bytes) -> None:
    (root / "pcard.db").write_bytes(content)
    with pytest.raises(PcardError) as refused:
        opened(root)
    assert refused.value.faults[0].code in {"workspace-foreign", "workspace-damaged"}
    assert "restore pcard.db" in refused.value.faults[0].cure


def test_another_programs_database_is_refused_and_left_alone(root: Path) -> None:
    path = root / "pcard.db"
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(Refused, match="not one of pcard's"):
        opened(root)
    assert path.read_bytes() == before


def test_flipped_bits_are_found_or_mean_nothing(root: Path) -> None:
    with opened(root) as workspace:
        workspace.import_document(document("a"), normalised([charge(n) for n in range(300)]))
        workspace.decide("dispose", "F1", value="justified", reason="ok")
        written = workspace.records()["transactions"], workspace.decisions()
    path = root / "pcard.db"
    whole, chance = path.read_bytes(), random.Random(7)  # noqa: S311  a test's dice
    for _ in range(60):
        flipped = bytearray(whole)
        for at in (chance.randrange(len(whole)) for _ in range(3)):
            flipped[at] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        for log in root.glob("pcard.db-*"):
            log.unlink()
        try:
            with opened(root) as workspace:
                intact = workspace.verify().intact
                read = workspace.records()["transactions"], workspace.decisions()
        except PcardError as error:
            assert error.exit_code in (3, 4)  # noqa: PT017  any other exception fails the test
        else:
            # A bit in free space means nothing; verify may only pass where all reads as it was written.
            assert not intact or all(found.equals(then) for found, then in zip(read, written, strict=True))


def test_a_second_writer_waits_and_then_hears_who_is_in_the_way(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        " print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(root / "pcard.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        monkeypatch.setattr(database, "WAIT_MS", 20)
        with opened(root) as workspace:
            assert workspace.records()["transactions"].is_empty()  # readers are not stopped
            with pytest.raises(RefusedByState, match="another pcard command is writing") as refused:
                workspace.decide("dispose", "F1", value="justified")
            assert "nothing was changed" in refused.value.faults[0].cure
            other.communicate()
            assert workspace.decide("dispose", "F1", value="justified") == "D-000001"


def test_two_clerks_lose_nothing(root: Path) -> None:
    work = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from pcard.store.workspace import Workspace\n"
        "with Workspace.open(Path(sys.argv[1]), who=sys.argv[2], now=lambda: datetime.now(UTC)) as w:\n"
        "    for n in range(25): w.decide('dispose', f'F{n}', value=sys.argv[2])\n"
    )
    clerks = [subprocess.Popen([sys.executable, "-c", work, str(root), name], cwd=ROOT) for name in ("ana", "ben")]
    assert [clerk.wait() for clerk in clerks] == [0, 0]
    with opened(root) as workspace:
        assert workspace.decisions()["who"].value_counts().sort("who").rows() == [("ana", 25), ("ben", 25)]
        assert workspace.verify().intact


def test_a_full_disk_changes_nothing(root: Path) -> None:
    """A limit on the size of files stands for the full disk; it needs no special rights."""
    resource = pytest.importorskip("resource")
    lines = normalised([charge(n, description="x" * 200) for n in range(2000)])
    with opened(root) as workspace:
        before, head = workspace.records()["transactions"], workspace.head
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        try:
            with pytest.raises(RefusedByState, match="disk is full or failed"):
                workspace.import_document(document("a"), lines)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert workspace.records()["transactions"].equals(before)
        assert (workspace.head, list((root / "originals").iterdir())) == (head, [])
        assert workspace.import_document(document("a"), lines).accepted == 2000
        assert workspace.verify().intact


def test_what_cannot_be_opened_is_said_so(root: Path, tmp_path: Path) -> None:
    (root / "pcard.db").unlink()
    (root / "pcard.db").mkdir()
    with pytest.raises(RefusedByState, match="cannot be opened for writing"):
        opened(root)
    with pytest.raises(RefusedByState, match="cannot use it: no such file or directory"):
        database.Database(tmp_path / "nowhere" / "pcard.db", network=False, create=True)


def test_an_sqlite_without_strict_tables_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    with pytest.raises(RefusedByState, match=r"pcard needs 3\.38 or newer"):
        opened(root)


def test_a_page_that_no_record_speaks_of_is_checked_too(root: Path) -> None:
    """An index is no fact; only SQLite's own check sees that it and its table part ways."""
    with opened(root) as workspace:
        workspace.decide("dispose", "F-ODDLY-NAMED")
        page = workspace._database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'decisions_by_subject'")
    content = bytearray((root / "pcard.db").read_bytes())
    start = (page - 1) * 4096
    content[start : start + 4096] = content[start : start + 4096].replace(b"F-ODDLY", b"G-ODDLY")
    (root / "pcard.db").write_bytes(content)
    with opened(root) as workspace:
        fault = workspace.verify().fault
    assert fault
    assert fault.code == "pages-damaged"


def test_reads_within_an_act_see_what_it_has_done(root: Path) -> None:
    with opened(root) as workspace, workspace.transaction():
        workspace.import_document(document("a"), normalised([charge(1)]))
        assert workspace.records()["transactions"].height == 1

"""Documents taken into a workspace one by one, and what became of each."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import REFUSED, Answer, fault_facts
from pcard.cli.understood import amount_facts, amount_words, proposal_lines
from pcard.escape import for_terminal

if TYPE_CHECKING:
    from pcard.documents import Document
    from pcard.importers.tables.profiles import Profile
    from pcard.importers.tables.proposal import Proposal
    from pcard.ledger.normalise import Normalised
    from pcard.pipeline.ingest import Readers
    from pcard.store.workspace import Workspace

# Hidden files, the lock file Excel lays beside an open workbook, and what Windows keeps of a folder's looks.
SYSTEM_FILES = (".", "~$", "Thumbs.db", "desktop.ini")


class Intake:
    """Takes documents one by one and remembers what came of each."""

    def __init__(
        self,
        workspace: Workspace,
        at_hand: Readers,
        table: str | None = None,
        profile: Profile | None = None,
        *,
        dry_run: bool = False,
        accept_unbalanced: bool = False,
    ) -> None:
        self.workspace = workspace
        self.at_hand = at_hand
        self.table = table
        self.profile = profile
        self.dry_run = dry_run
        self.accept_unbalanced = accept_unbalanced
        self.documents: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.refused = 0

    def take(self, path: Path) -> None:
        """Import one file, or say why it was refused; a refusal changes nothing."""
        from pcard.card_numbers import redact
        from pcard.documents import open_document
        from pcard.errors import PcardError, RefusedByState, errors_of

        try:
            document = open_document(path)
            normalised = self._read(document)
            refusing = [fault for fault in errors_of(normalised.faults) if not self._accepted(fault.code)]
            if refusing:
                self._refuse(document.name, PcardError(*refusing), normalised)
                return
            if self.dry_run:
                self._report(document.name, normalised, normalised.accepted, 0, normalised.amount_cents)
                return
            unbalanced = any(not control.agrees for control in normalised.controls)
            taken = self.workspace.import_document(document, normalised, accepted_unbalanced=unbalanced)
            self._report(document.name, normalised, taken.accepted, taken.already_present, taken.amount_cents)
        except RefusedByState:
            raise
        except PcardError as error:
            self._refuse(redact(path.name)[0], error)

    def _read(self, document: Document) -> Normalised:
        """Read a document; at a terminal a layout nobody described is proposed, and a person asked."""
        from pcard.importers.tables.proposal import UnknownLayout
        from pcard.pipeline.ingest import ingest

        try:
            return ingest(document, self.at_hand, table=self.table, profile=self.profile)
        except UnknownLayout as unknown:
            profile = unknown.proposal.profile
            if profile is None or unknown.proposal.doubts or not self._agreed(document.name, unknown.proposal):
                raise
            return ingest(document, self.at_hand, table=self.table, profile=profile)

    def _agreed(self, name: str, proposal: Proposal) -> bool:
        """Show a proposal at a terminal and ask; what is agreed to is saved for the next month."""
        from pcard.store.files import make_folder, write_whole

        if not (sys.stdin.isatty() and proposal.profile):
            return False
        click.echo(f"No profile describes the layout of {for_terminal(name)}. Proposed:", err=True)
        for line in [*proposal.text.splitlines(), *proposal_lines(proposal)]:
            click.echo(f"    {for_terminal(line)}", err=True)
        if not click.confirm("Is this what the file says? Take it, and keep the profile?", err=True):
            return False
        path = self.workspace.root / "rules" / "profiles" / f"{proposal.profile.id}.yaml"
        make_folder(path.parent)
        write_whole(path, proposal.text.encode())
        return True

    def _accepted(self, code: str) -> bool:
        return self.accept_unbalanced and code == "control-mismatch"

    def _report(
        self, name: str, normalised: Normalised, accepted: int, already: int, amount_cents: Mapping[str, int]
    ) -> None:
        amount = amount_facts(amount_cents)
        self.documents.append(
            {
                "name": name,
                "importer": normalised.importer,
                "accepted": accepted,
                "already_present": already,
                "skipped": normalised.skipped,
                "refused": normalised.refused,
                "amount": amount,
                "statements": normalised.statements,
                "controls": [{"name": c.name, "stated": c.stated, "found": c.found} for c in normalised.controls],
                "warnings": [fault_facts(fault) for fault in normalised.faults if fault.warning],
            }
        )
        self.notes += [str(fault) for fault in normalised.faults if fault.warning]
        parts = [f"{accepted:,} lines taken", f"{already:,} already here", f"{normalised.skipped:,} skipped"]
        tables = ", ".join(f"{frame.height:,} {table}" for table, frame in normalised.records.items() if frame.height)
        self.lines.append(f"{name}  ({normalised.importer}: {tables or 'no lines'})")
        self.lines.append(f"    {', '.join(parts)}, {normalised.refused:,} refused; {amount_words(amount)}")
        if agreed := sum(control.agrees for control in normalised.controls):
            self.lines.append(f"    {agreed} control figures agree: those the file states, and a second count of it")
        if normalised.cut_count:
            self.lines.append(f"    {normalised.cut_count:,} card numbers were cut to their last four digits")

    def _refuse(self, name: str, error: Exception, normalised: Normalised | None = None) -> None:
        faults = getattr(error, "faults", ())
        proposal = getattr(error, "proposal", None)
        self.refused += 1
        self.documents.append(
            {
                "name": name,
                "importer": normalised.importer if normalised else None,
                "accepted": 0,
                "already_present": 0,
                "skipped": normalised.skipped if normalised else 0,
                "refused": normalised.refused if normalised else 0,
                "amount": "0.00",
                "statements": 0,
                "faults": [fault_facts(fault) for fault in faults],
                **({"proposed_profile": proposal.text, "doubts": list(proposal.doubts)} if proposal else {}),
            }
        )
        self.lines.append(f"{name}  refused; nothing of it was taken")
        self.notes += [str(fault) for fault in faults]
        if proposal:
            self.lines += ["    a profile is proposed:", *indented(proposal.text.splitlines())]
            self.lines += indented(proposal_lines(proposal))

    def answer(self, notes: list[str]) -> Answer:
        """Return what came of all documents."""
        taken = sum(document["accepted"] for document in self.documents)
        ready = len(self.documents) - self.refused
        lines = [
            *self.lines,
            f"{ready} of {len(self.documents)} documents {'would be ' if self.dry_run else ''}taken, {taken:,} lines.",
        ]
        steps = ["correct the refused files as said above and import them again"] if self.refused else []
        steps.append("run: pcard reconcile")
        facts = {"documents": self.documents, "dry_run": self.dry_run}
        return Answer(facts, lines, [*notes, *self.notes], steps, REFUSED if self.refused else 0)


def files_of(path: Path) -> list[Path]:
    """Return a file, or all files below a folder in the order of their names; what only systems put there is left out."""
    if not path.is_dir():
        return [path]
    below = [inner for inner in path.rglob("*") if inner.is_file()]
    return sorted(inner for inner in below if not _of_a_system(inner.relative_to(path)))


def _of_a_system(path: Path) -> bool:
    return any(part.startswith(SYSTEM_FILES) for part in path.parts)


def indented(lines: list[str]) -> list[str]:
    """Set lines in."""
    return [f"    {line}" for line in lines]

"""`pcard import FILE...`: documents into the workspace, all or nothing per document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import REFUSED, Answer, answering, fault_facts
from pcard.cli.profile import proposal_lines
from pcard.cli.session import opened, readers, working, workspace_option

if TYPE_CHECKING:
    from pcard.importers.profiles import Profile
    from pcard.ledger.normalise import Normalised
    from pcard.pipeline.ingest import Readers
    from pcard.store.workspace import Workspace


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--as", "table", metavar="KIND", help="What the file holds: transactions, receipts, orders, cards ...")
@click.option("--profile", "profile_name", metavar="P", help="Read it by this import profile (a name or a YAML file).")
@click.option("--dry-run", is_flag=True, help="Show what would be taken; take nothing.")
@click.option("--accept-unbalanced", is_flag=True, help="Take a file whose control totals disagree; it is recorded.")
@workspace_option
@answering
def command(
    files: tuple[Path, ...],
    table: str | None,
    profile_name: str | None,
    dry_run: bool,
    accept_unbalanced: bool,
    root: Path | None,
) -> Answer:
    """Read bank and card statements, receipts, orders and lists into the workspace.

    Each document is taken whole or not at all; the others are still imported.
    Exit code 3 tells that at least one was refused.
    """
    with opened(root) as workspace:
        at_hand, notes = readers(workspace)
        profile = _profile(profile_name, at_hand) if profile_name else None
        intake = Intake(workspace, at_hand, table, profile, dry_run=dry_run, accept_unbalanced=accept_unbalanced)
        for path in files:
            with working(f"reading {path.name}"):
                intake.take(path)
    return intake.answer(notes)


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
        from pcard.documents import open_document
        from pcard.errors import PcardError, RefusedByState, errors_of
        from pcard.pipeline.ingest import ingest

        try:
            document = open_document(path)
            normalised = ingest(document, self.at_hand, table=self.table, profile=self.profile)
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
            self._refuse(path.name, error)

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
        agreed = [f"{control.name} {control.stated}" for control in normalised.controls if control.agrees]
        if agreed:
            self.lines.append(f"    agrees in {', '.join(agreed)}")
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


def indented(lines: list[str]) -> list[str]:
    """Set lines in."""
    return [f"    {line}" for line in lines]


def _profile(name: str, at_hand: Readers) -> Profile:
    from pcard.importers.profiles import load_profile

    for profile in at_hand.profiles:
        if profile.id == name:
            return profile
    if Path(name).is_file():
        return load_profile(Path(name))
    known = ", ".join(profile.id for profile in at_hand.profiles)
    raise click.BadParameter(f"there is no profile '{name}'; known: {known}", param_hint="--profile")


def amount_facts(amounts: Mapping[str, int]) -> str | dict[str, str]:
    """Return a document's sum as decimal text; a map by currency where there are several."""
    from pcard.money import format_cents

    texts = {currency: format_cents(cents) for currency, cents in sorted(amounts.items())}
    if len(texts) > 1:
        return {currency or "unnamed": text for currency, text in texts.items()}
    return next(iter(texts.values()), "0.00")


def amount_words(amount: str | dict[str, str]) -> str:
    """Return a document's sum in words."""
    if isinstance(amount, str):
        return f"sum {amount}"
    return "sums " + ", ".join(f"{text} {currency}" for currency, text in amount.items())

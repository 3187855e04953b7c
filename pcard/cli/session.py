"""What commands share: the workspace they act on, who acts, which day it is, and what reads documents."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import polars as pl

    from pcard.errors import Fault
    from pcard.extensions import Comparison
    from pcard.pipeline.ingest import Readers
    from pcard.pipeline.reconcile import Reconciliation, Rules
    from pcard.policy.loading import Policy
    from pcard.store.workspace import Workspace


def workspace_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-w DIR`: the workspace, else PCARD_WORKSPACE, else the nearest parent that has pcard.yaml."""
    text = "The workspace (else PCARD_WORKSPACE, else the nearest parent folder that has pcard.yaml)."
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("-w", "--workspace", "root", type=kind, help=text)(function)


def as_of_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--as-of DATE`, the day deadlines are counted to."""
    kind = click.DateTime(["%Y-%m-%d"])
    return click.option("--as-of", type=kind, help="Count deadlines to this day (default: today).")(function)


def day(as_of: datetime | None) -> date:
    """Return the day a command computes for; the clock is read here and nowhere below."""
    return as_of.date() if as_of else datetime.now(UTC).astimezone().date()


@contextmanager
def opened(root: Path | None) -> Iterator[Workspace]:
    """Open the workspace and close it again."""
    from pcard.store.workspace import Workspace

    found = root or Workspace.find(Path.cwd(), os.environ)
    with Workspace.open(found, who=who(), now=lambda: datetime.now(UTC)) as workspace:
        yield workspace


def who() -> str:
    """Return the name of the person at the keyboard as the system knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say what takes a while, on a terminal only, and take it away again."""
    if not sys.stderr.isatty():
        yield
        return
    click.echo(f"{what} ...\r", nl=False, err=True)
    try:
        yield
    finally:
        click.echo(" " * (len(what) + 4) + "\r", nl=False, err=True)


def readers(workspace: Workspace | None = None) -> tuple[Readers, list[str]]:
    """Return the importers and profiles at hand, and a note for each that is broken."""
    from pcard.extensions import load_all
    from pcard.importers.tables.profiles import Profiles
    from pcard.pipeline.ingest import Readers

    enabled = enabled_plugins(workspace) if workspace else frozenset()
    importers, faults = load_all("pcard.importers", enabled)
    folders = [workspace.root / "rules" / "profiles"] if workspace else []
    return Readers(importers, Profiles(folders)), [str(fault) for fault in faults]


def enabled_plugins(workspace: Workspace) -> frozenset[str]:
    """Return the plugins a person has let this workspace use, and not taken back."""
    import polars as pl

    standing = workspace.decisions().filter((pl.col("act") == "enable") & pl.col("undone_by").is_null())
    return frozenset(standing["subject"])


def read_tables(paths: Mapping[str, Path]) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Read files for a stateless command: records by table, and the warnings.

    Raises:
        Refused: with the faults of all files at once.
    """
    from pcard.documents import open_document
    from pcard.errors import PcardError, Refused, errors_of
    from pcard.pipeline.ingest import ingest
    from pcard.pipeline.plain import plain_records

    at_hand, notes = readers()
    records: dict[str, pl.DataFrame] = {}
    faults: list[Fault] = []
    for table, path in paths.items():
        try:
            if (plain := plain_records(table, path)) is not None:
                records[table] = plain
                continue
            normalised = ingest(open_document(path), at_hand, table=table)
        except PcardError as refused:
            faults += refused.faults
            continue
        faults += errors_of(normalised.faults)
        notes += [str(fault) for fault in normalised.faults if fault.warning]
        records.update(normalised.records)
    if faults:
        raise Refused(*faults)
    return records, notes


def policy_of(workspace: Workspace) -> Policy | None:
    """Load the active policies, or None where none is active."""
    from pcard.policy.loading import load_policy

    paths = [workspace.root / name for name in workspace.settings.policies]
    return load_policy(paths, waiver_files(workspace), workspace.settings.district_facts()) if paths else None


def waiver_files(workspace: Workspace) -> list[Path]:
    """Return the workspace's files of waivers: those its settings name, else rules/waivers.yaml where it is."""
    if workspace.settings.waivers:
        return [workspace.root / name for name in workspace.settings.waivers]
    usual = workspace.root / "rules" / "waivers.yaml"
    return [usual] if usual.is_file() else []


def rules_of(workspace: Workspace) -> Rules:
    """Load what the workspace has laid down: policies, programs, thresholds, calendar."""
    from pcard.pipeline.reconcile import Rules
    from pcard.rebate.facts import NOTHING_STATED, load_facts
    from pcard.rebate.programs import load_programs

    settings = workspace.settings
    programs = load_programs((workspace.root / name for name in settings.programs), enabled_plugins(workspace))
    return Rules(
        policy=policy_of(workspace),
        programs=programs,
        rebate_facts=load_facts(workspace.root / settings.rebate_facts, programs)
        if settings.rebate_facts
        else NOTHING_STATED,
        match=settings.match_settings(),
        calendar=settings.calendar(),
        comparisons=comparisons_of(workspace),
        fiscal_year_starts=settings.fiscal_year_starts,
    )


def comparisons_of(workspace: Workspace) -> Sequence[Comparison]:
    """Load the comparisons of enabled plugins; one that is broken is named and left out."""
    from pcard.extensions import load_all

    comparisons, faults = load_all("pcard.comparisons", enabled_plugins(workspace))
    for fault in faults:
        click.echo(str(fault), err=True)
    return comparisons


def reconciled(workspace: Workspace, cycle: str | None, as_of: date, *, suggest_only: bool = False) -> Reconciliation:
    """Compute the workspace's conclusions for a cycle; `suggest_only` accepts no link, whatever pcard.yaml says."""
    from pcard.engines import engine_named
    from pcard.pipeline.reconcile import reconcile

    rules = rules_of(workspace)
    if suggest_only:
        rules = replace(rules, match=replace(rules.match, suggest_only=True))
    with working("computing the month"):
        return reconcile(
            workspace.records(),
            workspace.decisions(),
            rules,
            engine_named("local"),
            cycle=cycle,
            closing_day=workspace.settings.closing_day,
            as_of=as_of,
        )

"""The plugin doors, all on one screen.

A door is an entry-point group; what stands behind a name is loaded only when
that name is used, in sorted order, and a plugin that cannot be loaded is named
and skipped. pcard's own importers, comparisons, checks and exporters come
through the same doors, declared in its pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl

    from pcard.documents import Document
    from pcard.errors import Fault
    from pcard.frames import Extract, Ledger

DOORS = ("pcard.importers", "pcard.comparisons", "pcard.checks", "pcard.rebate_schemes", "pcard.exporters")


class Importer(Protocol):
    """Reads one format: `pcard.importers`."""

    name: str
    version: str

    def identify(self, document: Document) -> bool:
        """Tell whether this document is in the importer's format, cheaply and without raising."""
        ...

    def extract(self, document: Document) -> Extract:
        """Return the document's lines as found; faults and skipped lines are values in it."""
        ...


class Comparison(Protocol):
    """Compares candidate pairs in named levels: `pcard.comparisons`.

    `evidence` says what charges are compared with: `receipt` or `order`. The
    first of the `levels` is agreement. `shares` are how true pairs spread over
    them, as a guess: matching learns from there what each level weighs.
    """

    name: str
    evidence: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]

    def level(self) -> pl.Expr:
        """Return the index of each pair's level, or null where there is nothing to compare.

        The expression is over all pairs at once; their columns are `charge.` and
        `evidence.` with the fields of both records (`charge.description`,
        `evidence.purpose`, money as `charge.amount_cents`).
        """
        ...


class Check(Protocol):
    """Flags what a condition cannot say: `pcard.checks`.

    `needs` are the record tables and fields it cannot do without, or several
    such sets of which one is enough; `defaults` the settings it takes, each
    written as in YAML. Beside them `flag` finds in its settings `charges` (the
    frame that rules judge, each setting of money in it as `$name` in cents),
    `as_of` and `calendar`.
    """

    name: str
    needs: frozenset[str] | tuple[frozenset[str], ...]
    defaults: Mapping[str, Any]

    def flag(self, ledger: Ledger, matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a row a flag: transaction_ids (list of text), reasons (text), suspicion (0 to 1)."""
        ...


class RebateScheme(Protocol):
    """Computes what a program's buckets cannot say: `pcard.rebate_schemes`."""

    name: str

    def accrue(self, transactions: pl.DataFrame, terms: Mapping[str, Any]) -> pl.DataFrame:
        """Return accruals per bucket for one period."""
        ...


class Exporter(Protocol):
    """Writes a report or a journal: `pcard.exporters`."""

    name: str
    suffix: str

    def write(self, report: object, path: Path) -> None:
        """Write the report to a path."""
        ...


@dataclass(frozen=True, slots=True)
class Plugin:
    """One name behind a door: where it comes from, and the fault where it cannot be loaded."""

    door: str
    name: str
    package: str
    version: str
    origin: str
    builtin: bool


@cache
def _entries(door: str) -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=door), key=lambda entry: (_package(entry) != "pcard", entry.name)))


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "unknown"


def installed(door: str) -> Iterator[Plugin]:
    """List what stands behind a door without loading it, built-ins first, then by name."""
    for entry in _entries(door):
        version = entry.dist.version if entry.dist else ""
        yield Plugin(door, entry.name, _package(entry), version, entry.value, _package(entry) == "pcard")


def sha256_of(plugin: Plugin) -> str:
    """Return one SHA-256 over the Python files of a plugin's package, in the order of their names."""
    import hashlib

    entry = next(entry for entry in _entries(plugin.door) if entry.name == plugin.name)
    digest = hashlib.sha256()
    for file in sorted((entry.dist.files if entry.dist else None) or (), key=str):
        if file.suffix == ".py":
            digest.update(f"{file}\0".encode() + Path(str(file.locate())).read_bytes())
    return digest.hexdigest()


def load(door: str, name: str) -> Any:
    """Load one name behind a door; a class is called, so that the door gives an object.

    Raises:
        LookupError: nothing of that name stands behind the door.
        ImportError: it stands there and cannot be loaded; the message names its package.
    """
    for entry in _entries(door):
        if entry.name == name:
            try:
                target = entry.load()
                return target() if isinstance(target, type) else target
            except Exception as fault:
                msg = f"plugin {name} of {_package(entry)} cannot be loaded: {fault}"
                raise ImportError(msg) from fault
    msg = f"no {name} behind {door}"
    raise LookupError(msg)


def load_all(door: str, enabled: frozenset[str] = frozenset()) -> tuple[list[Any], list[Fault]]:
    """Load the built-ins and the enabled plugins of a door; broken ones come back as warnings."""
    from pcard.errors import Fault, Place

    objects: list[Any] = []
    faults: list[Fault] = []
    for plugin in installed(door):
        if not plugin.builtin and plugin.name not in enabled:
            continue
        try:
            objects.append(load(door, plugin.name))
        except ImportError as fault:
            cure = f"reinstall or remove {plugin.package}"
            faults.append(Fault("plugin-broken", Place(plugin.package), str(fault), cure, warning=True))
    return objects, faults

"""ISO 20022 account messages (camt.052, camt.053, camt.054, every version): the district's own bank account.

Each entry is one bank line, however many payments it bundles: that is what the
bank books and what the balance moves by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from lxml import etree

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Control, Extract, Reading, Skipped
from pcard.importers.bank_files.bank_accounts import full_numbers, last_four, statements_of, without_numbers
from pcard.importers.bank_files.camt_entries import Entry, entry_of, numbers_of
from pcard.importers.bank_files.camt_statements import Part, Settled, account_number, settle
from pcard.importers.refusing import faults_as_values
from pcard.importers.xml_documents import elements, head, local, namespace

_MESSAGE = re.compile(r"<(?:[\w.-]+:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)(?:V01)?[\s>/]")
_VERSION = re.compile(r"\bcamt\.05[234]\.001\.[0-9]{2}")
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_NAMES = ("BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn")
_MESSAGES = (*_NAMES, *(f"{name}V01" for name in _NAMES))
_ENTRY = re.compile(r"<(?:[\w.-]+:)?Ntry[\s/>]")
_QUOTED = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_BOOKED, _PENDING = "BOOK", "PDNG"
_READING = Reading(thousands=False)
_CHUNK = 20_000  # entries that are held as Python objects at a time
_EXACT = pl.Decimal(38, 12)
_SKIPPED = {
    "PDNG": "pending: not booked yet, it will come in a later file",
    "FUTR": "announced for a later day: not booked yet",
    "INFO": "for information only: the bank does not book it",
}


@dataclass(frozen=True)
class _Found:
    """What one pass gathers.

    `entries` has the cells of each entry and `statement`, an index into
    `statements`: the elements with the entries cut out.
    """

    entries: pl.DataFrame
    statements: list[etree._Element]
    faults: list[Fault]
    numbers: frozenset[str]


class Camt:
    """Reads camt.052 reports, camt.053 statements and camt.054 notifications."""

    name = "camt"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the element that names the message."""
        return bool(_MESSAGE.search(head(document)))

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return bank lines, statements, skipped entries and controls, or the faults that refuse the whole file."""
        found = _gather(document)
        entries = found.entries
        parts = _parts(entries)
        settled = [settle(element, parts.get(at, []), document) for at, element in enumerate(found.statements)]
        faults = [*found.faults, *_unknown_states(entries, document), *(one for each in settled for one in each.faults)]
        if faults:
            raise Refused(*sorted(faults, key=lambda fault: fault.place.line or 0))
        around = pl.DataFrame(
            {
                "statement": range(len(settled)),
                "account": [last_four(account_number(element)) for element in found.statements],
                "day": [one.statement.closed for one in settled],
                "turns": [one.turns_reversals for one in settled],
                "interim": [local(element) != "Stmt" for element in found.statements],
            },
            {"statement": pl.Int32, "account": pl.String, "day": pl.String, "turns": pl.Boolean, "interim": pl.Boolean},
        )
        placed = _placed(entries.join(around, on="statement", maintain_order="left"))
        lines, cut = without_numbers(_bank_lines(placed), full_numbers(found.numbers))
        statements, repeated = statements_of(
            [
                one.statement
                for one, element in zip(settled, found.statements, strict=True)
                if _is_statement(one, element)
            ],
            document,
        )
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in (("bank_lines", lines), ("statements", statements)) if table.height},
            reading=_READING,
            skipped=tuple(_skipped(placed)),
            controls=(_count(document, entries.height), *(control for one in settled for control in one.controls)),
            faults=(*repeated, *_doubts(placed, settled, document)),
            cut=cut,
        )


def _gather(document: Document) -> _Found:
    """Read the document once.

    Raises:
        Refused: it is no well-formed XML, or a message of another kind.
    """
    statements: list[etree._Element] = []
    faults: list[Fault] = []
    numbers: set[str] = set()
    chunks: list[pl.DataFrame] = [_frame([])]
    held: list[tuple[object, ...]] = []
    spaces: set[str] = set()
    for element in elements(document, ("Ntry", *_STATEMENTS, *_MESSAGES), repeated="Ntry"):
        numbers.update(numbers_of(element))
        match local(element):
            case "Ntry":
                entry, wrong = entry_of(element, document)
                held.append((len(statements), *entry))
                faults += wrong
                if len(held) == _CHUNK:
                    chunks.append(_frame(held))
                    held = []
            case name if name in _STATEMENTS:
                statements.append(element)
            case _:
                spaces.add(namespace(element))
    _refuse_other_versions(spaces, document)
    return _Found(pl.concat([*chunks, _frame(held)]), statements, faults, full_numbers(numbers))


def _refuse_other_versions(spaces: Iterable[str], document: Document) -> None:
    others = sorted(space for space in spaces if space and not _VERSION.search(space))
    if others:
        message = f"its namespace ({others[0][-30:]}) is none of camt.052, camt.053 or camt.054"
        cure = "ask the bank for a camt.053 statement (or camt.052, camt.054)"
        raise Refused(Fault("camt-version", document.place(1), message, cure))


def _frame(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    types = {"statement": pl.Int32, "line": pl.Int32, "reverses": pl.Boolean}
    names = ("statement", *Entry._fields)
    return pl.DataFrame(rows, {name: types.get(name, pl.String) for name in names}, orient="row")


def _parts(entries: pl.DataFrame) -> dict[int, list[Part]]:
    """Return the entries of each statement counted and added up, those that are alike together."""
    is_debit, is_booked = pl.col("amount").str.starts_with("-"), pl.col("state") == _BOOKED
    size = pl.col("amount").str.strip_prefix("-").cast(_EXACT, strict=False)
    alike = ["statement", "is_debit", "reverses", "is_booked", "currency"]
    found = (
        entries.with_columns(is_debit.alias("is_debit"), is_booked.alias("is_booked"))
        .group_by(alike)
        .agg(pl.len(), size.sum().alias("total"))
        .sort(alike)
    )
    parts: dict[int, list[Part]] = {}
    for statement, *part in found.iter_rows():
        parts.setdefault(statement, []).append(Part(*part))
    return parts


def _unknown_states(entries: pl.DataFrame, document: Document) -> Iterator[Fault]:
    cure = "ask the bank what it means by it; nothing was imported"
    for line, state in entries.filter(~pl.col("state").is_in([_BOOKED, *_SKIPPED])).select("line", "state").iter_rows():
        message = f"the entry's state {state[:20]!r} is none of BOOK, PDNG, FUTR and INFO"
        yield Fault("camt-state", document.place(line, field="Sts"), message, cure)


def _placed(entries: pl.DataFrame) -> pl.DataFrame:
    """Turn the reversals that must be, and say why an entry is no bank line."""
    turned = pl.when(pl.col("amount").str.starts_with("-")).then(pl.col("amount").str.strip_prefix("-"))
    reason = pl.col("state").replace_strict(_SKIPPED, default=None, return_dtype=pl.String)
    # An interim report is all about what is on its way, and not every bank sends the booked entry after it.
    taken = (pl.col("state") == _BOOKED) | (pl.col("interim") & (pl.col("state") == _PENDING))
    return entries.with_columns(
        pl.when(pl.col("reverses") & pl.col("turns"))
        .then(turned.otherwise("-" + pl.col("amount")))
        .otherwise("amount"),
        pl.when(~taken).then(reason).alias("reason"),
    )


def _bank_lines(placed: pl.DataFrame) -> pl.DataFrame:
    return placed.filter(pl.col("reason").is_null()).select(
        "line",
        pl.coalesce("date", "day").alias("date"),
        "amount",
        "description",
        "account",
        "reference",
        "type",
        "currency",
    )


def _skipped(placed: pl.DataFrame) -> Iterator[Skipped]:
    texts = pl.col("description").fill_null("")
    for row in placed.filter(pl.col("reason").is_not_null()).select("line", "reason", texts, "amount").iter_rows():
        yield Skipped(*row)


def _is_statement(settled: Settled, element: etree._Element) -> bool:
    """Tell whether it says where the account stood: reports and notifications mostly do not."""
    return local(element) == "Stmt" or settled.statement.closing_balance is not None


def _count(document: Document, entries: int) -> Control:
    """Count the entries a second time, over the text without comments and quoted markup."""
    text = document.text if document.content[:2] in (b"\xff\xfe", b"\xfe\xff") else document.content.decode("latin-1")
    bare = _QUOTED.sub("", text) if "<!" in text else text
    return Control("the number of entries", str(len(_ENTRY.findall(bare))), str(entries))


def _doubts(placed: pl.DataFrame, settled: Sequence[Settled], document: Document) -> Iterator[Fault]:
    """Yield what a person should know of a file that is taken."""
    pending = placed.filter((pl.col("state") == _PENDING) & pl.col("reason").is_null())["line"]
    if len(pending):
        message = f"entries of an interim report that are not booked yet and may still change: {len(pending)}"
        cure = "where the bank's statement brings them again with other words, undo this import"
        yield Fault("camt-pending", document.place(pending[0]), message, cure, warning=True)
    undated = placed.filter(pl.col("date").is_null() & pl.col("reason").is_null())["line"]
    if len(undated):
        message = f"entries that name no day, dated by the report they stand in: {len(undated)}"
        cure = "check the days where they matter, at the end of a fiscal year for one"
        yield Fault("camt-undated", document.place(undated[0]), message, cure, warning=True)
    unsure = [at for at, one in enumerate(settled) if not one.is_sure]
    lines = placed.filter(pl.col("reverses") & pl.col("statement").is_in(unsure))["line"]
    if len(lines):
        message = (
            f"reversals ({len(lines)}) are taken as undoing an entry of their own direction, and so turned;"
            " no balance or total of the file proves it"
        )
        cure = "check one of them with the bank's statement"
        yield Fault("camt-reversal-unproved", document.place(lines[0]), message, cure, warning=True)

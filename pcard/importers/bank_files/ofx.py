"""OFX, QFX and QBO files: card statements as transactions, bank statements as bank lines.

The steps: a readable text, its blocks and what stands around them (`ofx_scan`),
the accounts (`ofx_statements`, by ofxparse), the lines (`ofx_lines`), and
what refuses or warns (`ofx_checks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from pcard.documents import Document
from pcard.frames import Extract, Reading, Skipped
from pcard.importers.bank_files import ofx_checks
from pcard.importers.bank_files.ofx_amounts import plain_amounts
from pcard.importers.bank_files.ofx_lines import apply_corrections, bank_lines, card_transactions, cells
from pcard.importers.bank_files.ofx_scan import Scan, cut, readable_text
from pcard.importers.bank_files.ofx_statements import Account, accounts, well_formed
from pcard.importers.refusing import faults_as_values

_SUFFIXES = (".ofx", ".qfx", ".qbo")
# `,` marks no thousands in OFX; what is certain was made plain before, the rest is for the ledger to refuse.
_CARD = Reading(date_formats=("%Y%m%d",), negate=True, thousands=False)
_BANK = Reading(date_formats=("%Y%m%d",), thousands=False)
_STATEMENTS = Reading(thousands=False)
_APART = re.compile(r"<(/?STMTTRNP|INVTRAN|TRNAMT)>\s*([^<]*)")
_ACCOUNT = re.compile(r"<ACCTID>\s*([^<]*)")
_PENDING = "pending: not posted yet, it will come in a later file"
_INVESTMENT = "an investment transaction, which is no card or bank line"
_ORDERED = "an amount outside a posted transaction, such as a payment order"


class Ofx:
    """Reads OFX 1.x (SGML) and 2.x (XML), with Intuit's QFX and QBO."""

    name = "ofx"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the header, or by the ending of the name."""
        head = document.content[:4096].replace(b"\0", b"").upper()
        return b"OFXHEADER" in head or b"<OFX>" in head or document.name.lower().endswith(_SUFFIXES)

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return lines, statements, skipped lines and controls, or the faults that refuse the whole file."""
        text = readable_text(document)
        scan = cut(text, document)
        whole = well_formed(scan.skeleton, document)
        ofx_checks.refuse_bank_errors(whole, scan, text, document)
        named = accounts(whole, scan.sections, document)
        ofx_checks.refuse_unnamed(named, scan, document)
        found = cells(scan.blocks, named)
        lines, corrected, elsewhere = apply_corrections(found)
        apart = _apart(scan)
        controls = ofx_checks.controls(text, lines, corrected, apart)
        ofx_checks.refuse_miscount(controls, document)
        tables = {
            "transactions": card_transactions(lines),
            "bank_lines": bank_lines(lines),
            "statements": _statements(named),
        }
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in tables.items() if table.height},
            reading=_CARD,
            readings={"bank_lines": _BANK, "statements": _STATEMENTS},
            skipped=(*corrected, *apart),
            controls=controls,
            faults=tuple(ofx_checks.warnings_of(whole, named, lines, elsewhere, document)),
            cut=_full_numbers(scan, found),
        )


def _apart(scan: Scan) -> tuple[Skipped, ...]:
    """Return what stands outside posted transactions: pending lines, investment trades, payment orders."""
    found = tuple(_found_apart(scan))
    amounts = plain_amounts(pl.Series("amount", [one.amount for one in found], pl.String).str.strip_chars())
    return tuple(replace(one, amount=amount) for one, amount in zip(found, amounts, strict=True))


def _found_apart(scan: Scan) -> Iterator[Skipped]:
    for line, text in scan.around:
        at, done = line, 0
        pending: Skipped | None = None
        for tag in _APART.finditer(text):
            at, done = at + text.count("\n", done, tag.start()), tag.start()
            match tag[1]:
                case "STMTTRNP":
                    pending = Skipped(at, _PENDING)
                case "TRNAMT" if pending:
                    pending = replace(pending, amount=tag[2])
                case "TRNAMT":
                    yield Skipped(at, _ORDERED, amount=tag[2])
                case "INVTRAN":
                    yield Skipped(at, _INVESTMENT)
                case _ if pending:
                    yield pending
                    pending = None


def _statements(named: Sequence[Account]) -> pl.DataFrame:
    """Return the statements of card and bank accounts; on a card, money owed is above zero."""
    rows = [
        (
            account.line,
            account.last_four,
            account.kind,
            account.opened and account.opened.isoformat(),
            account.closed.isoformat(),
            None if account.balance is None else f"{-account.balance if account.kind == 'card' else account.balance:f}",
            account.currency,
        )
        for account in named
        if account.kind != "investment" and account.last_four and account.closed
    ]
    names = ("account", "kind", "opened", "closed", "closing_balance", "currency")
    schema = {"line": pl.Int32} | dict.fromkeys(names, pl.String)
    return pl.DataFrame(rows, schema, orient="row").unique(["account", "closed"], keep="first", maintain_order=True)


def _full_numbers(scan: Scan, found: pl.DataFrame) -> frozenset[str]:
    """Return every account number of more than four digits, those of the other party of a transfer too."""
    around = (number.strip() for _, text in scan.around for number in _ACCOUNT.findall(text))
    numbers = {*around, *found["ACCTID"].drop_nulls().unique().to_list()}
    return frozenset(number for number in numbers if sum(char.isdigit() for char in number) > 4)

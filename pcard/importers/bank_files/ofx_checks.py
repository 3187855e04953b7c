"""What refuses an OFX document, what only warns, and the second count that must agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Place, Refused
from pcard.frames import Control, Skipped
from pcard.importers.bank_files.ofx_amounts import plain_amounts, total
from pcard.importers.bank_files.ofx_scan import Scan, line_of
from pcard.importers.bank_files.ofx_statements import Account, Status, statuses

_SEVERE = re.compile(r"<SEVERITY>\s*ERROR", re.IGNORECASE)
_AMOUNT = re.compile(r"<TRNAMT>\s*([^<]*)")
_OTHER_STATEMENT = re.compile(r"<((?!CC|INV)[A-Z]+STMTRS)>")
_DEBITS, _CREDITS = ["DEBIT", "POS", "ATM", "CASH"], ["CREDIT", "DEP"]


def refuse_bank_errors(whole: str, scan: Scan, text: str, document: Document) -> None:
    """Refuse a file in which the bank reports an error beside statements: they are not all that was asked for.

    Raises:
        Refused: with the bank's code and words, once for each.
    """
    said = _bank_errors(whole) if scan.sections or scan.blocks.height else []
    places = [document.place(line_of(text, found.start())) for found in _SEVERE.finditer(text)] if said else []
    cure = "clear at the bank what it names and download the file again; nothing was imported"
    if said:
        raise Refused(
            *(
                Fault("ofx-bank-error", place, f"the bank answered with error {status.code}: {status.message}", cure)
                for status, place in zip(said, places, strict=False)
            )
        )


def _bank_errors(whole: str) -> list[Status]:
    return [status for status in statuses(whole) if status.severity == "ERROR"]


def refuse_unnamed(named: Sequence[Account], scan: Scan, document: Document) -> None:
    """Refuse transactions of an unknown card.

    Raises:
        Refused: they stand outside a statement, or in a card's without an account number.
    """
    cure = "ask the bank for a file that names the account of every statement; nothing was imported"
    outside = scan.blocks.filter(pl.col("section").is_null())["line"]
    if len(outside):
        message = f"transactions stand outside a statement ({len(outside)} of them), so their account is unknown"
        raise Refused(Fault("ofx-outside-statement", document.place(outside[0]), message, cure))
    used = scan.blocks["section"].unique().to_list()
    message = "a card statement with transactions does not name its account (ACCTID)"
    without = [one for place, one in enumerate(named) if place in used and one.kind == "card" and not one.last_four]
    if without:
        raise Refused(*(Fault("ofx-card-unnamed", document.place(one.line), message, cure) for one in without))


def controls(
    text: str, lines: pl.DataFrame, corrected: Sequence[Skipped], apart: Sequence[Skipped]
) -> tuple[Control, Control]:
    """Count and add up a second time, over the text and without its blocks, beside what was read."""
    written = pl.Series("TRNAMT", _AMOUNT.findall(text), pl.String).str.strip_chars()
    skipped = pl.Series("TRNAMT", [one.amount for one in (*corrected, *apart)], pl.String)
    read = total(lines["TRNAMT"]) + total(skipped)
    return (
        Control("transactions", str(text.count("</STMTTRN>")), str(lines.height + len(corrected))),
        Control("sum of amounts", f"{total(plain_amounts(written)):f}", f"{read:f}"),
    )


def refuse_miscount(figures: Sequence[Control], document: Document) -> None:
    """Refuse what a second look counts or adds up differently.

    Raises:
        Refused: with both figures.
    """
    cure = "send the file to pcard's maintainers with its numbers changed; nothing was imported"
    if wrong := [figure for figure in figures if not figure.agrees]:
        raise Refused(
            *(
                Fault("ofx-miscount", document.place(), f"{one.name}: {one.stated} written, {one.found} read", cure)
                for one in wrong
            )
        )


def warnings_of(
    whole: str, named: Sequence[Account], lines: pl.DataFrame, elsewhere: pl.DataFrame, document: Document
) -> Iterator[Fault]:
    """Yield what a person should know of a file that is taken."""
    yield from _statement_warnings(whole, named, document)
    for line, corrected in elsewhere.iter_rows():
        message = f"the bank corrects its line {corrected}, which is not in this file"
        cure = "undo that line if an earlier file brought it"
        yield Fault("ofx-correction-elsewhere", document.place(line), message, cure, warning=True)
    spent = pl.col("TRNAMT").str.starts_with("-")
    against = (pl.col("TRNTYPE").is_in(_DEBITS) & ~spent) | (pl.col("TRNTYPE").is_in(_CREDITS) & spent)
    some = pl.col("TRNAMT").str.contains("[1-9]")
    odd = lines.filter((pl.col("kind") == "card") & some & against)["line"]
    if len(odd):
        message = f"the sign of the amount is against the type on {len(odd)} lines (a DEBIT above zero or the like)"
        cure = "check one of them with the statement; the sign was followed: below zero is spending"
        yield Fault("ofx-sign-against-type", document.place(odd[0]), message, cure, warning=True)


def _statement_warnings(whole: str, named: Sequence[Account], document: Document) -> Iterator[Fault]:
    seen: set[tuple[str | None, date | None]] = set()
    for account in named:
        yield from _account_warnings(account, document.place(account.line))
        key = (account.last_four, account.closed)
        if account.closed and key in seen:
            message = f"a second statement of an account ending in {account.last_four} to the same day is left out"
            cure = "where these are two accounts, download them into two files"
            yield Fault("ofx-statement-repeated", document.place(account.line), message, cure, warning=True)
        seen.add(key)
    for status in _bank_errors(whole):
        message = f"the bank sent no statement but error {status.code}: {status.message}"
        cure = "clear at the bank what it names and download the file again"
        yield Fault("ofx-no-statement", document.place(), message, cure, warning=True)
    for status in statuses(whole):
        if status.severity == "WARN":
            message = f"the bank adds a warning {status.code}: {status.message}"
            yield Fault("ofx-bank-warning", document.place(), message, "ask the bank what it means", warning=True)
    for name in dict.fromkeys(_OTHER_STATEMENT.findall(whole)):
        message = f"it also holds a statement of a kind that is not read ({name})"
        cure = "download card and bank accounts only, if you do not need it"
        yield Fault("ofx-statement-kind", document.place(), message, cure, warning=True)


def _account_warnings(account: Account, place: Place) -> Iterator[Fault]:
    if account.kind == "bank" and not account.last_four:
        message = "a bank statement does not name its account (ACCTID), so its lines have none"
        yield Fault("ofx-account-unnamed", place, message, "import one bank account at a time", warning=True)
    if account.unread or (account.kind != "investment" and not account.closed):
        message = "a date or balance of this statement is missing or cannot be read, and is left out"
        cure = "compare the closing balance with the bank's printed statement"
        yield Fault("ofx-statement-unread", place, message, cure, warning=True)

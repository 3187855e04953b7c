"""SWIFT MT940 statements and MT942 interim reports: a bank account, read line by line by the mt-940 library."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from pcard.card_numbers import decode
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Control, Extract, Reading
from pcard.importers.bank_files.bank_accounts import (
    BankStatement,
    full_numbers,
    last_four,
    statements_of,
    without_numbers,
)
from pcard.importers.bank_files.mt940_blocks import AGAIN, CLOSING, LINES, OPENING, SUMS, Block, blocks_of, faults_of
from pcard.importers.refusing import faults_as_values

if TYPE_CHECKING:
    from mt940.models import Transaction

_SUFFIXES = (".sta", ".mt940", ".mt942", ".940", ".942")
_FIELDS = re.compile(r"^:(?:20|25P?|28C?|60[FM]?|61|62[FM]?):", re.MULTILINE)
_READING = Reading(thousands=False)
_PIECE = 5_000  # lines that are held as the library's objects at a time
_NO_REFERENCE = ("NONREF", "")
_COLUMNS = ("date", "amount", "description", "account", "reference", "type", "currency")


class Mt940:
    """Reads MT940 and MT942 messages, bare or in SWIFT's envelope."""

    name = "mt940"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by fields like `:20:` and `:60F:` at the start of lines, or by the ending of the name."""
        if document.name.lower().endswith(_SUFFIXES):
            return True
        tags = set(_FIELDS.findall(decode(document.content[:8192])[0].replace("\r", "\n").replace("@@", "\n")))
        return ":20:" in tags and len(tags) > 1

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return bank lines, statements and controls, or the faults that refuse the whole file."""
        blocks = blocks_of(document)
        if faults := [fault for block in blocks for fault in faults_of(block, document)]:
            raise Refused(*faults)
        frames, controls = [_frame([])], list[Control]()
        for block in blocks:
            read = [_lines(piece, block, document) for piece in block.pieces(_PIECE)]
            frames += read
            controls += _controls(block, [Decimal(amount) for frame in read for amount in frame["amount"]])
        accounts = [part for block in blocks if block.account for part in (block.account, block.account.split("/")[-1])]
        lines, cut = without_numbers(pl.concat(frames), full_numbers(accounts))
        statements, warnings = statements_of([_statement(block) for block in blocks if block.of(*CLOSING)], document)
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in (("bank_lines", lines), ("statements", statements)) if table.height},
            reading=_READING,
            controls=tuple(controls),
            faults=(*warnings, *_empty(blocks, document)),
            cut=cut,
        )


def _lines(piece: Block, block: Block, document: Document) -> pl.DataFrame:
    """Return the bank lines of a piece of a statement."""
    found = _transactions(piece, document)
    return _frame([_row(field.line, one, block) for field, one in zip(piece.of(*LINES), found, strict=True)])


def _frame(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"line": pl.Int32} | dict.fromkeys(_COLUMNS, pl.String), orient="row")


def _transactions(block: Block, document: Document) -> Sequence[Transaction]:
    """Return what the library makes of a statement's lines.

    Raises:
        Refused: it stops at one of them, or loses one.
    """
    # Loaded where it is used: only SWIFT files pay for it.
    import mt940  # noqa: PLC0415

    # It logs the fields it reads and those it cannot, account numbers and all.
    logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)
    options = mt940.Options(
        reversal_sign=True,
        case_insensitive_marks=True,
        merge_keeps_values=True,
        unbounded_details=True,
        applicant_iban=True,
    )
    stopped: Exception | None = None
    # Some banks write references longer than SWIFT allows; the strict reading comes first.
    lenient: dict[int | str, mt940.tags.Tag] = {61: mt940.tags.StatementGLS()}
    for tags in (None, lenient):
        try:
            found = mt940.models.Transactions(tags=tags, options=options).parse(block.text)
        except Exception as fault:  # noqa: BLE001  # it raises whatever its models raise
            stopped = fault
            continue
        if len(found) == len(block.of(*LINES)):
            return found
    raise Refused(_unread(block, stopped, document))


def _unread(block: Block, stopped: Exception | None, document: Document) -> Fault:
    written = str(stopped.args[2]).partition("\n")[0] if stopped and len(stopped.args) > 2 else ""
    line = next((field.line for field in block.fields if written and field.text.startswith(written)), None)
    message = "a field of this statement cannot be read" if stopped else "lines of this statement run into one another"
    return Fault("mt940-unreadable", document.place(line or block.fields[0].line), message, AGAIN)


def _row(line: int, found: Transaction, block: Block) -> tuple[object, ...]:
    said: dict[str, Any] = found.data
    texts = {name: " ".join(str(text).split()) for name, text in said.items() if isinstance(text, str)}
    references = (
        texts.get(name, "").removeprefix("KREF+").strip() for name in ("customer_reference", "bank_reference")
    )
    # A structured :86: is taken apart by the library; what it does not know stays in `transaction_details`.
    words = (
        texts.get("applicant_name") or texts.get("recipient_name"),
        texts.get("purpose") or texts.get("transaction_details") or texts.get("non_swift_text"),
        texts.get("posting_text"),
        texts.get("extra_details"),
    )
    return (
        line,
        str(said.get("entry_date") or said["date"]),
        f"{said['amount'].amount:f}",
        " ".join(dict.fromkeys(word for word in words if word)) or None,
        last_four(block.account),
        next((one for one in references if one not in _NO_REFERENCE), None),
        texts.get("id"),
        block.currency,
    )


def _controls(block: Block, amounts: Sequence[Decimal]) -> Iterator[Control]:
    """Hold the lines against the balances and sums, and the library's reading against the text's own."""
    written = sum((field.signed for field in block.of(*LINES)), Decimal(0))
    where = f"of the statement on line {block.fields[0].line}"
    yield Control(f"the sum of lines {where}", _plain(written), _plain(sum(amounts, Decimal(0))))
    opening, closing = block.of(*OPENING), block.of(*CLOSING)
    if opening and (amounts or closing):
        # A statement that opens and has lines must close: without its end, lines may be missing too.
        stated = _plain(closing[-1].signed) if closing else "(none: the statement is cut short)"
        reached = opening[0].signed + sum(amounts, Decimal(0))
        yield Control(f"the closing balance {where}", stated, _plain(reached))
    for field in block.of(*SUMS):
        count, is_debit = (field.parts or {}).get("count"), field.tag == "90D"
        side = [amount for amount in amounts if (amount < 0) == is_debit]
        name = "debits" if is_debit else "credits"
        if count:
            yield Control(f"the number of {name} {where}", str(int(count)), str(len(side)))
        yield Control(f"the sum of {name} {where}", _plain(field.signed), _plain(abs(sum(side, Decimal(0)))))


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _statement(block: Block) -> BankStatement:
    opening, closing = block.of(*OPENING), block.of(*CLOSING)
    return BankStatement(
        line=block.fields[0].line,
        account=last_four(block.account),
        opened=opening[0].day if opening else None,
        closed=closing[-1].day,
        opening_balance=f"{opening[0].signed:f}" if opening else None,
        closing_balance=f"{closing[-1].signed:f}",
        currency=block.currency,
    )


def _empty(blocks: Sequence[Block], document: Document) -> Iterator[Fault]:
    if not blocks:
        message = "no field of an MT940 file (:20:, :61:) is in it, so there is nothing to import"
        cure = "open the file and see whether it is the one you meant"
        yield Fault("mt940-empty", document.place(1), message, cure, warning=True)

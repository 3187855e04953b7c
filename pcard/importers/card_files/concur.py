"""SAP Concur's Standard Accounting Extract, version 3: the journal lines of expense reports.

A line that the employee paid is a payment of accounts payable to a person; a
line on a company card is coding of the card's charge.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import polars as pl

from pcard.card_numbers import decode
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Control, Extract, Reading
from pcard.importers.refusing import faults_as_values

_HEADER = re.compile(r"^\ufeff?EXTRACT\|[^|\r\n]*\|[^|\r\n]*\|[^|\r\n]*\|")
_QUOTED = re.compile(r'(?<![^|])"(?P<inner>(?:[^"]|"")*)"(?![^|])')
_HIDDEN = "\x1f"  # stands for a `|` within quotes
_CASH = "CASH"
# Places of the fields, from 0 (Concur's specification counts from 1).
_PLACES = {
    "sequence": 3, "report": 18, "report_name": 26, "entry": 60, "expense_type": 62, "date": 63, "description": 68,
    "vendor": 69, "vendor_description": 70, "payment_code": 125, "account_code": 166, "amount": 168, "journal": 169,
}  # fmt: skip
_FEWEST = max(_PLACES.values()) + 1
_AGAIN = "send the extract again from Concur; nothing was imported"
_READING = Reading(thousands=False)


class _Header(NamedTuple):
    """What the EXTRACT line states of the file."""

    lines: str
    total: str


class Concur:
    """Reads Standard Accounting Extracts."""

    name = "concur_sae"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the EXTRACT line that opens the file."""
        return bool(_HEADER.match(decode(document.content[:4096])[0]))

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return coding and payments to employees with the header's controls, or the faults that refuse the file."""
        header, details = _details(document)
        is_cash = (pl.col("payment_code") == _CASH).fill_null(value=False)
        tables = {"ap_payments": _payments(details.filter(is_cash)), "coding": _coding(details.filter(~is_cash))}
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in tables.items() if table.height},
            reading=_READING,
            controls=(
                Control("the number of DETAIL lines", _plain(header.lines), str(details.height)),
                Control("the journal total", _plain(header.total), _total(details["amount"])),
            ),
        )


def _details(document: Document) -> tuple[_Header, pl.DataFrame]:
    """Return the header and the DETAIL lines: a row a line, the fields of `_PLACES`.

    Raises:
        Refused: lines of another kind or another number of fields, each with its line.
    """
    lines = [line.rstrip("\r") for line in document.text.lstrip("\ufeff").split("\n")]
    header = (_fields(lines[0]) + [""] * 4)[:4]
    faults: list[Fault] = []
    rows: list[tuple[object, ...]] = []
    width = 0
    # A loop on purpose: of 400 fields a line fourteen are kept, and a frame of all of them would be huge.
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        fields = _fields(line)
        width = width or len(fields)
        if fields[0] != "DETAIL":
            message = "this line is no DETAIL line; a line break within a field does that"
            faults.append(Fault("concur-line", document.place(number), message, _AGAIN))
        elif len(fields) != width or width < _FEWEST:
            message = f"the line has {len(fields)} fields where {max(width, _FEWEST)} are due: a | or a quote too many, or it is cut short"
            faults.append(Fault("concur-fields", document.place(number), message, _AGAIN))
        else:
            rows.append((number, *(fields[place].strip() or None for place in _PLACES.values())))
    if faults:
        raise Refused(*faults)
    types = {"line": pl.Int32} | dict.fromkeys(_PLACES, pl.String)
    return _Header(header[2], header[3]), pl.DataFrame(rows, types, orient="row")


def _fields(line: str) -> list[str]:
    """Split a line at `|`, but not within a field in quotes; a quote elsewhere is text."""
    if '"' not in line:
        return line.split("|")
    hidden = _QUOTED.sub(lambda found: found["inner"].replace("|", _HIDDEN).replace('""', '"'), line)
    return [field.replace(_HIDDEN, "|") for field in hidden.split("|")]


def _payments(details: pl.DataFrame) -> pl.DataFrame:
    """Return what employees paid themselves as the table `ap_payments`."""
    return details.select(
        "line",
        pl.coalesce("vendor_description", "vendor", "expense_type").alias("vendor"),
        "date",
        "amount",
        pl.coalesce("report", "report_name").alias("payment_no"),
        pl.lit("employee").alias("payee_type"),
        pl.col("entry").alias("invoice"),
    )


def _coding(details: pl.DataFrame) -> pl.DataFrame:
    """Return what was paid by company card as the table `coding`, under the expense report's entry."""
    return details.select(
        "line",
        pl.col("entry").alias("transaction"),
        pl.coalesce("journal", "sequence").alias("line_no"),
        "amount",
        "account_code",
        pl.coalesce("description", "expense_type").alias("purpose"),
    )


def _total(amounts: pl.Series) -> str:
    """Add up the amounts that are some; the ledger refuses the others with their lines."""
    exact = amounts.str.strip_prefix("+").cast(pl.Decimal(38, 8), strict=False).sum()
    return _plain(str(exact or 0))


def _plain(stated: str) -> str:
    """Return a figure without a currency sign or needless zeros, or as it stands where it is none."""
    try:
        return f"{Decimal(re.sub(r'[^0-9.+-]', '', stated)).normalize():f}"
    except InvalidOperation:
        return stated or "nothing"

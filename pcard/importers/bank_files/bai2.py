"""BAI2 (Cash Management Balance Reporting, version 2): the district's own bank account.

Amounts carry no sign and no decimal point: the type code tells debit from
credit, the currency the decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Extract, Reading, Skipped
from pcard.importers.bank_files.bai2_records import AGAIN, JOINT, controls_of, field_of, records_of
from pcard.importers.bank_files.bank_accounts import (
    BankStatement,
    full_numbers,
    last_four,
    statements_of,
    without_numbers,
)
from pcard.importers.currencies import DECIMALS
from pcard.importers.refusing import faults_as_values

_SUFFIXES = (".bai", ".bai2")
_HEADER = re.compile(r"^\ufeff?\s*01,[^,\r\n]*,[^,\r\n]*,\s*[0-9]{6}\s*,[^\r\n]*(?:/|[\r\n]+\s*(?:02|88),)")
_READING = Reading(date_formats=("%Y%m%d",), thousands=False)
_OPENING, _CLOSING = "010", "015"
# Type codes by what they are (BAI2 specification, appendix A): credits to the account, debits of it.
_CREDITS, _DEBITS = ((100, 399), (720, 759), (920, 959)), ((400, 699), (760, 799), (960, 999))
_MESSAGE = "890"
_FUNDS = {"S": 3, "V": 2}  # fields that a funds type adds; D adds a count and twice as many
_DELETION, _TEST = "2", "4"
_NOT_TAKEN = {
    _DELETION: "the bank deletes a group it sent before; undo that import if there was one",
    _TEST: "of a group that the bank marks as a test",
}


class _Account(NamedTuple):
    """One 03 record: what identifies it and its figures."""

    account: int
    number: str
    own_currency: str | None
    opening: int | None
    closing: int | None
    stated: int  # all its amounts added up, for the control total


class Bai2:
    """Reads BAI2 balance and transaction reports."""

    name = "bai2"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the file header record, or by the ending of the name."""
        named = document.name.lower().endswith(_SUFFIXES)
        return named or (
            document.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"01,")
            and bool(_HEADER.match(document.text[:4096]))
        )

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return bank lines, statements, skipped records and controls, or the faults that refuse the whole file."""
        records = records_of(document)
        groups, group_faults = _groups(records, document)
        accounts, account_faults = _accounts(records, document)
        entries = _entries(records.filter(pl.col("code") == "16"))
        if faults := [*group_faults, *account_faults, *_unreadable(entries, document)]:
            raise Refused(*sorted(faults, key=lambda fault: fault.place.line or 0))
        placed = entries.join(groups, on="group", maintain_order="left").join(
            accounts.drop("line"), on="account", maintain_order="left"
        )
        settled = _settled(placed)
        lines, cut = without_numbers(_bank_lines(settled), full_numbers(accounts["number"]))
        statements, warnings = statements_of(_statements(groups, accounts), document)
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in (("bank_lines", lines), ("statements", statements)) if table.height},
            reading=_READING,
            readings={"statements": Reading(thousands=False)},
            skipped=tuple(_skipped(settled)),
            controls=controls_of(records.join(_amounts(entries, accounts), on="record", how="left")),
            faults=warnings,
            cut=cut,
        )


def _groups(records: pl.DataFrame, document: Document) -> tuple[pl.DataFrame, list[Fault]]:
    """Return `group`, `status`, `day` and `group_currency` of each 02 record, and the days that are none."""
    found = records.filter(pl.col("code") == "02").select(
        "line",
        "group",
        field_of(2).alias("status"),
        field_of(3).alias("written"),
        field_of(5).replace("", None).str.to_uppercase().fill_null("USD").alias("group_currency"),
    )
    days = [_day(written or "") for written in found["written"]]
    cure = "ask the bank for the file again; the as-of date (YYMMDD) is the fourth field after the 02"
    faults = [
        Fault("bai2-date", document.place(line), "the group does not say for which day it is", cure)
        for line, day in zip(found["line"], days, strict=True)
        if day is None
    ]
    return found.select("group", "status", "group_currency", pl.Series("day", days, pl.String)), faults


def _day(written: str) -> str | None:
    """Return YYMMDD with its century, or None where it is no day; files older than 2000 do not reach us."""
    digits = written if len(written) == 8 else f"20{written}"
    try:
        date.fromisoformat(digits)
    except ValueError:
        return None
    return digits if digits.isdecimal() else None


def _accounts(records: pl.DataFrame, document: Document) -> tuple[pl.DataFrame, list[Fault]]:
    """Return one row per 03 record, `_Account` with its line, record and group, and the amounts that cannot be read."""
    faults: list[Fault] = []
    rows: list[tuple[object, ...]] = []
    for record, line, group, account, body in (
        records.filter(pl.col("code") == "03").select("record", "line", "group", "account", "body").iter_rows()
    ):
        number, own_currency, *rest = [part.strip() for part in body.replace(JOINT, ",").split(",")] + [""]
        figures: dict[str, int] = {}
        stated = 0
        for code, amount in _summaries(rest):
            if not re.fullmatch(r"[+-]?[0-9]{1,17}", amount):
                message = f"the amount of the summary {code or '(no type)'} of this account is no whole number"
                faults.append(Fault("bai2-amount", document.place(line), message, AGAIN))
                continue
            figures.setdefault(code, int(amount))
            stated += int(amount)
        opening, closing = figures.get(_OPENING), figures.get(_CLOSING)
        rows.append(
            (record, line, group, *_Account(account, number, own_currency.upper() or None, opening, closing, stated))
        )
    types: dict[str, type[pl.DataType]] = {"record": pl.UInt32, "line": pl.Int32, "group": pl.UInt32}
    types |= {"account": pl.UInt32, "number": pl.String, "own_currency": pl.String}
    types |= dict.fromkeys(("opening", "closing", "stated"), pl.Int64)
    return pl.DataFrame(rows, types, orient="row"), faults


def _summaries(fields: list[str]) -> Iterator[tuple[str, str]]:
    """Yield type and amount of each summary; the availability that a funds type adds is in no total."""
    at = 0
    while at + 1 < len(fields):
        if not fields[at]:  # a type left to its default has nothing behind it either
            at += 1
            continue
        yield fields[at], fields[at + 1] or "0"
        funds = fields[at + 3].upper() if at + 3 < len(fields) else ""
        spread = fields[at + 4] if funds == "D" and at + 4 < len(fields) else ""
        at += 4 + (1 + 2 * int(spread) if re.fullmatch("[0-9]{1,3}", spread) else _FUNDS.get(funds, 0))


def _entries(records: pl.DataFrame) -> pl.DataFrame:
    """Return the 16 records with their fields: the text is the last and may hold commas."""
    part, sep = rf"[^,{JOINT}]*", rf"[,{JOINT}]"
    spreads = records["body"].str.extract(rf"{sep}D{sep}([0-9]{{1,2}}){sep}").drop_nulls().unique().sort().to_list()
    counts = [(f"D{sep}{spread}", 2 * int(spread)) for spread in spreads] + list(_FUNDS.items())
    funds = "|".join(rf"{kind}(?:{sep}{part}){{{count}}}" for kind, count in counts)
    pattern = (
        rf"(?s)^(?P<type>{part})(?:{sep}(?P<amount>{part}))?(?:{sep}(?:{funds}|{part}))?"
        rf"(?:{sep}(?P<bank_reference>{part}))?(?:{sep}(?P<reference>{part}))?(?:{sep}(?P<text>.*))?$"
    )
    fields = records["body"].str.extract_groups(pattern).struct.unnest()
    return records.select("record", "line", "group", "account").hstack(
        fields.select(
            pl.col("type").str.strip_chars().str.zfill(3),
            pl.col("amount").str.strip_chars().str.strip_prefix("+"),
            pl.col("bank_reference", "reference").str.strip_chars().replace("", None),
            pl.col("text").str.replace_all(JOINT, " ", literal=True).str.strip_chars().replace(["", "/"], None),
        )
    )


def _unreadable(entries: pl.DataFrame, document: Document) -> Iterator[Fault]:
    for line, code in entries.filter(~pl.col("type").str.contains("^[0-9]{3}$")).select("line", "type").iter_rows():
        message = f"the type code {code!r} of this transaction is no number of three digits"
        yield Fault("bai2-type", document.place(line), message, AGAIN)
    readable = pl.col("amount").str.contains("^[0-9]{1,17}$") | (pl.col("type") == _MESSAGE)
    for line in entries.filter(~readable.fill_null(value=False))["line"]:
        message = (
            "the amount of this transaction is missing or holds more than digits; its sign comes from the type code"
        )
        yield Fault("bai2-amount", document.place(line), message, AGAIN)


def _amounts(entries: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return `record` and `amount` as the control totals count them: as written, debits added too."""
    written = pl.col("amount").cast(pl.Int64, strict=False)
    return pl.concat([entries.select("record", written), accounts.select("record", pl.col("stated").alias("amount"))])


def _settled(placed: pl.DataFrame) -> pl.DataFrame:
    """Add the currency, give the amount its sign and decimals, and say why a record is no bank line."""
    code = pl.col("type").cast(pl.Int32)
    credit, debit = (pl.any_horizontal(code.is_between(*span) for span in spans) for spans in (_CREDITS, _DEBITS))
    reason = (
        pl.when(pl.col("status").is_in(list(_NOT_TAKEN)))
        .then(pl.col("status").replace_strict(_NOT_TAKEN, default=None, return_dtype=pl.String))
        .when(pl.col("type") == _MESSAGE)
        .then(pl.lit("a message without an amount"))
        .when(~credit & ~debit)
        .then(pl.lit("a status of the account, which moves no money"))
    )
    sign = pl.when(debit).then(pl.lit("-")).otherwise(pl.lit(""))
    return placed.with_columns(pl.coalesce("own_currency", "group_currency").alias("currency")).with_columns(
        reason.alias("reason"), (sign + _decimal("amount")).alias("amount")
    )


def _decimal(name: str) -> pl.Expr:
    """Return whole units of a currency's smallest coin as plain decimal text; `currency` is another column."""
    units, text = pl.col(name).cast(pl.Int64, strict=False), pl.lit(None, pl.String)
    decimals = pl.col("currency").replace_strict(DECIMALS, default=2, return_dtype=pl.Int8)
    for count in {2, *DECIMALS.values()}:
        size, sign = units.abs(), pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        parts = (size // 10**count).cast(pl.String), (size % 10**count).cast(pl.String).str.zfill(count)
        written = parts[0] + "." + parts[1] if count else parts[0]
        text = pl.when(decimals == count).then(sign + written).otherwise(text)
    return text


def _bank_lines(settled: pl.DataFrame) -> pl.DataFrame:
    return settled.filter(pl.col("reason").is_null()).select(
        "line",
        pl.col("day").alias("date"),
        "amount",
        pl.col("text").alias("description"),
        pl.col("number").replace_strict(_shortened(settled["number"]), return_dtype=pl.String).alias("account"),
        pl.coalesce("reference", "bank_reference").alias("reference"),
        "type",
        "currency",
        pl.when(pl.col("reference").is_not_null()).then("bank_reference").alias("bank_reference"),
    )


def _shortened(numbers: pl.Series) -> dict[str, str | None]:
    return {number: last_four(number) for number in numbers.unique()}


def _skipped(settled: pl.DataFrame) -> Iterator[Skipped]:
    texts = pl.col("text").fill_null("")
    for row in settled.filter(pl.col("reason").is_not_null()).select("line", "reason", texts, "amount").iter_rows():
        yield Skipped(*row)


def _statements(groups: pl.DataFrame, accounts: pl.DataFrame) -> list[BankStatement]:
    """Return the accounts of the groups that hold, each a statement of one day."""
    held = accounts.join(groups, on="group", maintain_order="left").filter(~pl.col("status").is_in(list(_NOT_TAKEN)))
    day = pl.col("day").str.replace("(....)(..)(..)", "$1-$2-$3")
    found = held.with_columns(pl.coalesce("own_currency", "group_currency").alias("currency"), day).select(
        "line", "number", "day", _decimal("opening").alias("opening"), _decimal("closing").alias("closing"), "currency"
    )
    return [
        BankStatement(line, last_four(number), day, day, opening, closing, currency)
        for line, number, day, opening, closing, currency in found.iter_rows()
    ]

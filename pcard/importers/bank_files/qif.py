"""QIF, Quicken's old interchange format: a last resort, without account numbers, ids, currency or balances.

Dates are read in one order for the whole file. Where two orders fit and read
it differently, nobody but the district can tell, and the file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from pcard.card_numbers import decode
from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Control, Extract, Reading, Skipped
from pcard.importers.bank_files.bank_accounts import full_numbers, last_four, without_numbers
from pcard.importers.bank_files.ofx_amounts import plain_amounts, total
from pcard.importers.refusing import faults_as_values
from pcard.importers.tables.readings import DATE_ORDERS, ORDER_WORDS, date_orders

_HEADER = re.compile(r"^!(?:type:|account\b|option:|clear:)", re.IGNORECASE | re.MULTILINE)
_CARD, _ACCOUNT = "ccard", "account"
_ACCOUNTS = ("bank", "cash", "oth a", "oth l", _CARD)
# Lists of Quicken's own, which hold no transactions.
_LISTS = (_ACCOUNT, "cat", "class", "tag", "payee", "security", "prices", "budget", "tax")
_LETTERS = {
    "D": "date", "T": "amount", "U": "amount_again", "P": "payee", "M": "memo", "N": "reference", "L": "category",
}  # fmt: skip
_NUMERIC_DATE = r"^\s*([0-9]{1,2})\s*[/.'-]\s*([0-9]{1,2})\s*[/.'-]\s*([0-9]{2}|[0-9]{4})$"
_QUICKEN_US = r"^\s*[0-9]{1,2}/[ 0-9]?[0-9]'[ 0-9]?[0-9]$"  # `6/ 5'26`: as Quicken itself writes, month first
_DOTTED = r"^\s*[0-9]{1,2}\.\s*[0-9]{1,2}[.']"
_LAST_LINE = re.compile(r"^[^!^#\s].*\n\s*\^", re.MULTILINE)  # of a record, with the sign that ends it
_WRITE = "download the file again from the bank, as OFX if it offers that; nothing was imported"


class Qif:
    """Reads the transactions of bank, cash, card and other accounts."""

    name = "qif"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the first header (`!Type:Bank`), or by the ending of the name."""
        return document.name.lower().endswith(".qif") or bool(_HEADER.search(decode(document.content[:4096])[0]))

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return transactions of cards and bank lines, or the faults that refuse the whole file."""
        lines = _lines(document)
        records = _records(lines, document)
        taken = records.filter(pl.col("kind").is_in(_ACCOUNTS))
        formats = _date_formats(taken, document)
        skipped = tuple(_skipped(records))
        accounts = full_numbers(taken["account"].unique())
        bank, cut = without_numbers(_bank_lines(taken.filter(pl.col("kind") != _CARD)), accounts)
        tables = {"bank_lines": bank, "transactions": _transactions(taken.filter(pl.col("kind") == _CARD))}
        return Extract(
            self.name,
            self.version,
            {name: table for name, table in tables.items() if table.height},
            reading=Reading(date_formats=formats, thousands=False),
            readings={"transactions": Reading(date_formats=formats, thousands=False, negate=True)},
            skipped=skipped,
            controls=_controls(document, lines, records, taken, skipped),
            cut=cut,
        )


def _text(document: Document) -> str:
    return document.text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(document: Document) -> pl.DataFrame:
    """Return `line`, `letter`, `value` of each line, the `section` and the `record` it is in.

    Raises:
        Refused: there is no header, or lines stand before the first one.
    """
    written = pl.col("text").str.to_lowercase()
    opens = written.str.starts_with("!type:") | written.str.starts_with("!account")
    ends = pl.col("text") == "^"
    lines = (
        pl.DataFrame({"text": _text(document).split("\n")})
        .with_row_index("line", offset=1)
        .select(pl.col("line").cast(pl.Int32), pl.col("text").str.strip_chars(" \t\ufeff\x1a\x00"))
        .filter((pl.col("text") != "") & ~written.str.contains("^!(?:option|clear)"))
        .with_columns(opens.alias("opens"), ends.alias("ends"))
        .with_columns(
            pl.col("opens").cum_sum().alias("section"),
            (pl.col("opens") | pl.col("ends").shift(fill_value=False)).cum_sum().alias("record"),
            pl.col("text").str.head(1).str.to_uppercase().alias("letter"),
            pl.col("text").str.slice(1).str.strip_chars().replace("", None).alias("value"),
        )
    )
    loose = lines.filter((pl.col("section") == 0) & (pl.col("letter") != "#"))["line"]
    if len(loose) or not lines["opens"].any():
        message = "it does not say first what kind of account it is about (!Type:Bank, !Type:CCard)"
        raise Refused(Fault("qif-untyped", document.place(loose[0] if len(loose) else 1), message, _WRITE))
    return lines.filter(pl.col("section") > 0)


def _records(lines: pl.DataFrame, document: Document) -> pl.DataFrame:
    """Return one row per record that says anything: its first `line`, `kind`, `account` and fields.

    Raises:
        Refused: a record is not ended (`^`), as where the file is cut short.
    """
    kind = pl.col("value").str.to_lowercase().str.strip_prefix("type:").str.strip_chars()
    kinds = lines.filter("opens").select("section", kind.alias("kind"))
    content = lines.filter(~pl.col("opens") & ~pl.col("ends"))
    ended = lines.filter("ends")["record"]
    unended = content.filter(~pl.col("record").is_in(ended.implode())).unique(
        "record", keep="last", maintain_order=True
    )
    if unended.height:
        message = "this record is not ended (by ^): the file is cut short or lines are missing"
        raise Refused(*(Fault("qif-cut-short", document.place(line), message, _WRITE) for line in unended["line"]))
    records = content.unique("record", keep="first", maintain_order=True).select("record", "section", "line")
    for letter, name in _LETTERS.items():
        # A split has letters of its own (S, E, $); the record's stand before it and count once.
        found = content.filter(pl.col("letter") == letter).unique("record", keep="first")
        records = records.join(
            found.select("record", pl.col("value").alias(name)), on="record", how="left", maintain_order="left"
        )
    named = pl.when(pl.col("kind") == _ACCOUNT).then("reference").forward_fill()
    records = records.join(kinds, on="section", how="left", maintain_order="left").with_columns(
        named.alias("account"), pl.coalesce("amount", "amount_again").alias("amount")
    )
    return records.with_columns(plain_amounts(records["amount"]))


def _date_formats(taken: pl.DataFrame, document: Document) -> tuple[str, ...]:
    """Return the formats of the one order in which every date can be read.

    Raises:
        Refused: two orders fit and differ, or none does.
    """
    written = taken.filter(pl.col("date").is_not_null()).select("line", "date", _plain_date().alias("plain"))
    orders = date_orders([written["plain"]])
    if len(orders) == 1:
        return DATE_ORDERS[orders[0]]
    days = written["date"]
    if orders and days.str.contains(_QUICKEN_US).all() and "mdy" in orders:
        return DATE_ORDERS["mdy"]
    if orders and days.str.contains(_DOTTED).all() and "dmy" in orders:
        return DATE_ORDERS["dmy"]
    if orders:
        message = f"the dates can be read as {' or as '.join(ORDER_WORDS[order] for order in orders)}"
        cure = "download a period that has a day after the 12th, or the file as OFX; nothing was imported"
        raise Refused(Fault("qif-dates-ambiguous", document.place(written["line"][0], field="D"), message, cure))
    message = "this date cannot be read in the order that most of the file's dates have"
    raise Refused(
        *(Fault("qif-date", document.place(line, field="D"), message, _WRITE) for line in _misread(written)["line"])
    )


def _plain_date() -> pl.Expr:
    """Return `6/ 5'26` as `6/5/26`; a year of two digits after an apostrophe is of this century."""
    century = pl.col("date").str.replace(r"'\s*([0-9]{2})$", "/20$1")
    return century.str.replace(_NUMERIC_DATE, "$1/$2/$3").str.replace_all(r"\s+", " ")


def _misread(written: pl.DataFrame) -> pl.DataFrame:
    """Return the dates that the order which reads most of them does not read."""
    unread = [
        written.filter(~pl.any_horizontal(pl.col("plain").str.to_date(way, strict=False).is_not_null() for way in ways))
        for ways in DATE_ORDERS.values()
    ]
    return min(unread, key=lambda frame: frame.height)


def _bank_lines(records: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of all accounts that are no cards, deposits positive as the file has them."""
    return records.select(
        "line",
        _plain_date().alias("date"),
        "amount",
        _words().alias("description"),
        _account(records["account"]).alias("account"),
        "reference",
    )


def _transactions(records: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of card accounts; the file writes money spent below zero."""
    return records.select(
        "line",
        _plain_date().alias("date"),
        "amount",
        pl.coalesce("payee", "memo").alias("merchant"),
        _account(records["account"]).alias("account"),
        "reference",
        pl.col("memo").alias("description"),
        "category",
    )


def _words() -> pl.Expr:
    same = (pl.col("payee") == pl.col("memo")).fill_null(value=False)
    return pl.when(same).then("payee").otherwise(pl.concat_str("payee", "memo", separator=" ", ignore_nulls=True))


def _account(names: pl.Series) -> pl.Series:
    """Return accounts by name, those with a number in their name by its last four digits."""
    kept = {name: last_four(name) if full_numbers([name]) else name for name in names.drop_nulls().unique()}
    return names.replace_strict(kept, default=None, return_dtype=pl.String)


def _skipped(records: pl.DataFrame) -> Iterator[Skipped]:
    others = records.filter(~pl.col("kind").is_in([*_ACCOUNTS, *_LISTS]))
    for line, kind, payee, amount in others.select("line", "kind", "payee", "amount").iter_rows():
        yield Skipped(line, f"of a list of type {kind[:20]!r}, which is no bank or card account", payee or "", amount)


def _controls(
    document: Document, lines: pl.DataFrame, records: pl.DataFrame, taken: pl.DataFrame, skipped: tuple[Skipped, ...]
) -> tuple[Control, Control]:
    """Count and add up a second time, over the lines of the file, beside what was read."""
    listed = records.filter(pl.col("kind").is_in(_LISTS))
    count = taken.height + len(skipped) + listed.height
    read = total(taken["amount"]) + total(pl.Series([one.amount for one in skipped], dtype=pl.String))
    first = lines.filter(pl.col("letter").is_in(["T", "U"])).unique("record", keep="first")
    amounts = plain_amounts(first.join(listed.select("record"), on="record", how="anti")["value"])
    return (
        Control("the number of records", str(len(_LAST_LINE.findall(_text(document)))), str(count)),
        Control("the sum of amounts", f"{total(amounts):f}", f"{read:f}"),
    )

"""Cells as the card brands write them: amounts without a point, ISO numbers for currencies, full account numbers.

Visa, Mastercard, American Express and U.S. Bank agree on little but these.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from pcard.frames import Control
from pcard.importers.bank_files import bank_accounts

# ISO 4217 and ISO 3166-1, those that school districts meet; others stay numbers.
_CURRENCIES = {
    "036": "AUD", "124": "CAD", "156": "CNY", "203": "CZK", "208": "DKK", "344": "HKD", "348": "HUF", "352": "ISK",
    "356": "INR", "376": "ILS", "392": "JPY", "410": "KRW", "484": "MXN", "554": "NZD", "578": "NOK", "702": "SGD",
    "710": "ZAR", "752": "SEK", "756": "CHF", "764": "THB", "826": "GBP", "840": "USD", "901": "TWD", "949": "TRY",
    "978": "EUR", "985": "PLN", "986": "BRL",
}  # fmt: skip
_COUNTRIES = {
    "036": "AU", "040": "AT", "056": "BE", "076": "BR", "124": "CA", "156": "CN", "158": "TW", "203": "CZ",
    "208": "DK", "246": "FI", "250": "FR", "276": "DE", "344": "HK", "348": "HU", "352": "IS", "356": "IN",
    "372": "IE", "376": "IL", "380": "IT", "392": "JP", "410": "KR", "442": "LU", "484": "MX", "528": "NL",
    "554": "NZ", "578": "NO", "616": "PL", "620": "PT", "702": "SG", "710": "ZA", "724": "ES", "752": "SE",
    "756": "CH", "764": "TH", "792": "TR", "826": "GB", "840": "US",
}  # fmt: skip
# Merchant categories of cash: a bank's counter and its machine (ISO 18245).
_CASH = ("6010", "6011")


def implied(digits: pl.Expr, decimals: int | pl.Expr, negative: pl.Expr | None = None) -> pl.Expr:
    """Write whole digits as decimal text with so many decimals (0 to 9): `8998`, 2 is `89.98`.

    What is not all digits, or has no such number of decimals, comes back as a
    text that no reader takes for an amount, so that its line is refused.
    """
    places = decimals if isinstance(decimals, pl.Expr) else pl.lit(str(decimals))
    whole = digits.str.strip_chars_start("0")
    point = places.cast(pl.Int64, strict=False)
    padded = whole.str.pad_start(10, "0")
    cut = padded.str.len_bytes().cast(pl.Int64) - point
    units = padded.str.slice(0, cut).str.strip_chars_start("0")
    text = pl.concat_str(
        pl.when(units == "").then(pl.lit("0")).otherwise(units),
        pl.when(point > 0).then(pl.lit(".")).otherwise(pl.lit("")),
        padded.str.slice(cut),
    ).str.replace(r"(\.[0-9]{2}[0-9]*?)0+$", "$1")
    signed = text if negative is None else pl.when(negative).then(pl.concat_str(pl.lit("-"), text)).otherwise(text)
    readable = digits.str.contains("^[0-9]+$") & places.str.contains("^[0-9]$").fill_null(value=False)
    return pl.when(readable).then(signed).when(digits.is_not_null()).then(pl.format("no digits: {}", digits))


def implied_value(digits: str | None, decimals: int | str | None) -> Decimal | None:
    """Return one figure of a trailer as a number; None where it is none."""
    text, places = (digits or "").strip(), "" if decimals is None else str(decimals)
    known = text.removeprefix("-").removeprefix("+").isdecimal() and len(text) <= 28 and places.isdecimal()
    return Decimal(text).scaleb(-int(places[:2])) if known else None


def figure(value: Decimal) -> str:
    """Write a figure for comparison and for people: two decimals, more where it has more."""
    plain = value.normalize()
    return f"{plain:f}" if int(plain.as_tuple().exponent) < -2 else f"{plain:.2f}"


def sum_control(name: str, stated: Decimal | None, found: Iterable[Decimal]) -> Control:
    """Compare a stated sum with what the lines give; the first of several ways to add them up that agrees counts."""
    ways = list(found)
    agreeing = next((one for one in ways if one == stated), ways[0])
    return Control(name, "unreadable" if stated is None else figure(stated), figure(agreeing))


def count_control(name: str, stated: str | None, found: int) -> Control:
    """Compare a stated count, written with leading zeros, with what was counted."""
    text = (stated or "").strip()
    return Control(name, str(int(text)) if text.isdecimal() and len(text) < 30 else "unreadable", str(found))


def currency(number: pl.Expr) -> pl.Expr:
    """Return the letters of a currency's ISO number, padded or not; what is no known number stays."""
    return _named(number, _CURRENCIES)


def country(number: pl.Expr) -> pl.Expr:
    """Return the two letters of a country's ISO number, padded or not; what is no known number stays."""
    return _named(number, _COUNTRIES)


def _named(number: pl.Expr, names: dict[str, str]) -> pl.Expr:
    short = number.str.strip_chars_start("0").replace("", None)
    return pl.when(short.str.contains("^[0-9]+$")).then(short.str.zfill(3).replace(names)).otherwise(short)


def mcc(text: pl.Expr) -> pl.Expr:
    """Return a merchant category of four digits, null for none (`0000`)."""
    return pl.when(text.str.contains("^[0-9]{4}$") & (text != "0000")).then(text)


def last_four(number: pl.Expr) -> pl.Expr:
    """Return the last four digits of an account number in whatever mask, null where it has fewer."""
    digits = number.str.replace_all("[^0-9]", "").str.tail(4)
    return pl.when((digits.str.len_bytes() == 4) & number.str.contains("[^0]")).then(digits)


def full_numbers(*columns: pl.Series) -> frozenset[str]:
    """Return the account numbers of more than four digits, to be cut from the kept original; zeros are none."""
    distinct = {number for column in columns for number in column.drop_nulls().unique().to_list()}
    return bank_accounts.full_numbers(number for number in distinct if number.strip("0"))


def cash_or(kind: pl.Expr, category: pl.Expr) -> pl.Expr:
    """Return `cash_advance` for the merchant categories of cash, else the kind."""
    return pl.when(category.is_in(_CASH)).then(pl.lit("cash_advance")).otherwise(kind)


def bank_entry_kind(words: pl.Expr, negative: pl.Expr, otherwise: str | None) -> pl.Expr:
    """Return the kind of an entry that the bank itself made, by its words.

    Transfers and rebates are left to the ledger, which knows their wording.
    """
    text = words.str.to_uppercase()
    fits = text.str.contains
    return (
        pl.when(fits("TRANSFER|XFER|REBATE|REVENUE SHAR|INCENTIVE"))
        .then(None)
        .when(fits(r"\bFEES?\b"))
        .then(pl.lit("fee"))
        .when(fits(r"\b(?:PAYMENT|PYMT|REMITTANCE|AUTOPAY)\b") & negative)
        .then(pl.lit("payment"))
        .when(fits(r"FINANCE CHARGE|\bINTEREST\b"))
        .then(pl.lit("finance_charge"))
        .when(fits(r"CONVENIENCE CHECK"))
        .then(pl.lit("convenience_check"))
        .when(fits(r"CASH ADVANCE"))
        .then(pl.lit("cash_advance"))
        .otherwise(pl.lit(otherwise, pl.String))
    )

"""OFX transaction blocks as lines: cells under our names, text as the bank wrote it.

Days are the first eight digits: the time and zone behind them never move a
charge to another day. `&` begins an entity only where one of XML's five, or a
number, and a semicolon follow.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pcard.frames import Skipped
from pcard.importers.bank_files.ofx_amounts import plain_amounts
from pcard.importers.bank_files.ofx_scan import fields
from pcard.importers.bank_files.ofx_statements import Account

_TEXTS = ("FITID", "NAME", "EXTDNAME", "MEMO", "CITY", "STATE", "COUNTRY", "REFNUM", "CORRECTFITID")
_TAGS = (
    *_TEXTS, "TRNTYPE", "DTPOSTED", "DTUSER", "TRNAMT", "CHECKNUM", "CHKNUM", "SIC", "CURSYM", "CORRECTACTION", "ACCTID",
)  # fmt: skip
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&nbsp;": " ", "&amp;": "&"}
_NUMBERED = r"&#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});"
_PAYS = r"(?i)\b(?:payment|pymt|auto[ -]?pay)\b"


def cells(blocks: pl.DataFrame, accounts: Sequence[Account]) -> pl.DataFrame:
    """Return one row per block: `line`, `section`, the tags that are read, and its account's kind, digits, currency."""
    found = fields(blocks, _TAGS)
    converted = pl.col("body").str.contains("<ORIGCURRENCY>", literal=True).alias("converted")
    named = pl.DataFrame(
        [(place, account.kind, account.last_four, account.currency) for place, account in enumerate(accounts)],
        {"section": pl.Int32, "kind": pl.String, "account": pl.String, "CURDEF": pl.String},
        orient="row",
    )
    return (
        blocks.select("line", "section", converted)
        .hstack(found)
        .with_columns(plain_amounts(found["TRNAMT"]), *(_unescaped(found[name]) for name in _TEXTS))
        .with_columns(pl.col("TRNTYPE").str.to_uppercase())
        .join(named, on="section", how="left", maintain_order="left")
    )


def apply_corrections(lines: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Skipped, ...], pl.DataFrame]:
    """Apply the bank's corrections of lines that stand earlier in the same statement.

    Returns:
        The lines that hold, the ones they replaced or deleted, and the
        corrections (`line`, `CORRECTFITID`) of lines that are not in this document.
    """
    lines = lines.with_row_index("row")
    corrections = lines.filter(pl.col("CORRECTFITID").is_not_null()).select(
        "section", pl.col("CORRECTFITID").alias("FITID"), pl.col("line").alias("by"), pl.col("row").alias("by_row"),
        (pl.col("CORRECTACTION").str.to_uppercase() == "DELETE").fill_null(value=False).alias("deletes"),
    )  # fmt: skip
    if corrections.is_empty():
        return lines.drop("row"), (), corrections.select(line="by", CORRECTFITID="FITID")
    # The last correction of a line holds; each is looked up once, whatever ids a bank repeats.
    last = corrections.unique(["section", "FITID"], keep="last", maintain_order=True)
    corrected = lines.join(last, on=["section", "FITID"], maintain_order="left").filter(
        pl.col("row") < pl.col("by_row")
    )
    replaced = corrected.select("row", pl.format("the bank corrected it on line {}", "by").alias("reason"))
    first = lines.group_by("section", "FITID").agg(pl.col("row").min())
    known = pl.col("row").fill_null(lines.height) < pl.col("by_row")
    elsewhere = corrections.join(first, on=["section", "FITID"], how="left", maintain_order="left").filter(~known)
    deleting = corrections.filter("deletes").select(
        pl.col("by_row").alias("row"), pl.format("the bank deletes its line {}", "FITID").alias("reason")
    )
    reasons = pl.concat((replaced, deleting)).unique("row", keep="first", maintain_order=True)
    dropped = lines.join(reasons, on="row", maintain_order="left")
    skipped = dropped.select("line", "reason", pl.col("NAME").fill_null(""), "TRNAMT").iter_rows()
    held = lines.join(reasons, on="row", how="anti", maintain_order="left").drop("row")
    return held, tuple(Skipped(*row) for row in skipped), elsewhere.select(line="by", CORRECTFITID="FITID")


def card_transactions(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of card statements as the table `transactions`, amounts signed as the bank writes them."""
    foreign = pl.col("CURSYM") != pl.col("CURDEF")
    posted = _day(pl.col("DTPOSTED"))
    used = pl.col("DTUSER").str.contains(r"^[12][0-9]{7}")
    return lines.filter(pl.col("kind") == "card").select(
        "line",
        pl.col("FITID").alias("id"),
        pl.when(used).then(pl.col("DTUSER").str.head(8)).otherwise(posted).alias("date"),
        posted.alias("posted"),
        pl.col("TRNAMT").alias("amount"),
        _party("NAME", "EXTDNAME", "MEMO").alias("merchant"),
        "account",
        pl.col("account").alias("card"),
        _kind().alias("kind"),
        _currency().alias("currency"),
        pl.when(foreign & ~pl.col("converted")).then("TRNAMT").alias("original_amount"),
        pl.when(foreign).then("CURSYM").alias("original_currency"),
        pl.when(pl.col("SIC").str.contains("^[0-9]{3,4}$")).then(pl.col("SIC").str.zfill(4)).alias("mcc"),
        pl.coalesce("REFNUM", "CHECKNUM", "CHKNUM").alias("reference"),
        pl.col("CITY").alias("city"),
        pl.col("STATE").alias("state"),
        pl.col("COUNTRY").alias("country"),
        pl.coalesce("MEMO", "EXTDNAME").alias("description"),
    )


def bank_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of bank and investment cash accounts as the table `bank_lines`, deposits positive."""
    both = pl.col("NAME").is_not_null() & (pl.col("NAME") != pl.col("MEMO"))
    named = pl.when(both).then(pl.concat_str("NAME", "MEMO", separator=" ", ignore_nulls=True))
    return lines.filter(pl.col("kind") != "card").select(
        "line",
        pl.col("FITID").alias("id"),
        _day(pl.col("DTPOSTED")).alias("date"),
        pl.col("TRNAMT").alias("amount"),
        pl.coalesce(named, _party("NAME", "EXTDNAME", "MEMO")).alias("description"),
        "account",
        pl.coalesce("CHECKNUM", "CHKNUM", "REFNUM").alias("reference"),
        pl.col("TRNTYPE").alias("type"),
        _currency().alias("currency"),
    )


def _kind() -> pl.Expr:
    """Return our kind where the type or a payment's name tells it; null leaves it to the ledger, which knows the words."""
    type_, spent = pl.col("TRNTYPE").fill_null(""), pl.col("TRNAMT").str.contains("[-(−]")
    some = pl.col("TRNAMT").str.contains("[1-9]")
    pays = (type_ == "PAYMENT") | pl.col("NAME").str.contains(_PAYS).fill_null(value=False)
    return (
        pl.when(type_.is_in(["FEE", "SRVCHG"]))
        .then(pl.lit("fee"))
        .when(type_ == "INT")
        .then(pl.lit("finance_charge"))
        .when(spent & type_.is_in(["CASH", "ATM"]))
        .then(pl.lit("cash_advance"))
        .when(spent & (type_ == "CHECK"))
        .then(pl.lit("convenience_check"))
        .when(~spent & some & pays)
        .then(pl.lit("payment"))
    )


def _party(*names: str) -> pl.Expr:
    """Return the first name given, or what little the line says of itself: `CHECK 1093`."""
    bare = pl.concat_str("TRNTYPE", pl.coalesce("CHECKNUM", "CHKNUM"), separator=" ", ignore_nulls=True)
    return pl.coalesce(*names, bare)


def _currency() -> pl.Expr:
    """Return the currency of the amount: CURDEF, unless CURRENCY says that it was not converted."""
    return pl.when(~pl.col("converted")).then(pl.coalesce("CURSYM", "CURDEF")).otherwise("CURDEF")


def _day(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains("^[0-9]{8}")).then(text.str.head(8)).otherwise(text)


def _unescaped(texts: pl.Series) -> pl.Series:
    """Resolve entities in one pass, so that `&amp;lt;` is `&lt;`; a bare `&` stays."""
    if not texts.str.contains("&", literal=True).any():
        return texts
    some = texts.filter(texts.str.contains("&#", literal=True))
    numbered = some.str.extract_all(_NUMBERED).explode().drop_nulls().unique().to_list()
    known = _ENTITIES | {entity: _character(entity) for entity in numbered}
    return texts.str.replace_many(list(known), list(known.values()))


def _character(entity: str) -> str:
    """Return the character of a numbered entity, or the entity itself where it names none that text may hold."""
    digits = entity[2:-1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    printable = 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if printable else entity

"""What the bank formats share: account numbers cut to four digits, and a frame of statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from pcard.card_numbers import mask
from pcard.documents import Document
from pcard.errors import Fault

_IBAN = r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b"


class BankStatement(NamedTuple):
    """One account between two days, as the bank states it: days as ISO dates, balances as plain decimals."""

    line: int
    account: str | None
    opened: str | None
    closed: str | None
    opening_balance: str | None
    closing_balance: str | None
    currency: str | None


def last_four(number: str | None) -> str | None:
    """Return the last four digits of an account number, or of its letters where it has fewer digits."""
    digits = re.sub(r"[^0-9]", "", number or "")
    return (digits if len(digits) >= 4 else (number or "").strip())[-4:] or None


def full_numbers(numbers: Iterable[str | None]) -> frozenset[str]:
    """Return the account numbers that have more than four digits, and so must be cut."""
    return frozenset(number.strip() for number in numbers if number and sum(char.isdigit() for char in number) > 4)


def without_numbers(lines: pl.DataFrame, full: frozenset[str]) -> tuple[pl.DataFrame, frozenset[str]]:
    """Cut the full numbers, and every IBAN, wherever they stand in the lines' texts; return all that were cut."""
    texts = [name for name in ("description", "reference") if name in lines.columns]
    written = [
        number
        for name in texts
        for number in lines[name].drop_nulls().str.extract_all(_IBAN).explode().drop_nulls().unique().to_list()
    ]
    cut = full | {number for number in written if is_iban(number)}
    if not cut:
        return lines, cut
    ordered = sorted(cut, key=lambda number: (-len(number), number))
    masked = [mask(number) for number in ordered]
    return lines.with_columns(pl.col(name).str.replace_many(ordered, masked, leftmost=True) for name in texts), cut


def is_iban(text: str) -> bool:
    """Tell whether a text is an international account number by its check digits (ISO 13616, modulo 97)."""
    if not re.fullmatch(_IBAN, text):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def statements_of(found: Sequence[BankStatement], document: Document) -> tuple[pl.DataFrame, tuple[Fault, ...]]:
    """Return the table `statements`, one row per account and closing day: the last, with a warning for the others.

    A statement that names no account or no closing day proves nothing and is left out.
    """
    texts = dict.fromkeys(BankStatement._fields[1:], pl.String)
    frame = pl.DataFrame(found, {"line": pl.Int32, **texts}, orient="row").filter(
        pl.col("account").is_not_null() & pl.col("closed").is_not_null()
    )
    kept = frame.unique(["account", "closed"], keep="last", maintain_order=True)
    others = frame.join(kept.select("line"), on="line", how="anti").join(
        kept.rename({"line": "kept"}).select("account", "closed", "kept"), on=["account", "closed"]
    )
    cure = "nothing to do where the later one continues it; where these are two accounts, import them apart"
    warnings = tuple(
        Fault(
            "bank-statement-repeated",
            document.place(line),
            f"a later statement (line {kept_line}) of an account ending in {account} to the same day replaces this one",
            cure,
            warning=True,
        )
        for line, account, kept_line in others.select("line", "account", "kept").iter_rows()
    )
    return kept.with_columns(pl.lit("bank").alias("kind")), warnings

"""What is kept of a card's or account's number: its last four digits, or the issuer's own id.

There is one truncation everywhere. A number that is too long is cut even where
it is no valid card number; what a spreadsheet turned into `4.11E+15` has lost
its last digits and is no card at all.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import polars as pl

CARD_COLUMNS = frozenset({"card", "account", "replaces"})

_SCIENTIFIC = re.compile(r"^\d+(?:[.,]\d+E\+?|E\+)\d+$", re.IGNORECASE)
# Digits, what stands between them and what is printed in place of them; nothing of an issuer's id.
_NUMBER = re.compile(r"^[\dx*•●.…#_\s\-‐-–/]*\d[\dx*•●.…#_\s\-‐-–/]*$", re.IGNORECASE)
_ENDING = re.compile(r"(?:[x*•●#]{2,}|\.{2,}|…|\bending(?: in)?|\blast (?:4|four))[\s:\-]*(\d{4})\)?$", re.IGNORECASE)
_LONG_INSIDE = re.compile(r"(?:\d[ \-]?){12,}\d")


@dataclass(frozen=True, slots=True)
class Shortened:
    """What is kept of one written number (None: nothing can be), and the full number where one was cut."""

    kept: str | None
    cut: str | None = None


def shorten(written: str) -> Shortened:
    """Cut a written number to its last four digits; an id with letters in it stays as it is."""
    text = unicodedata.normalize("NFKC", written.replace("…", "....")).strip()
    if _SCIENTIFIC.match(text):
        return Shortened(None)
    digits = "".join(char for char in text if char.isdigit())
    if _NUMBER.match(text):
        # Six digits before the mask and four after it are two truncations of one number: the six go too.
        # Three digits are four of which a spreadsheet dropped the leading zero.
        return Shortened(digits[-4:] if len(digits) != 3 else f"0{digits}", written if len(digits) > 4 else None)
    if found := _ENDING.search(text):
        return Shortened(found[1], written if len(digits) > 4 else None)
    if _LONG_INSIDE.search(text):
        return Shortened(digits[-4:], written)
    return Shortened(text)


def shorten_column(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Shorten a text column; return what is kept and, row by row, the full number that was cut or null."""
    written = [value for value in column.unique().to_list() if value is not None]
    found = {value: shorten(value) for value in written}
    kept = column.replace_strict(written, [found[value].kept for value in written], return_dtype=pl.String)
    cut = column.replace_strict(written, [found[value].cut for value in written], return_dtype=pl.String)
    return kept, cut

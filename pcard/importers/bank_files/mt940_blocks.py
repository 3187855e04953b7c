"""A SWIFT MT940 or MT942 file cut into statements, each field with its line, held to its grammar.

The mt-940 library stops at the first field it cannot read and names no line;
so every statement line, balance and sum is looked at here first, and what the
library makes of the lines must add up to what stands in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from pcard.documents import Document
from pcard.errors import Fault

_TAG = re.compile(r"^:([0-9]{2}[A-Z]?|NS):", re.MULTILINE)
# The envelope that SWIFT puts around a message, and the dash that ends it.
_ENVELOPE = re.compile(r"^(?:\{[1-5]:|-\}|-?[\x01\x03\x1a\s]*$)")
_DAY = r"(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
_AMOUNT = r"(?P<amount>[0-9]{1,17}(?:,[0-9]{0,6})?|,[0-9]{1,6})"
_LINE = re.compile(
    rf"{_DAY}(?:[0-9]{{4}}| {{4}})?(?P<mark>R?[DC])[A-Z]?[\n ]?{_AMOUNT}[A-Z][A-Z0-9 ]{{3}}", re.IGNORECASE
)
_BALANCE = re.compile(rf"(?P<mark>[DC]){_DAY}(?P<currency>[A-Z]{{3}})?{_AMOUNT}$")
_SUM = re.compile(rf"(?P<count>[0-9]{{0,9}})(?P<currency>[A-Z]{{3}}){_AMOUNT}$")
_CURRENCY = re.compile(r"[A-Z]{3}")
LINES, SUMS = ("61",), ("90C", "90D")
OPENING, CLOSING = ("60F", "60M", "60"), ("62F", "62M", "62")
AGAIN = "download the file again from the bank; nothing was imported"
_GRAMMARS = {
    **dict.fromkeys(LINES, (_LINE, "statement line", "date, C or D, amount with a comma, type")),
    **dict.fromkeys((*OPENING, *CLOSING), (_BALANCE, "balance", "C or D, date, currency, amount with a comma")),
    **dict.fromkeys(SUMS, (_SUM, "sum of entries", "count, currency, amount with a comma")),
}


@dataclass(frozen=True)
class Field:
    """One tagged field: its tag (`61`, `60F`), its text, and the line it starts on."""

    tag: str
    text: str
    line: int

    @cached_property
    def parts(self) -> dict[str, str | None] | None:
        """What its grammar finds in the text, None where it does not fit."""
        found = _GRAMMARS[self.tag][0].match(self.text)
        return found.groupdict() if found else None

    @property
    def signed(self) -> Decimal:
        """The amount, below zero for a debit or the reversal of a credit."""
        parts = self.parts or {}
        amount = Decimal((parts.get("amount") or "0").replace(",", "."))
        return -amount if (parts.get("mark") or "").upper() in ("D", "RC") else amount

    @property
    def day(self) -> str | None:
        """The day as an ISO date; a two-digit year is of this century."""
        parts = self.parts or {}
        return f"20{parts['year']}-{parts['month']}-{parts['day']}" if parts.get("year") else None


@dataclass(frozen=True)
class Block:
    """One statement: its fields in order."""

    fields: tuple[Field, ...]

    @property
    def text(self) -> str:
        """The statement as the library is to read it."""
        return "\n".join(f":{field.tag}:{field.text}" for field in self.fields)

    def pieces(self, most: int) -> Iterator[Block]:
        """Yield the statement in pieces of at most that many lines, each with the fields before the first line."""
        at = [index for index, field in enumerate(self.fields) if field.tag in LINES]
        bounds = [*at[::most], len(self.fields)]
        for start, end in pairwise(bounds):
            yield Block(self.fields[: at[0]] + self.fields[start:end])

    def of(self, *tags: str) -> list[Field]:
        """Return the fields of these tags."""
        return [field for field in self.fields if field.tag in tags]

    @cached_property
    def currency(self) -> str | None:
        """The currency of its balances, sums or floor limit: whichever says one first."""
        said = ((field.parts or {}).get("currency") for field in self.of(*OPENING, *CLOSING, *SUMS))
        limits = (_CURRENCY.match(field.text) for field in self.of("34F"))
        return next((one for one in said if one), None) or next((one[0] for one in limits if one), None)

    @cached_property
    def account(self) -> str | None:
        """The number of its account."""
        return next((field.text.partition("\n")[0].strip() for field in self.of("25", "25P")), None) or None


def blocks_of(document: Document) -> list[Block]:
    """Return the statements of a document without the envelope around them; a new one begins at each `:20:`."""
    text = document.text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # Programs that fetch statements by HBCI write `@@` for the end of a line.
    lines = (text.replace("@@", "\n") if "@@:" in text else text).split("\n")
    text = "\n".join("" if _ENVELOPE.match(line) else line for line in lines)
    bounds = sorted({0, len(text), *(found.start() for found in re.finditer(r"^:20:", text, re.MULTILINE))})
    blocks: list[Block] = []
    line = 1
    for start, end in pairwise(bounds):
        body = text[start:end]
        blocks.append(Block(tuple(_fields(body, line))))
        line += body.count("\n")
    return [block for block in blocks if block.fields]


def _fields(body: str, line: int) -> Iterator[Field]:
    tags = list(_TAG.finditer(body))
    at = 0
    for tag, following in zip(tags, [*tags[1:], None], strict=False):
        line, at = line + body.count("\n", at, tag.start()), tag.start()
        yield Field(tag[1], body[tag.end() : following.start() if following else len(body)].strip(), line)


def faults_of(block: Block, document: Document) -> Iterator[Fault]:
    """Yield every field of a statement that cannot be read."""
    for field in block.fields:
        if field.tag in _GRAMMARS:
            yield from _field_faults(field, document)


def _field_faults(field: Field, document: Document) -> Iterator[Fault]:
    place = document.place(field.line, field=field.tag)
    if field.parts is None:
        _, name, layout = _GRAMMARS[field.tag]
        yield Fault("mt940-field", place, f"this {name} cannot be read; it has {layout}", AGAIN)
        return
    month, day = field.parts.get("month"), field.parts.get("day")
    if month and day and not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        yield Fault("mt940-date", place, "this date is no day", AGAIN)

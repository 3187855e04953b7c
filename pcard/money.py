"""Cents and how they are read, written, multiplied and shared out.

Money is a whole number of cents (`int`, in frames `Int64`, names end in
`_cents`). Rates are basis points as exact decimals. Rounding is half-up (away
from zero), once, at a named place; shares go by largest remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import polars as pl

DecimalMark: TypeAlias = Literal[".", ","]

# Sign and currency may stand on either side; groups of three are checked by the caller's mark.
# Only ASCII digits: Arabic or full-width ones are refused, as are 1e3, NaN and 1_000.
_NUMBER = {
    ".": r"(?:[0-9]{1,3}(?:[, '’\u00a0][0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?",
    ",": r"(?:[0-9]{1,3}(?:[. '’\u00a0][0-9]{3})+|[0-9]+)?(?:,[0-9]+)?",
}
_CURRENCY = r"(?:US\$|CA?\$|[$€£]|USD|CAD|GBP|EUR)?"
_SIGNS = r"[-+−–]?"


def amount_pattern(mark: DecimalMark) -> str:
    """Return the regular expression of an amount whose decimal mark is `mark`."""
    number = _NUMBER[mark]
    return (
        rf"^(?:(?:{_SIGNS}\s?{_CURRENCY}|{_CURRENCY}\s?{_SIGNS})\s?{number}\s?{_CURRENCY}"
        rf"|{_CURRENCY}\s?{number}\s?(?:-|CR|DR|cr|dr|Cr|Dr)"
        rf"|\(\s?{_CURRENCY}\s?{number}\s?\)|{_CURRENCY}\s?\(\s?{number}\s?\))$"
    )


def read_cents(text: pl.Expr, mark: DecimalMark = ".") -> pl.Expr:
    """Read amounts written by people as cents; null where the text is no amount.

    Takes `-1,234.56`, `(12.00)`, `12.00-`, `12.00 CR`, `$5`, `5,00` (mark `,`).
    A negative sign, parentheses and `CR` all mean below zero. More than two
    decimals round half-up; `has_more_decimals` tells where that happened.
    """
    import polars as pl

    text = text.str.strip_chars(" \t\u00a0\u200b\ufeff")
    readable = text.str.contains(amount_pattern(mark)) & text.str.contains("[0-9]")
    negative = text.str.contains(r"^\(|\(|[-−–]|(?i:CR)$")
    digits = text.str.replace_all(r"[^0-9.]" if mark == "." else r"[^0-9,]", "")
    split = digits.str.replace(",", ".", literal=True).str.splitn(".", 2)
    whole = split.struct.field("field_0").replace("", "0").fill_null("0").cast(pl.Int64, strict=False)
    decimals = split.struct.field("field_1").fill_null("").str.pad_end(3, "0")
    fraction = decimals.str.slice(0, 2).cast(pl.Int64, strict=False)
    round_up = (decimals.str.slice(2, 1) >= "5").cast(pl.Int64)
    # Above nine trillion dollars nothing is a card charge; it would overflow.
    sane = whole < 9_000_000_000_000
    cents = whole * 100 + fraction + round_up
    return pl.when(readable & sane).then(pl.when(negative).then(-cents).otherwise(cents))


def has_more_decimals(text: pl.Expr, mark: DecimalMark = ".") -> pl.Expr:
    """Tell which amounts have a third decimal that is not zero, so that rounding is said."""
    return text.str.contains(rf"[{mark}][0-9]{{2}}0*[1-9]")


def parse_cents(text: str, mark: DecimalMark = ".") -> int | None:
    """Read one amount as cents, or None; the same grammar as `read_cents`."""
    import polars as pl

    return pl.select(read_cents(pl.lit(text), mark)).item()  # type: ignore[no-any-return]


def cents_of(amount: Decimal) -> int:
    """Return an exact decimal amount as cents, half-up."""
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_cents(cents: int) -> str:
    """Write cents as decimal text with a point: `-1234.56`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def show_cents(cents: int) -> str:
    """Write cents for a person: `-1,234.56`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def cents_text(cents: pl.Expr) -> pl.Expr:
    """Write a column of cents as decimal text with a point, null as null."""
    import polars as pl

    size = cents.abs()
    sign = pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, (size // 100).cast(pl.String), pl.lit("."), (size % 100).cast(pl.String).str.zfill(2))


def at_rate(base_cents: int, rate_bps: Decimal) -> int:
    """Return `base_cents` times `rate_bps` / 10,000, half-up to the cent, once."""
    return int((base_cents * rate_bps / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allocate(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Share `total_cents` in proportion to `weights` so that the parts sum to it.

    Largest remainder: every part is its exact share rounded toward zero, and
    the cents left over go to the largest remainders, ties to the earlier
    weight. Weights below zero count as zero; where none is above zero the
    parts are all zero if the total is, else it raises.

    Raises:
        ValueError: money to share and nobody to share it with.
    """
    positive = [max(weight, 0) for weight in weights]
    whole = sum(positive)
    if whole == 0:
        if total_cents == 0:
            return [0] * len(positive)
        msg = "money to share out, but no weight above zero"
        raise ValueError(msg)
    sign, size = (-1, -total_cents) if total_cents < 0 else (1, total_cents)
    parts = [size * weight // whole for weight in positive]
    remainders = [size * weight % whole for weight in positive]
    left = size - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[:left]:
        parts[index] += 1
    return [sign * part for part in parts]

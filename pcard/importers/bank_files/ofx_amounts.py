"""Amounts as OFX writes them: made plain where only one reading is possible, and added up exactly.

OFX has no thousands mark and allows `.` or `,` for decimals, yet files carry
`1.234,56`, `1 025,53`, `1,234.56`. What could be read in two ways (`1,234`) or
in none is left as found: the ledger refuses it, naming its line.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

_SPACE = r"[ '’\x{a0}\x{202f}]"
_DECIMAL_COMMA = rf"^[+-]?(?:[0-9]{{1,3}}(?:(?:\.|{_SPACE})[0-9]{{3}})+,[0-9]+|[0-9]*,(?:[0-9]{{1,2}}|[0-9]{{4,}}))$"
_GROUPED = rf"^[+-]?[0-9]{{1,3}}(?:(?:,[0-9]{{3}})+\.[0-9]+|(?:,[0-9]{{3}}){{2,}}|(?:{_SPACE}[0-9]{{3}})+\.[0-9]+)$"
_EXACT = pl.Decimal(38, 12)  # investment files carry up to eleven decimals


def plain_amounts(texts: pl.Series) -> pl.Series:
    """Return amounts as `-1234.56` where that is the only reading, others as found."""
    if not texts.str.contains(r"[^0-9.-]").any():
        return texts
    text = pl.col(texts.name)
    plain = (
        pl.when(text.str.contains(_DECIMAL_COMMA))
        .then(text.str.replace_all(r"[^0-9,-]", "").str.replace(",", ".", literal=True))
        .when(text.str.contains(_GROUPED))
        .then(text.str.replace_all(r"[^0-9.-]", ""))
        .otherwise(text.str.replace(r"^\+([0-9])", "$1"))
    )
    return texts.to_frame().select(plain.alias(texts.name)).to_series()


def plain_amount(text: str) -> str:
    """Return one amount as `plain_amounts` does."""
    return str(plain_amounts(pl.Series([text.strip()])).item())


def total(plain: pl.Series) -> Decimal:
    """Add up plain amounts exactly; what is no number counts nothing."""
    return Decimal(str(plain.cast(_EXACT, strict=False).sum() or 0)).normalize()

"""Column headings as people write them, made comparable.

`Trx Amt.`, `Transaction Amount` and `TRANSACTION_AMOUNT` have one key; so have
`PO #` and `po_number`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_SHORT = {
    "acct": "account", "amt": "amount", "centre": "center", "ccy": "currency", "cur": "currency", "curr": "currency",
    "desc": "description", "descr": "description", "descrption": "description", "dt": "date", "nbr": "number",
    "no": "number", "num": "number", "qty": "quantity", "tran": "transaction", "trans": "transaction",
    "transactions": "transaction", "trx": "transaction", "txn": "transaction",
}  # fmt: skip
# How alike two keys must be where only a typing slip may part them, and how long they must be to tell.
_ALIKE = 0.9
_LONG_ENOUGH = 8


@lru_cache(maxsize=4096)
def header_key(text: str) -> str:
    """Return the key of a heading: no case, accents, spaces or signs, usual abbreviations written out."""
    plain = unicodedata.normalize("NFKD", text.replace("#", " number ")).casefold()
    words = _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))
    return "".join(_SHORT.get(word, word) for word in words)


def numbered(names: Iterable[str | None]) -> list[str]:
    """Return the headings of a row, each one distinct: an empty one by its place, a repeated one as `Name (2)`."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for index, name in enumerate(names, start=1):
        text = " ".join((name or "").split()) or f"column {index}"
        key = header_key(text) or text
        seen[key] = seen.get(key, 0) + 1
        result.append(text if seen[key] == 1 else f"{text} ({seen[key]})")
    return result


def find_header(aliases: Sequence[str], keys: Mapping[str, int], *, loosely: bool = False) -> int | None:
    """Return where the first alias that stands in a header stands; `loosely` also forgives a typing slip."""
    wanted = [header_key(alias) or alias for alias in aliases]
    for key in wanted:
        if key in keys:
            return keys[key]
    if loosely:
        for key in wanted:
            if len(key) >= _LONG_ENOUGH and (near := get_close_matches(key, keys, n=2, cutoff=_ALIKE)):
                return keys[near[0]] if len(near) == 1 else None
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest known heading, or nothing."""
    by_key = {header_key(name): name for name in known}
    near = get_close_matches(header_key(word), by_key, n=1, cutoff=0.6)
    return f" (did you mean '{by_key[near[0]]}'?)" if near else ""

"""Card numbers cut in printed text, whose groups may stand several spaces apart."""

from __future__ import annotations

import re

from pcard.card_numbers import redact, redact_bytes


def without_numbers(text: str, name: str) -> tuple[str, int]:
    """Cut the card numbers in printed text; return how many were cut.

    Raises:
        Refused: it shows verification values, PIN or stripe data, which may never be kept.
    """
    # The line break before it: a text must not be taken for another kind of file by how it begins.
    cut, count = redact_bytes(b"\n" + text.encode("utf-8", "replace"), name)
    lines = cut[1:].decode("utf-8").split("\n")
    for index, line in enumerate(lines):
        closer, more = redact(re.sub(r"\s{2,}", " ", line))
        if more:
            lines[index], count = closer, count + more
    return "\n".join(lines), count

"""Order numbers wherever they stand: in the order-number field, in the reference, in the description.

`PO-0386726`, `0386726`, `386726`, `PO386726` and `P.O. 0386726` are one number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from pcard.matching.arrays import UNKNOWN, Flags, Ints
from pcard.matching.records.texts import numbered, renumbered

_SHORTEST = 3  # a shorter number says too little
_MENTION = r"(?:\bP\.?\s?O\.?|\bPURCHASE ORDER)\s*(?:NO\.?|NUMBER|NUM|#|:|-|\s)*\s*([A-Z0-9][A-Z0-9\-]{2,})"


def number(text: pl.Expr) -> pl.Expr:
    """Return the bare number: capitals and digits without `PO` and leading zeros; null where too short."""
    bare = (
        text.str.to_uppercase()
        .str.replace_all(r"[^A-Z0-9]+", "")
        .str.replace(r"^(?:PURCHASEORDER|PO)+(?:NUMBER|NUM|NO)?", "")
        .str.strip_chars_start("0")
    )
    return pl.when(bare.str.len_chars() >= _SHORTEST).then(bare)


def mentioned(text: pl.Expr) -> pl.Expr:
    """Return the number a description mentions as a purchase order."""
    return number(text.str.to_uppercase().str.extract(_MENTION, 1))


def encode_numbers(charges: pl.DataFrame, evidence: Sequence[pl.DataFrame]) -> tuple[pl.Series, Ints, list[Ints]]:
    """Number the distinct numbers.

    A charge may show several; the first that some evidence has too is taken,
    else the first. `charges` holds them in columns in the order of trust,
    each frame of `evidence` one column.

    Returns:
        The distinct numbers as text, the code of each charge, the codes of each kind of evidence.
    """
    columns = [*charges.get_columns(), *(frame.to_series() for frame in evidence)]
    found, places = numbered(columns)
    texts = found.sort()
    codes = renumbered(places, found.rank("ordinal").cast(pl.Int64).to_numpy() - 1)
    shown, of_evidence = codes[: charges.width], codes[charges.width :]
    shared = np.zeros(len(texts) + 1, bool)
    for each in of_evidence:
        shared[each] = True
    shared[UNKNOWN] = False
    chosen = np.full(charges.height, UNKNOWN)
    for only_shared in (False, True):
        for each in reversed(shown):
            chosen = np.where(shared[each] if only_shared else each >= 0, each, chosen)
    return texts, chosen, of_evidence


def one_off(texts: pl.Series, first: Ints, second: Ints) -> Flags:
    """Tell which two numbers differ by one character typed wrong, left out, added or swapped."""
    known = texts.to_list()
    far = cpdist(
        [known[code] for code in first], [known[code] for code in second], scorer=OSA.distance, score_cutoff=1,
        dtype=np.int32, workers=2,
    )  # fmt: skip
    differ: Flags = far == 1
    return differ


def misspelt(texts: pl.Series, charges: Ints, orders: Ints) -> tuple[Ints, Ints]:
    """Pair charges and orders whose numbers have one length and differ in one place.

    Two numbers differ in one place only if they agree once that place is taken
    out: they are joined on all texts with one place taken out.
    """
    sides = []
    for codes in (charges, orders):
        rows = np.flatnonzero(codes >= 0)
        frame = pl.DataFrame({"row": rows, "text": texts.gather(codes[rows])})
        places = frame.with_columns(place=pl.int_ranges(pl.col("text").str.len_chars())).explode("place")
        around = pl.col("text").str.slice(0, pl.col("place")), pl.col("text").str.slice(pl.col("place") + 1)
        sides.append(places.select("row", key=pl.concat_str(around[0], pl.lit("?"), around[1])))
    pairs = sides[0].join(sides[1], on="key").select("row", "row_right").unique().sort("row", "row_right")
    return pairs["row"].to_numpy(), pairs["row_right"].to_numpy()

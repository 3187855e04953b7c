"""The naive way as a peer: join on site and amount, and of what is within ten days take the most alike name.

Names are compared by rapidfuzz's WRatio, which is what people reach for. There is no model: a likeness of 80 % is
written as a probability of 0.8. The amount alone is no key to join on: at a million charges it gives 800 million pairs.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz, process

from benchmarks.peers import links


def scored(charges: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of equal site and amount within the window, scored by how alike their names are."""
    pairs = charges.join(receipts, on=["site", "cents", "credit"], suffix="_r")
    pairs = pairs.with_columns(apart=(pl.col("day") - pl.col("day_r")).abs()).filter(pl.col("apart") <= links.WINDOW)
    names = (pairs[column].to_list() for column in ("name", "name_r"))
    alike = pl.Series(process.cpdist(*names, scorer=fuzz.WRatio, workers=-1), dtype=pl.Float64)
    return pairs.select(
        pl.col("row").alias("charge"),
        pl.col("row_r").alias("receipt"),
        alike.alias("weight"),
        (alike / 100).alias("probability"),
        "apart",
    )


if __name__ == "__main__":
    links.main(scored, "polars", "rapidfuzz")

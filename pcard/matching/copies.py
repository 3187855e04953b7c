"""Records that are one and the same to the books: a receipt uploaded twice, a charge made twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pcard.frames import Ledger
from pcard.matching.arrays import Flags, Ints, dense, joint, window_join
from pcard.matching.encode import Encoded, encode
from pcard.matching.linked import charge_copies, evidence_copies
from pcard.matching.meeting import Meeting
from pcard.matching.names import name_pairs

_ALIKE = 0.8  # likeness of the names on two uploads of one receipt
_NEAR = 16  # equal records each one is compared with


@dataclass(frozen=True)
class Copies:
    """For each charge and receipt that has copies its `id` and its `class`, the first id among them."""

    charges: pl.DataFrame
    receipts: pl.DataFrame

    def classed(self, pairs: pl.DataFrame, kind: str) -> pl.DataFrame:
        """Add `charge_class` and `evidence_class` to pairs of a kind; orders have no copies."""
        pieces = self.receipts if kind == "receipt" else self.receipts.clear()
        for column, name, classes in (
            ("transaction_id", "charge_class", self.charges),
            ("evidence_id", "evidence_class", pieces),
        ):
            of_column = classes.rename({"id": column, "class": name})
            pairs = pairs.join(of_column, on=column, how="left", maintain_order="left")
            pairs = pairs.with_columns(pl.coalesce(name, column))
        return pairs


def copies_in(ledger: Ledger) -> Copies:
    """Find the copies in a ledger: equal in all that both say, a charge's at most a day apart."""
    encoded = encode(ledger)
    nothing = np.empty(0, np.int64)
    meeting = Meeting(
        encoded.transactions, encoded.receipts, encoded.names, encoded.numbers, encoded.span_days, nothing
    )
    charges, receipts = encoded.transactions, encoded.receipts
    alike = joint(dense(charges.cents), charges.name, charges.card, charges.holder)
    first, second = window_join((alike, charges.day), (alike, charges.day), (0, 1), _NEAR)
    same = (first != second) & charge_copies(meeting, first, second)
    total = np.where(receipts.cents != 0, dense(receipts.cents), -1)
    left, right = window_join((total, receipts.day), (total, receipts.day), (0, 0), _NEAR)
    equal = (left < right) & evidence_copies(meeting, left, right)
    left, right = left[equal], right[equal]
    one_name = _one_name(encoded, left, right)
    return Copies(
        _classes(charges.rows["id"], first[same], second[same]),
        _classes(receipts.rows["id"], left[one_name], right[one_name]),
    )


def _one_name(encoded: Encoded, left: Ints, right: Ints) -> Flags:
    """Tell which receipts name one vendor, or none."""
    names = name_pairs(encoded.receipts.name[left], encoded.receipts.name[right])
    likeness = np.append(encoded.names.likeness(names), 1.0)
    alike: Flags = likeness[names.which] >= _ALIKE
    return alike


def _classes(ids: pl.Series, left: Ints, right: Ints) -> pl.DataFrame:
    """Return the records that have copies, with the first id of each one's class."""
    links = sparse.coo_matrix((np.ones(len(left)), (left, right)), (len(ids), len(ids)))
    number = connected_components(links, directed=False)[1]
    classes = pl.DataFrame({"id": ids, "number": number}).filter(pl.len().over("number") > 1)
    return classes.with_columns(pl.col("id").min().over("number").alias("class")).select("id", "class")

"""Records that are one and the same to the books: a receipt uploaded twice, a charge made twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pcard.frames import Ledger
from pcard.matching.arrays import UNKNOWN, Flags, Ints, count_of, dense, joint, window_join
from pcard.matching.comparing.meeting import Meeting
from pcard.matching.records.encode import Encoded, encode
from pcard.matching.records.names import Names, name_pairs
from pcard.matching.weighing.linked import evidence_copies

_ALIKE = 0.8  # likeness of the names on two uploads of one receipt
_SELDOM = 0.05  # receipts of one amount a day
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
    """Find the copies in a ledger, from what the records say; a charge's are at most a day apart."""
    encoded = encode(ledger)
    charges, receipts = encoded.transactions, encoded.receipts
    return Copies(
        _classes(charges.rows["id"], *_made_twice(encoded)), _classes(receipts.rows["id"], *_uploaded_twice(encoded))
    )


def _made_twice(encoded: Encoded) -> tuple[Ints, Ints]:
    """Pair charges of one amount, card, person and merchant."""
    charges = encoded.transactions
    same = joint(dense(charges.cents), charges.card, charges.holder), charges.day
    first, second = window_join(same, same, (0, 1), _NEAR)
    twice = (first != second) & _one_name(encoded.names, charges.name[first], charges.name[second])
    return first[twice], second[twice]


def _uploaded_twice(encoded: Encoded) -> tuple[Ints, Ints]:
    """Pair receipts of one amount and day that contradict each other in nothing."""
    receipts, nothing = encoded.receipts, np.empty(0, np.int64)
    meeting = Meeting(encoded.transactions, receipts, encoded.names, encoded.numbers, encoded.span_days, barred=nothing)
    same = np.where(receipts.cents != 0, dense(receipts.cents), UNKNOWN), receipts.day
    first, second = window_join(same, same, (0, 0), _NEAR)
    equal = (first < second) & evidence_copies(meeting, first, second)
    first, second = first[equal], second[equal]
    told = (receipts.site, receipts.card, receipts.initial)
    # Two of three must hold, because many receipts share amount and day by chance, and a shop's two names are not alike.
    witnesses = (
        count_of(dense(receipts.cents))[first] / encoded.span_days < _SELDOM,
        np.logical_or.reduce([(codes[first] == codes[second]) & (codes[first] >= 0) for codes in told]),
        _one_name(encoded.names, receipts.name[first], receipts.name[second]),
    )
    twice = np.sum(witnesses, axis=0) >= 2
    return first[twice], second[twice]


def _one_name(names: Names, left: Ints, right: Ints) -> Flags:
    """Tell which pairs of names may be one; a missing name may be any."""
    pairs = name_pairs(left, right)
    alike: Flags = np.append(names.likeness(pairs), 1.0)[pairs.which] >= _ALIKE
    return alike


def _classes(ids: pl.Series, left: Ints, right: Ints) -> pl.DataFrame:
    """Return the records that have copies, with the first id of each one's class."""
    links = sparse.coo_matrix((np.ones(len(left)), (left, right)), (len(ids), len(ids)))
    number = connected_components(links, directed=False)[1]
    classes = pl.DataFrame({"id": ids, "number": number}).filter(pl.len().over("number") > 1)
    return classes.with_columns(pl.col("id").min().over("number").alias("class")).select("id", "class")

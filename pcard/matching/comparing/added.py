"""Comparisons that plugins add: their levels over the records' own fields, weighed like the built-in ones.

How true pairs spread over the levels is learnt by the same expectation
maximisation; the chance of a level is counted among unrelated pairs of this
ledger, evenly sampled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from pcard.errors import Fault, Place, Refused
from pcard.extensions import Comparison
from pcard.frames import ORDERS, RECEIPTS, TRANSACTIONS, Ledger
from pcard.matching.arrays import UNKNOWN, Floats, Ints
from pcard.matching.comparing.amounts import AMOUNT
from pcard.matching.comparing.comparisons import CARD, CARDHOLDER, DRAWN_ON, NAME, REFERENCE, SITE, BuiltIn, Compared
from pcard.matching.comparing.dates import RECEIPT_DATE
from pcard.matching.comparing.meeting import LEAN, Meeting, Pairs
from pcard.matching.records.encode import Encoded, Side

_TAKEN = frozenset(each.name for each in (AMOUNT, RECEIPT_DATE, NAME, SITE, CARDHOLDER, CARD, REFERENCE, DRAWN_ON))
_EVIDENCE = {"receipt": RECEIPTS, "order": ORDERS}
_AGREED_BY_CHANCE = 0.01  # share of unrelated pairs in the first level, before a ledger says otherwise
_SAMPLE = 30_000
_STEPS = (7919, 104_729)


@dataclass(frozen=True)
class _Added:
    """One plugin's comparison over the fields of both sides, in the order of the encoded rows."""

    comparison: Comparison
    charges: pl.DataFrame
    evidence: pl.DataFrame

    def compare(self, _meeting: Meeting, pairs: Pairs) -> Compared:
        level = self._levels(pairs)
        return Compared(level, np.append(self._chances, 1.0)[level], 0)

    def _levels(self, pairs: Pairs) -> Ints:
        expression = self.comparison.level()
        columns = []
        for name in expression.meta.root_names():
            side, _, field = name.partition(".")
            frame, rows = (self.charges, pairs.transaction) if side == "charge" else (self.evidence, pairs.evidence)
            columns.append(frame[field].gather(rows).alias(name))
        found = pl.DataFrame(columns).select(level=expression.cast(pl.Int64))["level"]
        if len(found) != len(pairs) or not found.drop_nulls().is_between(0, len(self.comparison.levels) - 1).all():
            raise Refused(_fault(self.comparison, "it does not give every pair one of its levels, or nothing"))
        return found.fill_null(UNKNOWN).to_numpy()

    @cached_property
    def _chances(self) -> Floats:
        """The chance of each level among unrelated pairs."""
        count = len(self.comparison.levels)
        expected = np.full(count, (1.0 - _AGREED_BY_CHANCE) / max(count - 1, 1))
        expected[0] = _AGREED_BY_CHANCE
        seen = np.zeros(count)
        if self.charges.height and self.evidence.height:
            steps = np.arange(min(_SAMPLE, self.charges.height * self.evidence.height))
            ours, theirs = steps * _STEPS[0] % self.charges.height, (steps * _STEPS[1] + 13) % self.evidence.height
            level = self._levels(Pairs(ours, theirs))
            seen = np.bincount(level[level >= 0], minlength=count).astype(np.float64)
        chances: Floats = (seen + LEAN * expected) / (seen.sum() + LEAN)
        return chances


def added(ledger: Ledger, encoded: Encoded, comparisons: Sequence[Comparison]) -> Mapping[str, tuple[BuiltIn, ...]]:
    """Return the plugins' comparisons by kind of evidence, ready to be compared and weighed.

    Raises:
        Refused: a comparison is not what the door asks for (all faults).
    """
    faults = [_fault(each, said) for each in comparisons for said in _wrong(each)]
    if faults:
        raise Refused(*faults)
    found: dict[str, tuple[BuiltIn, ...]] = dict.fromkeys(_EVIDENCE, ())
    if not comparisons:
        return found
    frames = {
        "receipt": _in_order(encoded.receipts.rows, ledger.receipts, "id"),
        "order": _in_order(encoded.orders.rows, ledger.orders, "po_number"),
    }
    charges = _in_order(encoded.transactions.rows, ledger.transactions, "transaction_id")
    for each in comparisons:
        shares = np.array(each.shares, np.float64)
        compare = _Added(each, charges, frames[each.evidence]).compare
        found[each.evidence] += (BuiltIn(each.name, tuple(each.levels), tuple(shares / shares.sum()), compare),)
    return found


def told_apart(ledger: Ledger, encoded: Encoded, comparisons: Sequence[Comparison]) -> Encoded:
    """Return the records with a code for all that the comparisons look at: what differs there is no copy."""
    if not comparisons:
        return encoded

    def coded(side: Side, records: pl.DataFrame, key: str, fields: list[str]) -> Side:
        return replace(side, apart=_codes(_in_order(side.rows, records, key), fields))

    return replace(
        encoded,
        transactions=coded(encoded.transactions, ledger.transactions, "transaction_id", _fields("charge", comparisons)),
        receipts=coded(encoded.receipts, ledger.receipts, "id", _fields("receipt", comparisons)),
        orders=coded(encoded.orders, ledger.orders, "po_number", _fields("order", comparisons)),
    )


def _fields(kind: str, comparisons: Sequence[Comparison]) -> list[str]:
    """Return the fields of charges, or of one kind of evidence, that some comparison looks at."""
    side = "charge" if kind == "charge" else "evidence"
    looking = [each for each in comparisons if kind in ("charge", each.evidence)]
    names = {name.partition(".")[::2] for each in looking for name in each.level().meta.root_names()}
    return sorted(field for of, field in names if of == side)


def _codes(records: pl.DataFrame, fields: list[str]) -> Ints:
    if not fields:
        return np.zeros(records.height, np.int64)
    return records.select(pl.struct(fields).rank("dense").cast(pl.Int64))[fields[0]].to_numpy()


def _in_order(rows: pl.DataFrame, records: pl.DataFrame, key: str) -> pl.DataFrame:
    return rows.select(pl.col("id").alias(key)).join(records, on=key, how="left", maintain_order="left")


def _wrong(comparison: Comparison) -> Iterator[str]:
    """Say what is wrong with a comparison, as far as that can be told without pairs."""
    if comparison.name in _TAKEN:
        yield "a built-in comparison has this name"
    if comparison.evidence not in _EVIDENCE:
        yield f"it compares with {comparison.evidence!r}; that is receipt or order"
        return
    if len(comparison.levels) < 2 or len(comparison.levels) != len(comparison.shares) or min(comparison.shares) <= 0:
        yield "it needs two levels or more, each with a share above zero"
    fields = {"charge": set(TRANSACTIONS.schema), "evidence": set(_EVIDENCE[comparison.evidence].schema)}
    for name in comparison.level().meta.root_names():
        side, _, field = name.partition(".")
        if field not in fields.get(side, ()):
            yield f"there is no column {name}"


def _fault(comparison: Comparison, said: str) -> Fault:
    place, cure = Place(comparison.name), "tell its author; until then: pcard undo the decision that enabled it"
    return Fault("comparison-broken", place, f"the comparison of this name cannot be used: {said}", cure)

"""Where matching starts: what is settled by people and documents, and what is still open to be computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pcard.matching.arrays import Ints
from pcard.matching.comparing.blocking import Open
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.concluding.coverage import covered_cents
from pcard.matching.concluding.outcomes import Stated
from pcard.matching.concluding.verdicts import named_by_receipts, only_charge_of_card, verdicts_on
from pcard.matching.records.encode import Encoded
from pcard.matching.stages.foreign import converted
from pcard.matching.weighing.linked import Stage

_NAMED_PROBABILITY = 0.999
_ONLY_ONE_PROBABILITY = 0.5
_SURE_OF_RECEIPT = 0.9


@dataclass(frozen=True)
class Standing:
    """One kind of evidence before anything is computed.

    `whole` has the full amounts, `meeting` what confirmed links leave of
    them, `still` what is open.
    """

    whole: Meeting
    meeting: Meeting
    still: Open
    stated: tuple[Stated, ...]

    def completed(self, stages: Sequence[Stage]) -> Standing:
        """Add unread receipts whose card has only one charge left without a receipt, once the others are known.

        Receipts in another currency count as what their charges came to from here on.
        """
        still, evidence = self.still, self.whole.evidence
        for stage in stages:
            still = still.without(stage.links.pairs)
            evidence = converted(self.whole.charges, evidence, stage.links.pairs)
        unread = self.whole.evidence.rows["unread"].to_numpy().copy()
        for stated in self.stated:
            unread[stated.pairs.evidence] = False
        pairs = self.whole.allowed(only_charge_of_card(self.whole.charges, self.whole.evidence, still.charges, unread))
        words = (
            "unread receipt of this card, and the card's only charge without one: which charge it is for was not read"
        )
        whole = replace(self.whole, evidence=evidence)
        return replace(self, whole=whole, stated=(*self.stated, _stated(pairs, _ONLY_ONE_PROBABILITY, "review", words)))


def standing(kind: str, encoded: Encoded, decisions: pl.DataFrame | None, added: tuple[BuiltIn, ...] = ()) -> Standing:
    """Return what people and documents settled of one kind of evidence, and what they left open.

    `added` are the comparisons of plugins.
    """
    charges = encoded.transactions
    evidence = encoded.receipts if kind == "receipt" else encoded.orders
    said = verdicts_on(kind, decisions, charges, evidence)
    stated = [Stated(said.confirmed, said.limit_cents, 1.0, "confirmed", "confirmed by a person")]
    whole = Meeting(
        charges, evidence, encoded.names, encoded.numbers, encoded.span_days, said.barred,
        confirmed=said.confirmed, rejected=said.rejected, added=added,
    )  # fmt: skip
    if kind == "receipt":
        named = whole.allowed(named_by_receipts(charges, evidence))
        for pairs in (said.confirmed, named):
            evidence = converted(charges, evidence, pairs)
        whole = replace(whole, evidence=evidence)
        named = named.take(~np.isin(named.evidence, said.confirmed.evidence))
        stated.append(_stated(named, _NAMED_PROBABILITY, "accepted", "the receipt names this transaction"))
    settled = Pairs(*(np.concatenate(rows) for rows in zip(*(each.pairs.rows for each in stated), strict=True)))
    limits = np.concatenate([each.limit_cents for each in stated])
    meeting = _reduced(whole, settled, covered_cents(charges, evidence, settled, limits))
    takes = charges.rows["takes"].to_numpy() & (meeting.charges.cents != 0)
    takes[said.none] = False
    still = Open(takes, meeting.evidence.cents != 0)
    return Standing(whole, meeting, still, tuple(stated))


def with_numbers_of_receipts(encoded: Encoded, receipts: Standing, stages: Sequence[Stage]) -> Encoded:
    """Let a charge that names no order name the one its receipt names: the receipt was written for both."""
    codes = {text: code for code, text in enumerate(encoded.numbers)}
    of_receipt = encoded.receipts.rows["po_number"].replace_strict(codes, default=-1, return_dtype=pl.Int64).to_numpy()
    numbers = encoded.transactions.number.copy()
    sure = [(stage.links.pairs, stage.links.probability >= _SURE_OF_RECEIPT) for stage in stages]
    sure += [(stated.pairs, np.full(len(stated.pairs), stated.outcome != "review")) for stated in receipts.stated]
    for pairs, certain in sure:
        named = of_receipt[pairs.evidence]
        rows = np.flatnonzero(certain & (named >= 0) & (numbers[pairs.transaction] < 0))
        # Of several receipts of one charge the first by id speaks, whatever the order of the rows.
        rows = rows[np.argsort(pairs.evidence[rows], kind="stable")][::-1]
        numbers[pairs.transaction[rows]] = named[rows]
    return replace(encoded, transactions=replace(encoded.transactions, number=numbers))


def _stated(pairs: Pairs, probability: float, outcome: str, words: str) -> Stated:
    return Stated(pairs, np.zeros(len(pairs), np.int64), probability, outcome, words)


def _reduced(whole: Meeting, settled: Pairs, covered: Ints) -> Meeting:
    """Take what settled links cover off both sides; the pairs themselves are settled, too."""
    if not len(settled):
        return whole
    size = max(len(whole.charges), 1)
    barred = np.sort(np.concatenate([whole.barred, settled.evidence * size + settled.transaction]))
    by_charge = np.zeros(len(whole.charges), np.int64)
    by_evidence = np.zeros(len(whole.evidence), np.int64)
    np.add.at(by_charge, settled.transaction, covered)
    np.add.at(by_evidence, settled.evidence, np.abs(covered))
    charges = replace(whole.charges, cents=whole.charges.cents - by_charge)
    left = np.sign(whole.evidence.cents) * np.maximum(np.abs(whole.evidence.cents) - by_evidence, 0)
    return replace(whole, charges=charges, barred=barred).with_evidence_cents(left)

"""Charges meet one kind of evidence: the pairs between them and the frequencies of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pcard.matching.arrays import UNKNOWN, Flags, Floats, Ints, Numbers, count_of, dense, joint
from pcard.matching.records.encode import Side
from pcard.matching.records.names import Names, name_pairs

if TYPE_CHECKING:
    from pcard.matching.comparing.comparisons import BuiltIn, Compared

NAME_CUTS = np.array([0.65, 0.75, 0.82, 0.88, 0.94, 0.999])  # likeness at which a name level begins
# What is expected before a ledger says otherwise; it counts for LEAN records, so that in a ledger of three
# charges not everything that agrees agrees by chance. Amounts are spread evenly on a logarithmic scale.
LEAN = 50.0
_NAME_CHANCE = np.array([0.94, 0.018, 0.015, 0.012, 0.005, 0.0015, 0.0085])
_VENDOR_CHANCE = 0.005
_AMOUNT_RANGE = float(np.log(10_000))  # from one dollar to ten thousand
_LEAST_CENTS = 0.5
_REFUNDS = 0.03  # of charges
_SMALLEST = 1e-9
_SITE_LEAN = 20.0  # pieces of evidence that the vendor's share of all counts for at one site
_MONTHS_AFTER = 126  # days
# What is computed once for all amounts of the evidence.
_WHATEVER_THE_AMOUNTS = {"name_chance", "vendor_shares", "days_spread", "tax_cents", "_shares", "_sorted_sizes"}
_BY_EVIDENCE = ("vendor_shares", "equal_share")
_SAMPLE = 30_000  # unrelated pairs looked at for the chance of name levels


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs as row numbers of the two sides, sorted by evidence, then transaction; no pair twice."""

    transaction: Ints
    evidence: Ints

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.transaction)

    @property
    def rows(self) -> tuple[Ints, Ints]:
        """The rows of the charges and of the evidence."""
        return self.transaction, self.evidence

    def take(self, keep: Flags | Ints | slice) -> Pairs:
        """Return the chosen pairs."""
        return Pairs(self.transaction[keep], self.evidence[keep])


NO_PAIRS = Pairs(np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True)
class Meeting:
    """Two sides that meet, charges and one kind of evidence, and what their comparisons ask of the whole.

    `confirmed` and `rejected` are the pairs of which people told the answer, to
    learn from; `added` are the comparisons of plugins.
    """

    charges: Side
    evidence: Side
    names: Names
    numbers: pl.Series
    span_days: int
    barred: Ints  # pairs a person rejected, packed and sorted
    confirmed: Pairs = NO_PAIRS
    rejected: Pairs = NO_PAIRS
    added: tuple[BuiltIn, ...] = ()

    @cached_property
    def amounts(self) -> tuple[Ints, Ints]:
        """The sizes of both sides' amounts as codes; unknown where zero or unread."""
        cents = np.concatenate([self.charges.cents, self.evidence.cents])
        codes = np.where(cents == 0, UNKNOWN, dense(np.abs(cents)))
        return codes[: len(self.charges)], codes[len(self.charges) :]

    def sizes(self, pairs: Pairs) -> tuple[Ints, Ints]:
        """Return the sizes of both amounts of each pair, in cents: of the charge and of the evidence."""
        return np.abs(self.charges.cents[pairs.transaction]), np.abs(self.evidence.cents[pairs.evidence])

    @cached_property
    def days_spread(self) -> tuple[Floats, Floats]:
        """The share of charges and of evidence on each day, from the first charge to some months after the last."""
        span = self.span_days + _MONTHS_AFTER
        return _per_day(self.charges.day, span), _per_day(self.evidence.day, span)

    @cached_property
    def name_chance(self) -> Floats:
        """The chance of each name level among unrelated pairs, from an even sample of them."""
        charges, evidence = self.charges.name, self.evidence.name[self.evidence.name >= 0]
        if not len(charges) or not len(evidence):
            return _NAME_CHANCE
        steps = np.arange(min(_SAMPLE, len(charges) * len(evidence)))
        pairs = name_pairs(charges[steps * 7919 % len(charges)], evidence[(steps * 104_729 + 13) % len(evidence)])
        level = np.searchsorted(NAME_CUTS, self.names.likeness(pairs), side="right")
        counts = np.bincount(level[pairs.which[pairs.which >= 0]], minlength=len(NAME_CUTS) + 1)
        chance: Floats = (counts + LEAN * _NAME_CHANCE) / (len(steps) + LEAN)
        return chance

    @cached_property
    def _shares(self) -> dict[tuple[str, str | None], tuple[Floats, Floats]]:
        return {}

    def shares_of_charges(self, field: str, given: str | None = None) -> tuple[Floats, Floats]:
        """Return for each charge the share of charges that agree with it in a field: of all, and of its own site's.

        Given another field, the shares are of the charges that agree in that one.
        """
        if (field, given) not in self._shares:
            agreeing = (field,) if given is None else (given, field)
            everywhere, here = self._count_charges(*agreeing), self._count_charges("site", *agreeing)
            among = len(self.charges) if given is None else self._count_charges(given)
            among_here = self._count_charges("site") if given is None else self._count_charges("site", given)
            pairs = (everywhere, among), (here, among_here)
            whole, own = ((np.maximum(part, 1) / np.maximum(of, 1)).astype(np.float32) for part, of in pairs)
            self._shares[field, given] = whole, own
        return self._shares[field, given]

    def _count_charges(self, *fields: str) -> Ints:
        return count_of(joint(*(getattr(self.charges, field) for field in fields)))

    @cached_property
    def equal_share(self) -> tuple[Floats, Floats]:
        """The share of charges of each piece of evidence's very amount, and of its size with the other sign."""
        codes, of_evidence = self.amounts
        size = np.maximum(np.abs(self.evidence.cents), 1)
        expected = LEAN * np.log((size + 0.5) / (size - 0.5)) / _AMOUNT_RANGE
        shares = {}
        for sign in (1, -1):
            seen = np.bincount(codes[self.charges.cents * sign > 0] + 1, minlength=int(of_evidence.max(initial=-1)) + 2)
            shares[sign] = (seen[of_evidence + 1] + expected * self.sign_share(sign)) / (len(self.charges) + LEAN)
        refund = self.evidence.cents < 0
        same, other = (np.where(refund, shares[-sign], shares[sign]).astype(np.float32) for sign in (1, -1))
        return same, other

    def sign_share(self, sign: int) -> float:
        """Return the share of purchases (1) or of refunds (-1) among the charges."""
        expected = _REFUNDS if sign < 0 else 1.0 - _REFUNDS
        return float(((self.charges.cents * sign > 0).sum() + LEAN * expected) / (len(self.charges) + LEAN))

    @cached_property
    def covered_cents(self) -> Ints:
        """What links cover of each piece of evidence already."""
        stated: Ints = self.evidence.rows["cents"].fill_null(0).abs().to_numpy()
        return np.maximum(stated - np.abs(self.evidence.cents), 0)

    @cached_property
    def tax_cents(self) -> Ints:
        """The tax that each piece of evidence names, zero where none."""
        rows = self.evidence.rows
        return rows["tax_cents"].fill_null(0).to_numpy() if "tax_cents" in rows.columns else np.zeros(len(rows), int)

    @cached_property
    def _sorted_sizes(self) -> Ints:
        return np.sort(np.abs(self.charges.cents))

    @cached_property
    def vendor_shares(self) -> tuple[Floats, Floats]:
        """The share each piece of evidence's vendor has of all evidence, and of its own site's."""
        side = self.evidence
        anywhere = (np.maximum(count_of(side.name), 1) + LEAN * _VENDOR_CHANCE) / (len(side) + LEAN)
        of_vendor, of_site = count_of(joint(side.site, side.name)), count_of(side.site)
        here = (of_vendor + _SITE_LEAN * anywhere) / (of_site + _SITE_LEAN)
        return anywhere.astype(np.float32), here.astype(np.float32)

    def share_between(self, low: Numbers, high: Numbers) -> Floats:
        """Return the share of charges whose size in cents lies in (low, high]."""
        sizes = self._sorted_sizes
        inside = np.searchsorted(sizes, high, side="right") - np.searchsorted(sizes, low, side="right")
        low, high = np.maximum(low, _LEAST_CENTS), np.maximum(high, _LEAST_CENTS)
        expected = np.maximum(np.log(high / low), _SMALLEST) / _AMOUNT_RANGE
        share: Floats = (inside + LEAN * expected) / (len(sizes) + LEAN)
        return share

    def allowed(self, pairs: Pairs) -> Pairs:
        """Return the pairs without those a person rejected."""
        if not len(self.barred) or not len(pairs):
            return pairs
        packed = pairs.evidence * len(self.charges) + pairs.transaction
        place = np.minimum(np.searchsorted(self.barred, packed), len(self.barred) - 1)
        return pairs.take(self.barred[place] != packed)

    def with_evidence_cents(self, cents: Ints) -> Meeting:
        """Return the meeting with other amounts on the evidence: what is left of orders that were drawn on."""
        other = replace(self, evidence=replace(self.evidence, cents=cents))
        known = self.__dict__.items()
        other.__dict__.update({name: value for name, value in known if name in _WHATEVER_THE_AMOUNTS})
        return other

    def moved(self, rows: Ints, days: int) -> Meeting:
        """Return the meeting with these pieces of evidence only, so many days later, around the end of the span.

        What their comparisons ask of the whole stays the whole's.
        """
        evidence = self.evidence.take(rows)
        day = np.where(evidence.day < self.span_days, (evidence.day + days) % self.span_days, evidence.day)
        added = tuple(replace(each, compare=_of_rows(each.compare, rows)) for each in self.added)
        other = replace(
            self, evidence=replace(evidence, day=day.astype(evidence.day.dtype)), barred=self.barred[:0],
            confirmed=NO_PAIRS, rejected=NO_PAIRS, added=added,
        )  # fmt: skip
        charges, of_evidence = self.amounts
        by_evidence = {name: tuple(part[rows] for part in getattr(self, name)) for name in _BY_EVIDENCE}
        kept = {name: getattr(self, name) for name in ("name_chance", "days_spread", "_shares", "_sorted_sizes")}
        other.__dict__.update(amounts=(charges, of_evidence[rows]), **by_evidence, **kept)
        return other


def _of_rows(compare: Callable[[Meeting, Pairs], Compared], rows: Ints) -> Callable[[Meeting, Pairs], Compared]:
    """Return a comparison of the evidence that these rows are of."""
    return lambda meeting, pairs: compare(meeting, Pairs(pairs.transaction, rows[pairs.evidence]))


def _per_day(days: Ints, span: int) -> Floats:
    known = days[(days >= 0) & (days < span)]
    return np.bincount(known, minlength=span) / max(len(known), 1)

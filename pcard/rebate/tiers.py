"""The rate that volume has reached: flat, cliff, marginal, or a grid by average ticket.

Rates are exact fractions of basis points until `earned_cents` rounds a product
half-up to the cent: the one place where a bucket's money is rounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from pcard.money import cents_of, show_cents
from pcard.rebate.terms import Grid, Rate, Step, Tiers


@dataclass(frozen=True)
class Volume:
    """What has been counted up to a moment: cents by bucket, the purchases in it, and the pool's volume.

    `stated_total_cents` is the whole volume where it is stated apart from the
    buckets; steps, minimums and prompt pay look at it, buckets earn on their own.
    """

    by_bucket: dict[str, int] = field(default_factory=dict)
    purchases: int = 0
    pool_cents: int | None = None
    average_ticket_cents: int | None = None  # stated where purchases were not counted
    part_of_year: Fraction = Fraction(1)  # how much of a contract year it stands for
    stated_total_cents: int | None = None

    @property
    def total_cents(self) -> int:
        """The volume of all buckets."""
        return sum(self.by_bucket.values())

    @property
    def whole_cents(self) -> int:
        """The volume that steps and minimums look at."""
        return self.total_cents if self.stated_total_cents is None else self.stated_total_cents

    def of(self, whose: str, bucket: str) -> int:
        """Return the volume a tier looks at: of the `bucket`, the `total`, or the `pool` where it is known."""
        if whose == "bucket":
            return self.by_bucket.get(bucket, 0)
        return self.pool_cents if whose == "pool" and self.pool_cents is not None else self.whole_cents

    def measured(self, terms: Tiers | Grid, bucket: str) -> tuple[int, str]:
        """Return the volume that a step is looked up by, and whose it is in words."""
        whose = looks_at(terms, self)
        cents = self.of(whose, bucket)
        if not terms.annualise or self.part_of_year == 1:
            return cents, f"{whose} volume"
        words = f"{whose} volume {show_cents(cents)}, annualised from {float(12 * self.part_of_year):.4g} months,"
        return int(cents / self.part_of_year), words

    def __add__(self, other: Volume) -> Volume:
        """Return both counts together; the pool's and a stated ticket stay as they are here, a stated total does not."""
        names = [*self.by_bucket, *(name for name in other.by_bucket if name not in self.by_bucket)]
        summed = {name: self.by_bucket.get(name, 0) + other.by_bucket.get(name, 0) for name in names}
        both = self.purchases + other.purchases
        return replace(self, by_bucket=summed, purchases=both, stated_total_cents=None)

    @property
    def ticket_cents(self) -> Fraction:
        """The average purchase: eligible net volume over the number of purchases."""
        if self.average_ticket_cents is not None:
            return Fraction(self.average_ticket_cents)
        return Fraction(max(self.total_cents, 0), self.purchases) if self.purchases else Fraction(0)


@dataclass(frozen=True, slots=True)
class Reached:
    """A rate in basis points and the words that say how it was found."""

    bps: Fraction
    words: str


def reached(rate: Rate, bucket: str, volume: Volume) -> Reached:
    """Return the rate that a volume has reached; for marginal tiers the average over their slices."""
    if rate.tiers:
        return _in_tiers(rate.tiers, bucket, volume)
    if rate.grid:
        return _in_grid(rate.grid, bucket, volume)
    return Reached(Fraction(rate.bps or 0), "flat rate")


def over(rate: Rate) -> str:
    """Return the stretch a rate's volume is counted over; a flat rate is the same over the whole year."""
    terms = rate.tiers or rate.grid
    return terms.over if terms else "contract_year"


def is_cumulative(rate: Rate) -> bool:
    """Tell whether a rate earns by slices, so that a period earns the year to date less what came before it."""
    return rate.tiers is not None and rate.tiers.method == "marginal"


def looks_at(terms: Tiers | Grid, volume: Volume) -> str:
    """Return whose volume decides: as the contract says, else the pool's where known, else by method."""
    if terms.of:
        return terms.of
    if volume.pool_cents is not None:
        return "pool"
    return "bucket" if isinstance(terms, Tiers) and terms.method == "marginal" else "total"


def earned_cents(volume_cents: int, bps: Fraction) -> int:
    """Return what a volume earns at a rate, rounded half-up (away from zero) to the cent."""
    return _half_up(volume_cents * bps / 10_000)


def four_decimals(bps: Fraction) -> Decimal:
    """Return a rate as it is shown, half-up to four decimals of a basis point."""
    return Decimal(_half_up(bps * 10_000)).scaleb(-4)


def _half_up(exact: Fraction) -> int:
    size = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -size if exact < 0 else size


def marginal_bps(steps: Sequence[Step], volume_cents: int) -> Fraction:
    """Return the average rate of a volume cut into the steps' slices; at or below zero, the first step's."""
    if volume_cents <= 0:
        return Fraction(steps[0].bps)
    ends = [*(cents_of(step.start) for step in steps[1:]), None]
    earned = Fraction(0)
    for step, end in zip(steps, ends, strict=True):
        upper = volume_cents if end is None else min(volume_cents, end)
        earned += max(upper - cents_of(step.start), 0) * Fraction(step.bps)
    return earned / volume_cents


def _in_tiers(tiers: Tiers, bucket: str, volume: Volume) -> Reached:
    if tiers.by == "average_ticket":
        index = _last_at_or_below([cents_of(step.start) for step in tiers.steps], volume.ticket_cents)
        words = f"average ticket {show_cents(int(volume.ticket_cents))}"
        return Reached(Fraction(tiers.steps[index].bps), words)
    measured, whose = volume.measured(tiers, bucket)
    stretch = "contract year to date" if tiers.over == "contract_year" else "period"
    words = f"{whose} of the {stretch} {show_cents(measured)}"
    if tiers.method == "marginal":
        return Reached(marginal_bps(tiers.steps, measured), f"{words}, each slice at its own rate")
    step = tiers.steps[_last_at_or_below([cents_of(each.start) for each in tiers.steps], measured)]
    return Reached(Fraction(step.bps), f"{words}, tier from {show_cents(cents_of(step.start))}")


def _in_grid(grid: Grid, bucket: str, volume: Volume) -> Reached:
    measured, whose = volume.measured(grid, bucket)
    row = _last_at_or_below([cents_of(start) for start in grid.volume], measured)
    column = _last_at_or_below([cents_of(start) for start in grid.average_ticket], volume.ticket_cents)
    words = f"{whose} {show_cents(measured)}, average ticket {show_cents(int(volume.ticket_cents))}"
    return Reached(Fraction(grid.bps[row][column]), words)


def _last_at_or_below(starts: Sequence[int], value: int | Fraction) -> int:
    """Return the index of the last start not above a value; the first one where all are (net refunds)."""
    return max(bisect_right(starts, value) - 1, 0)

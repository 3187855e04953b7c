"""The plain numbers of a period: what is known, what was counted, what it earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from pcard.rebate.prompt_pay import DaysToPay
from pcard.rebate.tiers import Volume

# Parts that are taken out of the gross rebate.
TAKEN = ("loss_trigger", "fee", "offsets")


@dataclass(frozen=True)
class Facts:
    """What a contract asks for and the transactions do not say.

    `average_days_to_pay` is exact; losses are cents, positive, None where not
    known (the one stands for the other); `qualified` tells whether the payment
    terms were kept. `days` are the steps of an average taken from the ledger,
    `estimated_cents` what was paid before the period was counted.
    """

    average_days_to_pay: Fraction | Decimal | None = None
    gross_losses_cents: int | None = None
    net_losses_cents: int | None = None
    carried_over_cents: int = 0
    pool_volume_cents: int | None = None
    qualified: bool = True
    days: DaysToPay | None = None
    estimated_cents: int = 0


@dataclass(frozen=True)
class Counted:
    """The volumes of a period and of the contract year before it, and what a scheme makes of them."""

    period: Volume
    before: Volume = field(default_factory=Volume)
    net_charge_volume_cents: int = 0
    scheme: tuple[Part, ...] = ()

    @property
    def year(self) -> Volume:
        """The contract year to date, this period included."""
        return replace(self.period + self.before, part_of_year=self.before.part_of_year)


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of the total: what it is taken on, at which rate, and how it was found."""

    name: str
    role: str  # bucket, prompt_pay, bonuses, scheme, floor, loss_trigger, fee, offsets
    base_cents: int
    bps: Fraction | None
    amount_cents: int  # below zero where it is taken out
    words: str
    cite: str = ""


@dataclass(frozen=True)
class Earned:
    """What a period earns. The parts sum to the total."""

    parts: tuple[Part, ...]
    net_charge_volume_cents: int
    eligible_cents: int
    carry_out_cents: int

    @property
    def gross_cents(self) -> int:
        """Buckets, prompt pay, bonuses and a scheme, raised to the floor."""
        return sum(part.amount_cents for part in self.parts if part.role not in TAKEN)

    @property
    def total_cents(self) -> int:
        """What is owed: above zero by the bank, below zero by the district."""
        return sum(part.amount_cents for part in self.parts)

    @property
    def figures(self) -> Mapping[str, int]:
        """Every figure by its name in a program test; fees and offsets as the sums taken out."""
        fixed = dict.fromkeys(("prompt_pay", "bonuses", "floor", "loss_trigger", "offsets"), 0)
        fixed["scheme"] = sum(part.amount_cents for part in self.parts if part.role == "scheme")
        taken = {part.name: -part.amount_cents for part in self.parts if part.role in TAKEN}
        given = {part.name: part.amount_cents for part in self.parts if part.role not in TAKEN}
        return {
            **fixed, **given, **taken,
            "net_charge_volume": self.net_charge_volume_cents, "eligible": self.eligible_cents,
            "gross": self.gross_cents, "carry_out": self.carry_out_cents, "total": self.total_cents,
        }  # fmt: skip

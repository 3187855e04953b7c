"""The clauses of a program beside its rates: prompt pay, minimums, bonuses, offsets, fees, payment, allocation."""

from __future__ import annotations

from collections.abc import Sized
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field

from pcard.yamlfile import Amount, Bps, Items, YamlModel

Over: TypeAlias = Literal["period", "contract_year"]
Cite: TypeAlias = dict[str, str]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=300)]
Id: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]


def _not_empty(value: Sized) -> Sized:
    if not len(value):
        msg = "at least one is needed"
        raise ValueError(msg)
    return value


# Asked after the items are known to fit: pydantic's own length would count only those that do.
NotEmpty = AfterValidator(_not_empty)


class PromptPayRow(YamlModel):
    """A rate that holds from the day after the row before up to `days`."""

    days: int = Field(ge=0)
    bps: Bps


VolumeOf: TypeAlias = Literal["total_volume", "eligible", "net_charge_volume"]


class PromptPay(YamlModel):
    """A rate looked up by the average days to pay; a table, never a line."""

    on: VolumeOf = "total_volume"
    by: Literal["average_days_to_pay"] = "average_days_to_pay"
    round_days: Literal["ceil", "floor", "half_up"] = "ceil"
    table: Annotated[Items[PromptPayRow], NotEmpty]
    beyond: Bps = Decimal(0)
    cite: Cite = Field(default_factory=dict)


class Minimum(YamlModel):
    """The eligible volume below which nothing is earned."""

    volume: Amount
    over: Over = "contract_year"
    cite: Cite = Field(default_factory=dict)


class Bonus(YamlModel):
    """A sum for each full amount of eligible volume."""

    per_full: Annotated[Amount, Field(gt=0)]
    pays: Amount
    over: Over = "contract_year"
    cite: Cite = Field(default_factory=dict)


class Offsets(YamlModel):
    """What the bank takes back for credit losses.

    A negative result is invoiced where it `may_be_negative`; else what the
    rebate does not cover is carried forward, or dropped without `carry_forward`.
    """

    credit_losses: Literal["gross", "net", "none"] = "none"
    reduce: Literal["volume", "rebate"] = "rebate"
    carry_forward: bool = False
    may_be_negative: bool = False
    cite: Cite = Field(default_factory=dict)


class Floor(YamlModel):
    """The least that the gross rebate comes to."""

    amount: Amount
    when: Literal["qualified", "always"] = "qualified"
    cite: Cite = Field(default_factory=dict)


class Fee(YamlModel):
    """What the contract's sponsor takes out of the rebate."""

    id: Id
    bps: Bps
    on: VolumeOf | Literal["gross"] = "eligible"
    cite: Cite = Field(default_factory=dict)


class LossTrigger(YamlModel):
    """What follows where credit losses rise above a share of the eligible volume: nothing is earned, or less."""

    losses: Literal["gross", "net"] = "gross"
    above_bps: Bps
    then: Literal["nothing", "less"] = "nothing"
    less_bps: Bps = Decimal(0)  # of the eligible volume, with `then: less`
    cite: Cite = Field(default_factory=dict)


class Scheme(YamlModel):
    """A computation behind the door `pcard.rebate_schemes`, and the settings it is given."""

    use: Words
    settings: dict[str, Any] = Field(alias="with", default_factory=dict)
    cite: Cite = Field(default_factory=dict)


class SignOn(YamlModel):
    """A sum for signing: not tied to spending, so never part of a rebate."""

    amount: Annotated[Amount, Field(gt=0)]
    paid_on: date
    cite: Cite = Field(default_factory=dict)


class ClawBack(YamlModel):
    """What goes back to the bank where the district ends the contract before `until`.

    `sign_on`: all of it, the part for the days that are left, or none; with
    `months` also the rebates of the periods that ended within so many months.
    """

    until: date
    sign_on: Literal["all", "days_left", "none"] = "all"
    months: int = Field(default=0, ge=0)
    cite: Cite = Field(default_factory=dict)


class Payment(YamlModel):
    """When the bank pays, by whom it goes, and whether an estimate comes first."""

    due_days_after_period: int = Field(ge=0)
    next_business_day: bool = False  # a due date on a weekend or federal holiday moves to the next business day
    estimate_due_days_after_period: int | None = Field(default=None, ge=0)
    lead_fee_bps: Annotated[Bps, Field(ge=0, le=10_000)] = Decimal(0)  # what a consortium's lead keeps of the payment
    cite: Cite = Field(default_factory=dict)


class Allocation(YamlModel):
    """Who shares the rebate.

    `federal` lists the funds whose part goes back to its award (2 CFR 200.406),
    `keep` those whose part stays with them (child nutrition). Of the others,
    `redirect` names the fund that gets a fund's part, `others` the one for all.
    """

    weight: Literal["eligible_volume"] = "eligible_volume"
    by: Annotated[Items[Literal["site", "fund"]], NotEmpty] = ("site", "fund")
    federal_funds: Literal["return_to_award", "as_others"] = "return_to_award"
    federal: Items[str] = ()
    keep: Items[str] = ()
    redirect: dict[str, str] = Field(default_factory=dict)
    others: str | None = None

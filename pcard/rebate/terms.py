"""What a `pcard-rebate/1` file says: every key of a program, as pydantic models.

The words are those of DESIGN section 7. Keys beyond it are optional and change
nothing where they are absent. Rates stand here, the other clauses in `clauses`.
"""

from __future__ import annotations

import re
from datetime import date
from datetime import date as date_  # where a field is named `date`
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag

from pcard.periods import CalendarUnit, MonthDay
from pcard.rebate.clauses import (
    Allocation,
    Bonus,
    Cite,
    ClawBack,
    Fee,
    Floor,
    Id,
    LossTrigger,
    Minimum,
    NotEmpty,
    Offsets,
    Over,
    Payment,
    PromptPay,
    Scheme,
    SignOn,
    Words,
)  # fmt: skip
from pcard.yamlfile import Amount, Bps, Items, YamlModel

Kind: TypeAlias = Literal[
    "purchase", "credit", "fee", "finance_charge", "cash_advance", "convenience_check",
    "payment", "adjustment", "transfer", "rebate",
]  # fmt: skip


def _day_of_year(text: str) -> str:
    if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]|29|30|31)", text):
        msg = "this must be a month and a day, as 06-01"
        raise ValueError(msg)
    try:
        date(2001, int(text[:2]), int(text[3:]))
    except ValueError:
        msg = "there is no such day in every year"
        raise ValueError(msg) from None
    return text


MonthDayText: TypeAlias = Annotated[str, AfterValidator(_day_of_year)]


class YearStarts(YamlModel):
    """A yearly period that begins on any day of the year."""

    year_starts: MonthDayText


PeriodOf: TypeAlias = Annotated[
    Annotated[CalendarUnit, Tag("period")] | Annotated[YearStarts, Tag("year_starts")],
    Discriminator(lambda value: "year_starts" if isinstance(value, dict | YearStarts) else "period"),
]


class Effective(YamlModel):
    """The first and last day of the terms; open-ended where `to` is absent."""

    first: date = Field(alias="from")
    last: date = Field(alias="to", default=date(9999, 12, 31))


class About(YamlModel):
    """The contract: who pays, since when, in which periods, counted by which date."""

    id: Id
    issuer: Words
    title: Words
    effective: Effective
    period: PeriodOf
    dated_by: Literal["posted", "purchased", "statement"] = "posted"
    contract_year_starts: MonthDayText | None = None  # default: the month and day the terms begin
    cite: Cite = Field(default_factory=dict)


class Eligible(YamlModel):
    """Which kinds count, and conditions that take a transaction out."""

    include: Items[Kind] = ("purchase", "credit")
    exclude: Items[Any] = ()


class Step(YamlModel):
    """One tier: it holds from an amount, or an average ticket, on. `to` is only checked against the next step."""

    start: Amount = Field(alias="from")
    to: Amount | None = None
    bps: Bps


class Tiers(YamlModel):
    """Steps of volume or of average ticket.

    `of` is whose volume is looked up: the whole program's, the bucket's own or
    the consortium's pool; by default all buckets' for a cliff, the bucket's own
    for marginal tiers, and the pool wherever its volume is given. `annualise`
    looks up what the volume would be in a whole contract year at its pace.
    """

    by: Literal["volume", "average_ticket"] = "volume"
    over: Over = "period"
    method: Literal["cliff", "marginal"] = "cliff"
    of: Literal["total", "bucket", "pool"] | None = None
    annualise: bool = False
    steps: Annotated[Items[Step], NotEmpty]


class Grid(YamlModel):
    """Rates by volume (one row each) and average ticket (one column each), both `from` there on."""

    over: Over = "period"
    of: Literal["total", "bucket", "pool"] | None = None
    annualise: bool = False
    volume: Annotated[Items[Amount], NotEmpty]
    average_ticket: Annotated[Items[Amount], NotEmpty]
    bps: Items[Items[Bps]]


class Rate(YamlModel):
    """Exactly one of a flat rate, tiers or a grid."""

    bps: Bps | None = None
    tiers: Tiers | None = None
    grid: Grid | None = None


class Bucket(YamlModel):
    """Transactions that earn alike; without `when` it takes all that is left. `called`: its names in bank reports."""

    id: Id
    when: Any = None
    rate: Rate
    called: Items[str] = ()
    cite: Cite = Field(default_factory=dict)


class CreditLosses(YamlModel):
    """Losses as written off, and after recoveries; the one stands for the other where only one is known."""

    gross: Amount | None = None
    net: Amount | None = None


class GivenCharge(YamlModel):
    """One charge of a program test, in the words of the transactions table; a refund's amount is below zero."""

    date: date_
    amount: Amount
    posted: date_ | None = None  # default: the day of purchase
    kind: Kind | None = None  # default: purchase, or credit below zero
    merchant: str = "A shop"
    account: str | None = None
    card: str | None = None
    mcc: str | None = None
    description: str | None = None
    large_ticket: bool | None = None
    site: str | None = None
    fund: str | None = None


class Given(YamlModel):
    """The figures a program test starts from: volumes by bucket or by kind, or charges and the period to count.

    Charges run the whole way: dates, exclusions, buckets, and a scheme.
    """

    volumes: dict[str, Amount] | None = None
    kinds: dict[Kind, Amount] | None = None
    charges: Items[GivenCharge] | None = None
    period: str | None = None  # of `charges`: 2026Q3, FY2027
    total_volume: Amount | None = None
    year_volume: Amount | None = None
    pool_volume: Amount | None = None
    average_ticket: Annotated[Amount, Field(ge=0)] | None = None
    months: int | None = Field(default=None, ge=1, le=12)  # of the contract year that its volume covers
    average_days_to_pay: Bps | None = None
    credit_losses: CreditLosses = CreditLosses()
    carried_over: Amount = Decimal(0)
    qualified: bool = True


class TestCase(YamlModel):
    """One worked example: what is given, what must come out, to the cent."""

    __test__ = False  # no test for pytest

    name: Words
    given: Given
    expect: Annotated[dict[str, Amount], NotEmpty]


class Terms(YamlModel):
    """A whole program file."""

    format: Literal["pcard-rebate/1"]
    program: About
    eligible: Eligible = Eligible()
    buckets: Annotated[Items[Bucket], NotEmpty]
    prompt_pay: PromptPay | None = None
    minimum: Minimum | None = None
    bonuses: Items[Bonus] = ()
    offsets: Offsets = Offsets()
    floor: Floor | None = None
    loss_trigger: LossTrigger | None = None
    scheme: Scheme | None = None
    fees: Items[Fee] = ()
    payment: Payment | None = None
    sign_on: SignOn | None = None
    claw_back: ClawBack | None = None
    allocation: Allocation = Allocation()
    # Reaching a step or the minimum pays the difference on the contract year's earlier periods too.
    true_up: bool = False
    # What a period earns whose payment terms were missed.
    unqualified: Literal["nothing", "no_floor"] = "nothing"
    tests: Items[TestCase] = ()


def month_day(text: str) -> MonthDay:
    """Return `06-01` as month and day."""
    return int(text[:2]), int(text[3:])


def contract_year_starts(terms: Terms) -> MonthDay:
    """Return when the contract year begins: as stated, as a yearly period does, else the anniversary of the terms."""
    about = terms.program
    if about.contract_year_starts:
        return month_day(about.contract_year_starts)
    if isinstance(about.period, YearStarts):
        return month_day(about.period.year_starts)
    first = about.effective.first
    return (1, 1) if about.period == "year" else (first.month, 28 if (first.month, first.day) == (2, 29) else first.day)

"""What contracts ask for and no card statement says: `pcard-rebate-facts/1`, typed by people, and the ledger's days to pay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from pcard.documents import open_document
from pcard.errors import Fault, Refused
from pcard.frames import Ledger
from pcard.money import cents_of
from pcard.periods import Period
from pcard.rebate.clauses import Id, Words
from pcard.rebate.figures import Facts
from pcard.rebate.file_turn import days_to_pay, settled_bills
from pcard.rebate.programs import Program
from pcard.rebate.terms import CreditLosses
from pcard.yamlfile import Amount, Bps, Items, YamlFile, YamlModel, did_you_mean, load_yaml, validate

_FORMAT = "pcard-rebate-facts/1"
FactsOf: TypeAlias = Callable[[Program, Period], Facts]
NotNegative: TypeAlias = Annotated[Amount, Field(ge=0)]


class StatedFacts(YamlModel):
    """What is known of one program's period, by the period's label (`2026Q3`, `FY2027`)."""

    program: Id
    period: Words
    average_days_to_pay: Bps | None = None  # else computed from the statements and payments
    credit_losses: CreditLosses = CreditLosses()
    carried_over: NotNegative = Decimal(0)
    pool_volume: NotNegative | None = None
    qualified: bool = True
    estimated: NotNegative = Decimal(0)  # paid on an estimate before the period was counted


class Award(YamlModel):
    """A federal award by its fund; a rebate that comes after `closed` is a question for the grants office."""

    fund: Words
    title: Words
    closed: date | None = None


class Ended(YamlModel):
    """The day on which the district ended a contract before its time."""

    program: Id
    on: date


class Accounts(YamlModel):
    """Where rebates are booked: the fund that gets the bank's payment, and the accounts of the journal lines."""

    fund: Words = "general"
    clearing: Words = "rebate received"
    due_to: Words = "due to other funds"
    due_from: Words = "due from other funds"
    cost_reduction: Words = "expenditures (cost reduction)"


class Costs(YamlModel):
    """The district's own cost figures, per transaction; none are assumed."""

    card_transaction: NotNegative | None = None
    purchase_order: NotNegative | None = None
    card_program_yearly: NotNegative | None = None  # staff, software, audits of a year


class Comparator(YamlModel):
    """A figure the director compares with, and where it comes from."""

    metric: Id
    value: Bps
    source: Words


class StatedFile(YamlModel):
    """A whole file of facts."""

    format: Literal["pcard-rebate-facts/1"]
    facts: Items[StatedFacts] = ()
    awards: Items[Award] = ()
    ended: Items[Ended] = ()
    accounts: Accounts = Accounts()
    yearly_interest_bps: Annotated[Bps, Field(ge=0)] | None = None  # what idle money of the district earns in a year
    costs: Costs = Costs()
    cards: Annotated[int, Field(ge=0)] | None = None
    receipts_due_days: Annotated[int, Field(ge=0)] | None = None  # the district's own rule, from the posting on
    comparators: Items[Comparator] = ()


@dataclass(frozen=True)
class Known:
    """A file of facts as loaded; without one, nothing is stated."""

    stated: StatedFile = field(default_factory=lambda: StatedFile(format="pcard-rebate-facts/1"))

    def of(self, program: str, label: str) -> StatedFacts | None:
        """Return what is stated of a program's period."""
        return next((one for one in self.stated.facts if (one.program, one.period) == (program, label)), None)

    def ended_on(self, program: str) -> date | None:
        """Return the day on which a contract was ended early."""
        return next((one.on for one in self.stated.ended if one.program == program), None)


NOTHING_STATED = Known()


def is_facts(path: Path) -> bool:
    """Tell whether a file says that it is one of facts."""
    return re.search(rf"(?m)^format:\s*{_FORMAT}\b", open_document(path).text) is not None


def load_facts(path: Path, programs: Sequence[Program]) -> Known:
    """Load a file of facts about these programs.

    Raises:
        Refused: every fault: what does not fit, unknown programs and periods, a period stated twice.
    """
    document = open_document(path)
    file = load_yaml(document.text, document.name)
    stated = validate(StatedFile, file)
    if faults := list(_faults(stated, file, programs)):
        raise Refused(*faults)
    return Known(stated)


def _faults(stated: StatedFile, file: YamlFile, programs: Iterable[Program]) -> Iterator[Fault]:
    versions: dict[str, list[Program]] = {}
    for program in programs:
        versions.setdefault(program.id, []).append(program)
    parts = [("facts", index, one.program) for index, one in enumerate(stated.facts)]
    parts += [("ended", index, one.program) for index, one in enumerate(stated.ended)]
    for part, index, name in parts:
        if name not in versions:
            place = file.place(part, index, "program")
            yield Fault("fact-of-no-program", place, f"there is no program '{name}'", did_you_mean(name, versions))
    seen: set[tuple[str, str]] = set()
    for index, one in enumerate(stated.facts):
        place = file.place("facts", index, "period")
        if (one.program, one.period) in seen:
            yield Fault("fact-repeated", place, f"{one.period} is stated twice", "state each period once")
        seen.add((one.program, one.period))
        label = one.period.partition(" from ")[0]
        if one.program in versions and not any(program.has_period(label) for program in versions[one.program]):
            example = versions[one.program][0].example_period
            message = f"'{one.period}' is no period of the contract"
            yield Fault("fact-of-no-period", place, message, f"label it as the contract's own, as {example}")


def facts_from(ledger: Ledger, known: Known = NOTHING_STATED) -> FactsOf:
    """Return the facts of any period: as stated, and the average days to pay from the ledger where they are not."""
    settled = cache(lambda: settled_bills(ledger))

    def of(program: Program, period: Period) -> Facts:
        stated = known.of(program.id, period.label)
        days = None
        if program.terms.prompt_pay and (stated is None or stated.average_days_to_pay is None):
            days = days_to_pay(ledger, program, period, settled())
        if stated is None:
            return Facts(average_days_to_pay=days.average if days else None, days=days)
        return Facts(
            stated.average_days_to_pay if days is None else days.average,
            _cents(stated.credit_losses.gross),
            _cents(stated.credit_losses.net),
            cents_of(stated.carried_over),
            _cents(stated.pool_volume),
            stated.qualified,
            days,
            cents_of(stated.estimated),
        )

    return of


def _cents(amount: Amount | None) -> int | None:
    return None if amount is None else cents_of(amount)

"""A program's own tests: worked examples of the contract, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl

from pcard.errors import Place
from pcard.frames import TRANSACTIONS
from pcard.money import cents_of
from pcard.rebate.accruals import accrue
from pcard.rebate.earnings import earn
from pcard.rebate.eligibility import NEVER, bucket_and_reason, fields_asked
from pcard.rebate.figures import Counted, Facts, Part
from pcard.rebate.programs import FIELDS, Program
from pcard.rebate.terms import Given, GivenCharge, TestCase
from pcard.rebate.tiers import Volume
from pcard.yamlfile import Amount

_COPIED = ("date", "merchant", "account", "card", "mcc", "description", "large_ticket", "site", "fund")


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that came out otherwise."""

    figure: str
    expected_cents: int
    found_cents: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test: where it stands, every figure that differs, all figures, and the parts whose sum is the total."""

    name: str
    place: Place
    differences: tuple[Difference, ...]
    figures: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every figure came out to the cent."""
        return not self.differences


def run_tests(program: Program) -> tuple[Outcome, ...]:
    """Run every test in a program's file."""
    return tuple(
        run_test(program, test, place) for test, place in zip(program.terms.tests, program.test_places, strict=True)
    )


def run_test(program: Program, test: TestCase, place: Place) -> Outcome:
    """Compute a test's figures from what it gives and compare those it expects."""
    known = facts(test.given)
    period = program.period_named(test.given.period or "")
    if test.given.charges is None or period is None:
        earned = earn(program, counted(program, test.given), known)
    else:
        earned = accrue(charges(test.given.charges), program, period, known).earned
    figures = earned.figures
    expected = {name: cents_of(amount) for name, amount in test.expect.items()}
    differences = [Difference(name, cents, figures[name]) for name, cents in expected.items() if figures[name] != cents]
    return Outcome(test.name, place, tuple(differences), figures, earned.parts)


def charges(given: Sequence[GivenCharge]) -> pl.DataFrame:
    """Return the charges that a test states as TRANSACTIONS."""
    return TRANSACTIONS.rows(
        {
            **{name: getattr(charge, name) for name in _COPIED},
            "transaction_id": f"{index:06}", "identity": f"{index:06}", "document": "test", "line": index,
            "posted": charge.posted or charge.date, "amount_cents": cents_of(charge.amount), "memo": False,
            "kind": charge.kind or ("credit" if charge.amount < 0 else "purchase"),
        }
        for index, charge in enumerate(given, 1)
    )  # fmt: skip


def facts(given: Given) -> Facts:
    """Return the facts that a test states."""
    losses = given.credit_losses
    return Facts(
        given.average_days_to_pay,
        _cents(losses.gross),
        _cents(losses.net),
        cents_of(given.carried_over),
        _cents(given.pool_volume),
        given.qualified,
    )


def counted(program: Program, given: Given) -> Counted:
    """Return the volumes that a test states.

    Where the total is stated, the bucket that takes all that is left takes what
    the named ones leave of it; where that one is named too, the total stands
    for itself. The year's earlier volume is put in the same bucket.
    """
    if given.kinds is not None:
        volumes, charged = _by_kind(program, {kind: cents_of(amount) for kind, amount in given.kinds.items()})
    else:
        volumes = {name: cents_of(amount) for name, amount in (given.volumes or {}).items()}
        charged = None
    rest, total = program.catch_all, _cents(given.total_volume)
    if total is not None and rest not in volumes:
        volumes[rest] = total - sum(volumes.values())
    whole = sum(volumes.values())
    year = _cents(given.year_volume)
    ticket, pool = _cents(given.average_ticket), _cents(given.pool_volume)
    part = Fraction(given.months or 12, 12)
    period = Volume(volumes, 0, pool, ticket, part, None if total == whole else total)
    before = Volume({} if year is None else {rest: year - whole}, 0, pool, ticket, part)
    return Counted(period, before, period.whole_cents if charged is None else charged)


def _by_kind(program: Program, kinds: dict[str, int]) -> tuple[dict[str, int], int]:
    """Return the volume by bucket and the net charge volume of volumes by kind, nothing else being known of them."""
    names = list(kinds)
    view = pl.DataFrame(
        {name: pl.Series(names if name == "txn.kind" else [None] * len(names), dtype=FIELDS[name].value)
         for name in sorted(fields_asked(program))}
    )  # fmt: skip
    bucket, excluded = bucket_and_reason(view, program)
    volumes: dict[str, int] = {}
    for kind, name, reason in zip(names, bucket, excluded, strict=True):
        if reason is None:
            volumes[name] = volumes.get(name, 0) + kinds[kind]
    return volumes, sum(cents for kind, cents in kinds.items() if kind not in NEVER)


def _cents(amount: Amount | None) -> int | None:
    return None if amount is None else cents_of(amount)

"""A rebate program: its terms as loaded, checked and compiled from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from pcard.conditions import Condition, compile_condition, describe
from pcard.documents import open_document
from pcard.errors import Fault, Place, Refused, errors_of
from pcard.frames import ENRICHED
from pcard.periods import (
    CalendarUnit,
    MonthDay,
    Period,
    parse_period,
    period_holding,
    periods_touching,
    year_ending_in,
    year_from,
)
from pcard.rebate.program_checks import percent_faults, scheme_faults, term_faults
from pcard.rebate.terms import Bucket, Terms, YearStarts, contract_year_starts, month_day
from pcard.yamlfile import YamlFile, load_yaml, validate

# What a condition may ask of a transaction, by its name in files.
FIELDS = {f"txn.{column.name}": column.kind for column in ENRICHED.columns}


@dataclass(frozen=True)
class Exclusion:
    """A condition that takes a transaction out, and the words for why."""

    condition: Condition
    words: str


@dataclass(frozen=True)
class Program:
    """One version of a contract's terms, ready to count with.

    `bucket_conditions` stands beside `terms.buckets`, None where a bucket takes
    all that is left. `questions` are the warnings a person should answer,
    the places where the terms' first day and each of `terms.tests` stand.
    """

    terms: Terms
    file: str
    sha256: str
    exclusions: tuple[Exclusion, ...]
    bucket_conditions: tuple[Condition | None, ...]
    effective_place: Place
    questions: tuple[Fault, ...] = ()
    test_places: tuple[Place, ...] = ()

    @property
    def id(self) -> str:
        """The contract's id, the same in all its versions."""
        return self.terms.program.id

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """The buckets in the order they are tried."""
        return self.terms.buckets

    @property
    def catch_all(self) -> str:
        """The bucket that takes all that is left: the one without a condition, else the last."""
        unconditional = [bucket.id for bucket in self.buckets if bucket.when is None]
        return (unconditional or [self.buckets[-1].id])[0]

    @property
    def effective(self) -> Period:
        """The days these terms are in force."""
        effective = self.terms.program.effective
        return Period(effective.first, effective.last, self.id)

    @property
    def unit(self) -> CalendarUnit | MonthDay:
        """The contract's period."""
        period = self.terms.program.period
        return month_day(period.year_starts) if isinstance(period, YearStarts) else period

    @cached_property
    def year_starts(self) -> MonthDay:
        """When the contract year begins: as stated, as a yearly period does, else the anniversary of the terms."""
        return contract_year_starts(self.terms)

    @cached_property
    def cite(self) -> str:
        """The contract's clause, in one line."""
        return cited(self.terms.program.cite)

    def contract_year(self, day: date) -> Period:
        """Return the contract year that a day lies in."""
        return year_from(day, self.year_starts)

    def periods(self, first: date, last: date) -> list[Period]:
        """Return the contract's periods that share a day with a stretch and with the terms."""
        return periods_touching(max(first, self.effective.first), min(last, self.effective.last), self.unit)

    def has_period(self, label: str) -> bool:
        """Tell whether a label names a period of the contract as it counts them."""
        found = self.period_named(label)
        return found is not None and period_holding(found.first, self.unit) == found

    @property
    def example_period(self) -> str:
        """The label of the contract's first period."""
        return period_holding(self.effective.first, self.unit).label

    def period_named(self, label: str, fiscal_year_starts: MonthDay | None = None) -> Period | None:
        """Return the period a label names (`2026Q3`, `FY2027`), or None.

        `FY2027` is the contract's own period where it pays by such years, else
        the district's fiscal year where it is given, else the contract year.
        """
        if found := parse_period(label):
            return found
        starts = self.year_starts if isinstance(self.unit, tuple) else fiscal_year_starts or self.year_starts
        if label.startswith("FY") and label[2:].isdecimal() and len(label) == 6 and label[2:] > "0001":
            return year_ending_in(int(label[2:]), starts)
        return None


def load_program(path: Path, enabled: frozenset[str] = frozenset()) -> Program:
    """Load one program file; `enabled` are the plugins whose schemes it may use beside pcard's own.

    Raises:
        Refused: every fault in the file, each with its place and cure.
    """
    document = open_document(path)
    return compile_program(load_yaml(document.text, document.name), document.sha256, enabled)


def load_programs(paths: Iterable[Path], enabled: frozenset[str] = frozenset()) -> tuple[Program, ...]:
    """Load several files; files with the same program id are versions of it over time, oldest first.

    Raises:
        Refused: the faults of all files, and versions in force on the same day.
    """
    faults: list[Fault] = []
    programs: list[Program] = []
    for path in paths:
        try:
            programs.append(load_program(path, enabled))
        except Refused as refused:
            faults += refused.faults
    programs.sort(key=lambda program: (program.id, program.effective))
    faults += _overlaps(programs)
    if faults:
        raise Refused(*faults)
    return tuple(programs)


def compile_program(file: YamlFile, sha256: str, enabled: frozenset[str] = frozenset()) -> Program:
    """Check and compile a program that has been read.

    Raises:
        Refused: every fault, each with its place and cure.
    """
    faults = percent_faults(file)
    try:
        terms = validate(Terms, file)
    except Refused as refused:
        told = {fault.place for fault in faults}
        faults += [fault for fault in refused.faults if fault.place not in told]
        raise Refused(*sorted(faults, key=lambda fault: fault.place)) from None
    faults += [*term_faults(terms, file), *scheme_faults(terms.scheme, file, enabled)]
    exclusions: list[Exclusion] = []
    for index, node in enumerate(terms.eligible.exclude):
        if condition := _compiled(node, file, ("eligible", "exclude", index), faults):
            exclusions.append(Exclusion(condition, f"excluded: {describe(condition)}"))
    conditions = [
        None if bucket.when is None else _compiled(bucket.when, file, ("buckets", index, "when"), faults)
        for index, bucket in enumerate(terms.buckets)
    ]
    if errors_of(faults):
        raise Refused(*sorted(faults, key=lambda fault: fault.place))
    places = tuple(file.place("tests", index, "name") for index in range(len(terms.tests)))
    began = file.place("program", "effective", "from")
    program = Program(terms, file.name, sha256, tuple(exclusions), tuple(conditions), began, tuple(faults), places)
    if unknown := list(_unknown_periods(program, file)):
        raise Refused(*unknown)
    return program


def _unknown_periods(program: Program, file: YamlFile) -> Iterator[Fault]:
    for index, test in enumerate(program.terms.tests):
        label = test.given.period
        if label is not None and program.period_named(label) is None:
            place = file.place("tests", index, "given", "period")
            yield Fault(
                "test-period-unknown", place, f"'{label}' is no period", f"label it as {program.example_period}"
            )


def cited(cite: dict[str, str]) -> str:
    """Write a citation in one line."""
    return "; ".join(f"{source}: {clause}" for source, clause in cite.items())


def _compiled(node: Any, file: YamlFile, path: tuple[str | int, ...], faults: list[Fault]) -> Condition | None:
    try:
        return compile_condition(node, FIELDS, {}, file, path)
    except Refused as refused:
        faults += refused.faults
        return None


def _overlaps(programs: Sequence[Program]) -> list[Fault]:
    return [
        Fault(
            "versions-overlap",
            later.effective_place,
            f"{later.id} has two versions in force on {later.effective.first}; the other is {earlier.file}",
            f"end the earlier one the day before, with `to: {later.effective.first - timedelta(days=1)}`",
        )
        for earlier, later in combinations(programs, 2)
        if earlier.id == later.id and later.effective.first <= earlier.effective.last
    ]

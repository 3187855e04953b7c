"""What is asked of a program before anything is counted with it.

A model says what a file may contain; here stands what a contract cannot mean:
gaps and overlaps in tiers, buckets nothing reaches, rates that are a slip of
the pen. Faults refuse the file, warnings are questions for whoever typed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pcard.errors import Fault
from pcard.extensions import installed
from pcard.money import cents_of, show_cents
from pcard.rebate.clauses import Scheme
from pcard.rebate.terms import Rate, Step, Terms, Tiers, contract_year_starts
from pcard.yamlfile import YamlFile, YamlPath, did_you_mean

SCHEMES = "pcard.rebate_schemes"
FIGURES = (
    "net_charge_volume", "eligible", "gross", "prompt_pay", "bonuses", "scheme", "floor", "loss_trigger", "offsets", "carry_out",
    "total",
)  # fmt: skip
MOST_BPS = 1000
_SMALLEST_USUAL_BPS = 5
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_PERCENT = re.compile(r"\s*(-?[0-9]*\.?[0-9]+)\s*%\s*")


def percent_faults(file: YamlFile) -> list[Fault]:
    """Question every rate written with a percent sign: it is off by a hundred too often to be guessed."""
    return [
        _percent_fault(found[1], file, path)
        for path, value in _leaves(file.value, ())
        if {"bps", "beyond", "rate"} & set(path) and isinstance(value, str) and (found := _PERCENT.fullmatch(value))
    ]


def term_faults(terms: Terms, file: YamlFile) -> list[Fault]:
    """Return every fault and question of terms that fit the model."""
    return [
        *_about(terms, file),
        *_buckets(terms, file),
        *_rates(file),
        *_prompt_pay(terms, file),
        *_allocation(terms, file),
        *_tests(terms, file),
    ]


def scheme_faults(scheme: Scheme | None, file: YamlFile, enabled: frozenset[str]) -> Iterator[Fault]:
    """Refuse a scheme that is not installed, or is not pcard's own and not enabled in this workspace."""
    if scheme is None:
        return
    known = {plugin.name: plugin for plugin in installed(SCHEMES)}
    place = file.place("scheme", "use")
    if scheme.use not in known:
        message = f"there is no rebate scheme '{scheme.use}' installed"
        yield Fault("scheme-unknown", place, message, did_you_mean(scheme.use, known))
    elif not known[scheme.use].builtin and scheme.use not in enabled:
        message = f"the scheme '{scheme.use}' of {known[scheme.use].package} is not enabled here"
        yield Fault("scheme-not-enabled", place, message, f"pcard plugins enable {scheme.use}")


def _percent_fault(number: str, file: YamlFile, path: YamlPath) -> Fault:
    value = Decimal(number)
    printed = value * 100
    other = value * 10_000 if abs(value) < Decimal("0.05") else value
    readings = f"{_plain(printed)} bps ({_plain(value)} %) as printed, or {_plain(other)} bps ({_plain(other / 100)} %)"
    return Fault(
        "rate-in-percent",
        file.place(*path),
        f"{number}% can be read as {readings} if the sign or a decimal slipped",
        f"look into the contract and write basis points without a sign: {_plain(printed)} or {_plain(other)}",
    )


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def _leaves(value: Any, path: YamlPath) -> Iterator[tuple[YamlPath, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*path, key))
    else:
        yield path, value


def _about(terms: Terms, file: YamlFile) -> Iterator[Fault]:
    about = terms.program
    if about.effective.last < about.effective.first:
        place = file.place("program", "effective", "to")
        yield Fault("effective-reversed", place, "the terms end before they begin", "swap or correct the two dates")
    if not about.cite:
        place = file.place("program")
        cure = 'add `cite: {contract: "Exhibit B, section 3"}`'
        yield Fault("program-uncited", place, "no clause of the contract is named", cure, warning=True)
    month, day = contract_year_starts(terms)
    months = _MONTHS[about.period] if isinstance(about.period, str) else 0
    if _counts_a_year(terms) and months and (day != 1 or (month - 1) % months):
        stated = ("contract_year_starts",) if about.contract_year_starts else ("effective", "from")
        yield Fault(
            "year-splits-period",
            file.place("program", *stated),
            f"the contract year begins on {month:02d}-{day:02d}, in the middle of a {about.period}",
            "set `contract_year_starts` to the day on which the contract begins to count a year's volume",
            warning=True,
        )


def _counts_a_year(terms: Terms) -> bool:
    parts = [terms.minimum, *terms.bonuses, *(bucket.rate.tiers or bucket.rate.grid for bucket in terms.buckets)]
    return any(part is not None and part.over == "contract_year" for part in parts)


def _buckets(terms: Terms, file: YamlFile) -> Iterator[Fault]:
    names: list[str] = []
    catch_all: str | None = None
    ids = [("buckets", i, bucket.id) for i, bucket in enumerate(terms.buckets)]
    for part, index, name in (*ids, *(("fees", i, fee.id) for i, fee in enumerate(terms.fees))):
        place = file.place(part, index, "id")
        if name in {*FIGURES, "no_bucket"}:
            yield Fault("id-reserved", place, f"'{name}' is the name of another figure", "choose another id")
        elif name in names:
            yield Fault("id-repeated", place, f"'{name}' stands here for the second time", "give each its own id")
        names.append(name)
    for index, bucket in enumerate(terms.buckets):
        place = file.place("buckets", index, "id")
        if catch_all:
            message = f"nothing reaches the bucket '{bucket.id}': '{catch_all}' before it takes all that is left"
            yield Fault("bucket-unreachable", place, message, f"move '{catch_all}' to the end, or give it a `when`")
        if bucket.when is None:
            catch_all = catch_all or bucket.id
        yield from _rate(bucket.rate, file, ("buckets", index, "rate"))


def _rate(rate: Rate, file: YamlFile, path: YamlPath) -> Iterator[Fault]:
    named = [name for name in ("bps", "tiers", "grid") if getattr(rate, name) is not None]
    if len(named) != 1:
        message = f"{' and '.join(named)} stand here together" if named else "there is no rate here"
        yield Fault("rate-unclear", file.place(*path), message, "give exactly one of bps, tiers, grid")
    if rate.tiers:
        yield from _tiers(rate.tiers, file, (*path, "tiers"))
    if rate.bps is not None and 0 < rate.bps < _SMALLEST_USUAL_BPS:
        message = f"{rate.bps} bps is {_plain(rate.bps / 100)} %; was {_plain(rate.bps * 100)} bps meant?"
        cure = "correct it, or leave it if the contract says so"
        yield Fault("rate-tiny", file.place(*path, "bps"), message, cure, warning=True)
    if rate.grid:
        grid = rate.grid
        place = file.place(*path, "grid")
        if len(grid.bps) != len(grid.volume) or any(len(row) != len(grid.average_ticket) for row in grid.bps):
            message = "the rates do not fill the grid"
            cure = f"give {len(grid.volume)} rows of {len(grid.average_ticket)} rates"
            yield Fault("grid-shape", place, message, cure)
        for axis in ("volume", "average_ticket"):
            yield from _starts(getattr(grid, axis), file, (*path, "grid", axis))


def _tiers(tiers: Tiers, file: YamlFile, path: YamlPath) -> Iterator[Fault]:
    yield from _starts([step.start for step in tiers.steps], file, (*path, "steps"))
    for index, (step, following) in enumerate(pairwise(tiers.steps)):
        yield from _joint(step, following, file, (*path, "steps", index))
        if following.bps < step.bps:
            place = file.place(*path, "steps", index + 1)
            message = f"a higher tier pays less: {following.bps} bps after {step.bps}"
            cure = "correct it, or leave it if the contract says so"
            yield Fault("tiers-fall", place, message, cure, warning=True)
    if tiers.method == "marginal" and tiers.by == "average_ticket":
        place = file.place(*path, "method")
        message = "an average ticket cannot be cut into slices"
        yield Fault("marginal-by-ticket", place, message, "use `method: cliff` with `by: average_ticket`")


def _starts(starts: Sequence[Decimal], file: YamlFile, path: YamlPath) -> Iterator[Fault]:
    if starts[0] != 0:
        message = f"nothing is said of what lies below {show_cents(cents_of(starts[0]))}"
        yield Fault(
            "tiers-gap", file.place(*path, 0), message, "begin with `from: 0`, at 0 bps if nothing is paid there"
        )
    for index, (one, following) in enumerate(pairwise(starts), 1):
        if following <= one:
            message = f"{show_cents(cents_of(following))} does not lie above {show_cents(cents_of(one))} before it"
            yield Fault("tiers-order", file.place(*path, index), message, "put the steps in rising order, each once")


def _joint(step: Step, following: Step, file: YamlFile, path: YamlPath) -> Iterator[Fault]:
    """Check a step's `to` against the next `from`: they must be one cent apart."""
    if step.to is None or cents_of(step.to) + 1 == cents_of(following.start):
        return
    place = file.place(*path, "to")
    lower, upper = sorted((cents_of(step.to), cents_of(following.start)))
    between = f"{show_cents(lower)} and {show_cents(upper)}"
    cure = "remove `to`; a step holds up to the next `from`"
    if cents_of(step.to) < cents_of(following.start):
        yield Fault("tiers-gap", place, f"nothing is said of what lies between {between}", cure)
    else:
        both = f"at {show_cents(cents_of(step.to))}" if step.to == following.start else f"between {between}"
        yield Fault("tiers-overlap", place, f"two tiers hold {both}", cure)


def _rates(file: YamlFile) -> Iterator[Fault]:
    for path, value in _leaves(file.value, ()):
        if not {"bps", "beyond"} & set(path) or isinstance(value, bool | str):
            continue
        if value > MOST_BPS:
            message = f"{value} bps is {_plain(Decimal(value) / 100)} %, more than any bank pays"
            cure = "write basis points: 1.35 % is 135"
            yield Fault("rate-over-ten-percent", file.place(*path), message, cure)
        if value < 0:
            yield Fault("rate-negative", file.place(*path), "a rate below zero", "write what is taken out as a fee")


def _prompt_pay(terms: Terms, file: YamlFile) -> Iterator[Fault]:
    table = terms.prompt_pay.table if terms.prompt_pay else ()
    for index, (row, following) in enumerate(pairwise(table), 1):
        if following.days <= row.days:
            place = file.place("prompt_pay", "table", index, "days")
            message = f"day {following.days} does not come after day {row.days}"
            yield Fault("prompt-pay-order", place, message, "put the days in rising order, each once")
        elif following.bps > row.bps:
            place = file.place("prompt_pay", "table", index, "bps")
            message = f"day {following.days} pays more than day {row.days}: {following.bps} bps after {row.bps}"
            cure = "correct it, or leave it if the contract says so"
            yield Fault("prompt-pay-rises", place, message, cure, warning=True)


def _allocation(terms: Terms, file: YamlFile) -> Iterator[Fault]:
    allocation = terms.allocation
    federal = allocation.federal if allocation.federal_funds == "return_to_award" else ()
    for fund in allocation.redirect:
        if fund in (*federal, *allocation.keep):
            place = file.place("allocation", "redirect", fund)
            message = f"the part of fund {fund} must go back to it, and is redirected here"
            yield Fault(
                "redirect-of-bound-fund", place, message, f"take {fund} out of `redirect`, or out of the other list"
            )
    if (allocation.redirect or allocation.others) and "fund" not in allocation.by:
        place = file.place("allocation", "by")
        yield Fault(
            "redirect-without-funds", place, "shares by site alone have no fund to redirect", "add `fund` to `by`"
        )


def _tests(terms: Terms, file: YamlFile) -> Iterator[Fault]:
    buckets = [bucket.id for bucket in terms.buckets]
    figures = [*buckets, *(fee.id for fee in terms.fees), *FIGURES]
    for index, test in enumerate(terms.tests):
        path: YamlPath = ("tests", index)
        given = test.given
        founded = 3 - [given.volumes, given.kinds, given.charges].count(None)
        if founded > 1 or (not founded and given.total_volume is None):
            message = "a test starts from one of volumes, kinds and charges, or from a total_volume alone"
            yield Fault("test-unfounded", file.place(*path, "given"), message, "give exactly one of them")
        if (given.charges is None) != (given.period is None):
            message = "charges are counted in a period, and only they are"
            cure = "give `charges` and `period: 2026Q3` together"
            yield Fault("test-period-missing", file.place(*path, "given"), message, cure)
        named = [("given", name, buckets) for name in test.given.volumes or ()]
        for part, name, known in (*named, *(("expect", name, figures) for name in test.expect)):
            if name not in known:
                place = file.place(*path, part, *(("volumes",) if part == "given" else ()), name)
                message = f"there is no '{name}' in this program"
                yield Fault("test-figure-unknown", place, message, did_you_mean(name, known))

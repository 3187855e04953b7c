"""A sample that an auditor has looked at: the worksheet as it came back, and what it says of the population."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from pcard.errors import Fault, Place
from pcard.escape import for_terminal
from pcard.money import format_cents, read_cents
from pcard.policy.bounds import clopper_pearson, stringer, weighted_rate
from pcard.policy.sampling import RESULTS, SAMPLE, Drawn, Stratum, sealed

NEEDED = ("sample", "transaction_id", "stratum", "units", "amount", "result", "audited")
_WORDS = {"ok": "ok", "exception": "exception"}


@dataclass(frozen=True)
class Part:
    """What was found in one stratum of a random sample."""

    stratum: str
    charges: int
    looked_at: int
    exceptions: int

    @property
    def rate(self) -> float:
        """The share of exceptions among the charges looked at."""
        return self.exceptions / self.looked_at if self.looked_at else 0.0


@dataclass(frozen=True)
class Rate:
    """The error rate of a random sample, with its two-sided limits (Clopper and Pearson), whole and by stratum.

    `estimate` weighs each stratum by its charges; the limits are of the sample as a whole, which was drawn in
    proportion.
    """

    parts: tuple[Part, ...]
    estimate: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True)
class Misstatement:
    """The overstatement that a monetary-unit sample projects, and its one-sided upper bound (Stringer), in cents.

    Charges as large as the interval were all looked at: what they show is known, and not projected. Charges that
    should have been more are counted and summed apart; they are not set off against the others.
    """

    population: int
    looked_at: int
    exceptions: int
    projected: int
    upper: int
    understated: int
    confidence: float


def record_of(drawn: Drawn) -> str:
    """Return what the trail keeps of a draw, as JSON."""
    strata = {name: [part.charges, part.cents] for name, part in drawn.strata.items()}
    kept = {"method": drawn.method, "seed": drawn.seed, "rows": drawn.rows.height, "seal": drawn.seal}
    return json.dumps(kept | {"interval": drawn.interval_cents, "strata": strata}, sort_keys=True)


def strata_of(record: Mapping[str, object]) -> dict[str, Stratum]:
    """Return the strata as a record of the trail holds them."""
    held = record["strata"]
    assert isinstance(held, Mapping)  # noqa: S101  `record_of` wrote it
    return {name: Stratum(*sizes) for name, sizes in held.items()}


def read_answers(
    cells: pl.DataFrame, record: Mapping[str, object], name: str, source: str
) -> tuple[pl.DataFrame, list[Fault]]:
    """Read a worksheet that came back: text cells named as in SAMPLE, with `line`, where each row stands.

    Returns the rows typed, and everything wrong with them.
    """
    missing = [column for column in NEEDED if column not in cells.columns]
    if missing:
        message = f"the worksheet has no column {', '.join(missing)}"
        return SAMPLE.empty(), [Fault("sample-column-missing", Place(source), message, "fill in the sheet pcard wrote")]
    rows = cells.with_columns(
        pl.col("result").str.strip_chars().str.to_lowercase().replace_strict(_WORDS, default="").alias("read"),
        pl.col("units").cast(pl.Int32, strict=False),
        read_cents(pl.col("amount")).alias("amount_cents"),
        read_cents(pl.col("audited")).alias("audited_cents"),
    )
    faults = [*_faults_of_rows(rows, name, source)]
    whole = sealed(rows["transaction_id"].drop_nulls().to_list()) == record["seal"]
    if not faults and not (whole and rows.height == record["rows"]):
        message = f"these are not the {record['rows']} charges that were drawn"
        cure = "put back the rows that were taken out, and take out those that were added"
        faults.append(Fault("sample-changed", Place(source), message, cure))
    return rows.with_columns(result=pl.col("read")).drop("read"), faults


def _faults_of_rows(rows: pl.DataFrame, name: str, source: str) -> Iterator[Fault]:
    for row in rows.iter_rows(named=True):
        place = Place(source, line=row["line"])
        if row["sample"] != name:
            message = f"this row is of another sample ({for_terminal(str(row['sample'])[:20])}, not {name})"
            yield Fault("sample-other", place, message, "keep one sample to a sheet")
        elif row["units"] is None or row["amount_cents"] is None:
            yield Fault(
                "sample-cell-changed",
                place,
                "units or amount no longer are figures",
                "take them from the sheet pcard wrote",
            )
        elif row["read"] not in RESULTS:
            said = for_terminal((row["result"] or "")[:20])
            message = f"result says '{said}'" if said else "result is empty"
            yield Fault("sample-unanswered", place, message, "write ok or exception")
        elif row["audited"] and row["audited_cents"] is None:
            message = f"'{for_terminal(row['audited'][:20])}' is no amount"
            yield Fault("sample-amount-unreadable", place, message, "write what the charge should have been, as 120.00")


def error_rate(rows: pl.DataFrame, strata: Mapping[str, Stratum], confidence: float) -> Rate:
    """Return the error rate of a random sample that was looked at."""
    exceptions = (pl.col("result") == "exception").sum()
    found = {name: (size, wrong) for name, size, wrong in rows.group_by("stratum").agg(pl.len(), exceptions).rows()}
    parts = tuple(Part(name, size.charges, *found.get(name, (0, 0))) for name, size in sorted(strata.items()))
    looked_at, wrong = sum(part.looked_at for part in parts), sum(part.exceptions for part in parts)
    low, high = clopper_pearson(wrong, looked_at, confidence)
    estimate = weighted_rate([part.rate for part in parts], [part.charges for part in parts])
    return Rate(parts, estimate, low, high, confidence)


def misstatement(rows: pl.DataFrame, strata: Mapping[str, Stratum], interval: int, confidence: float) -> Misstatement:
    """Return what a monetary-unit sample that was looked at says about the population's money.

    An exception without an audited amount is wrong as a whole.
    """
    total = sum(part.cents for part in strata.values())
    should = pl.when(pl.col("result") == "ok").then("amount_cents").otherwise(pl.col("audited_cents").fill_null(0))
    judged = rows.with_columns(over=pl.col("amount_cents") - should)
    certain, drawn = (
        judged.filter(test) for test in (pl.col("amount_cents") >= interval, pl.col("amount_cents") < interval)
    )
    rest, units = total - int(certain["amount_cents"].sum()), int(drawn["units"].sum())
    known = int(certain.filter(pl.col("over") > 0)["over"].sum())
    taints = [
        min(over / amount, 1.0)
        for over, amount, times in drawn.filter(pl.col("over") > 0).select("over", "amount_cents", "units").rows()
        for _ in range(times)
    ]
    share = sum(taints) / units if units else 0.0
    bound = stringer(taints, units, confidence) if units else 0.0
    return Misstatement(
        population=total,
        looked_at=judged.height,
        exceptions=int((judged["result"] == "exception").sum()),
        projected=known + round(rest * share),
        upper=known + round(rest * bound),
        understated=int(-judged.filter(pl.col("over") < 0)["over"].sum()),
        confidence=confidence,
    )


def words_of(found: Rate | Misstatement) -> list[str]:
    """Say what was found, in sentences."""
    sure = f"{found.confidence:.0%}"
    if isinstance(found, Misstatement):
        lines = [
            f"{found.exceptions} exceptions among {found.looked_at} charges looked at, of a population of {format_cents(found.population)}.",
            f"Projected overstatement {format_cents(found.projected)}; with {sure} confidence it is at most {format_cents(found.upper)} (Stringer bound).",
        ]
        over = f"Charges that should have been more: {format_cents(found.understated)}, not set off against it."
        return [*lines, over] if found.understated else lines
    wrong, size = sum(part.exceptions for part in found.parts), sum(part.looked_at for part in found.parts)
    lines = [
        f"{wrong} exceptions among {size} charges looked at, of {sum(part.charges for part in found.parts):,}.",
        f"Error rate {found.estimate:.2%}; with {sure} confidence between {found.low:.2%} and {found.high:.2%} (Clopper-Pearson).",
    ]
    if len(found.parts) > 1:
        lines += [
            f"  {part.stratum}: {part.exceptions} of {part.looked_at} (population {part.charges:,})"
            for part in found.parts
        ]
    return lines

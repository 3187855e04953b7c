"""Everything that looks ahead, gathered for a report: each program's steps, forecast and ways to earn more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType

import polars as pl

from pcard.frames import Ledger
from pcard.rebate.accruals import Accrual, sort_out_versions
from pcard.rebate.facts import Known
from pcard.rebate.forecast import FORECAST_MONTHS, FORECASTS, forecast, forecast_months
from pcard.rebate.outlook import (
    COULD_BE_CARDED,
    LEAKAGE,
    NEXT_STEPS,
    PAY_EARLIER,
    STEPS,
    assumptions,
    could_be_carded,
    leakage,
    next_steps,
    pay_earlier,
    steps,
)
from pcard.rebate.programs import Program
from pcard.schema import Table, columns

ASSUMPTIONS = Table("assumptions", columns("assumption!"), ())
TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            NEXT_STEPS, STEPS, FORECASTS, FORECAST_MONTHS, PAY_EARLIER, COULD_BE_CARDED, LEAKAGE, ASSUMPTIONS,
        )
    }
)  # fmt: skip


@dataclass(frozen=True)
class Prospects:
    """A frame for each of `TABLES`, for the latest period of every program that has begun."""

    frames: Mapping[str, pl.DataFrame]

    @property
    def tables(self) -> list[tuple[Table, pl.DataFrame]]:
        """Each frame with its table, in the order a reader wants them."""
        return [(table, self.frames[name]) for name, table in TABLES.items()]


def prospects(
    ledger: Ledger, programs: Sequence[Program], accruals: Sequence[Accrual], known: Known, as_of: date
) -> Prospects:
    """Return what is ahead; `programs` are all versions, those of one id together and oldest first."""
    interest = known.stated.yearly_interest_bps
    found: dict[str, list[pl.DataFrame]] = {name: [table.empty()] for name, table in TABLES.items()}
    for name, versions in groupby(programs, key=lambda program: program.id):
        own = [each for each in accruals if each.program.id == name and each.period.first <= as_of]
        if not own:
            continue
        done = sort_out_versions(ledger.transactions, list(versions), ledger.cycles)
        in_force = next((each for each in reversed(done) if each.program.effective.first <= as_of), done[-1])
        for table, frame in (
            (STEPS, steps(own[-1])),
            (NEXT_STEPS, next_steps(own[-1])),
            (FORECASTS, forecast(in_force, own, as_of)),
            (FORECAST_MONTHS, forecast_months(in_force, as_of)),
            (PAY_EARLIER, pay_earlier(_with_days(own), interest)),
            (COULD_BE_CARDED, could_be_carded(ledger, own[-1], as_of)),
            (LEAKAGE, leakage(own[-1])),
        ):
            found[table.name].append(frame)
    said = ASSUMPTIONS.rows({"assumption": sentence} for sentence in assumptions(accruals, interest))
    found[ASSUMPTIONS.name].append(said)
    return Prospects({name: table.of(pl.concat(found[name])) for name, table in TABLES.items()})


def _with_days(accruals: Sequence[Accrual]) -> Accrual:
    """Return the latest accrual whose average days to pay are known, else the latest."""
    return next((each for each in reversed(accruals) if each.facts.average_days_to_pay is not None), accruals[-1])

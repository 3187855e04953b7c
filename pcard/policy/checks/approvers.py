"""Approvals by somebody who depends on the buyer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.holders import folded_name
from pcard.policy.suspicion import Reason, scored

_MOST_STEPS = 12


class ApproverConflict:
    """Purchases approved by somebody who reports to the buyer, directly or through others."""

    name = "approver_conflict"
    needs = frozenset({"txn.buyer", "approver.person", "people"})
    defaults: ClassVar[Mapping[str, Any]] = {"steps": _MOST_STEPS}

    def flag(self, ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a charge, with how far the approver is below the buyer."""
        line = _above(ledger.people, settings["steps"])
        named = settings["charges"].select(
            "transaction_id",
            below=_person(pl.col("approver.person"), ledger.people),
            above=_person(pl.col("txn.buyer"), ledger.people),
        )
        found = named.join(line, on=["below", "above"]).filter(pl.col("below") != pl.col("above"))
        return scored(found.with_columns(transaction_ids=pl.concat_list("transaction_id")), 0.55, _REASONS)


def _person(name: pl.Expr, people: pl.DataFrame) -> pl.Expr:
    """Return the person of an id, else of a name that one person alone has; folded."""
    folded = folded_name(name)
    alone = people.select(name=folded_name(pl.col("name")), person=folded_name(pl.col("person"))).drop_nulls("name")
    alone = alone.unique("name", keep="none").sort("name")
    return pl.coalesce(
        folded.replace_strict(alone["name"], alone["person"], default=None, return_dtype=pl.String), folded
    )


def _above(people: pl.DataFrame, steps: int) -> pl.DataFrame:
    """Return everybody (`below`) with each person above them and how many steps that is; a circle ends where it began."""
    direct = people.select(
        below=folded_name(pl.col("person")), above=_person(pl.col("reports_to"), people)
    ).drop_nulls()
    line = step = direct.with_columns(distance=pl.lit(1))
    for distance in range(2, steps + 1):
        step = step.join(direct, left_on="above", right_on="below", suffix=" next").select(
            "below", above="above next", distance=pl.lit(distance)
        )
        step = step.join(line, on=["below", "above"], how="anti")
        if step.is_empty():
            break
        line = pl.concat([line, step])
    return line.unique(["below", "above"], keep="first", maintain_order=True)


_REASONS = (
    Reason("the approver reports to the buyer", pl.col("distance") == 1, 0.2),
    Reason("the approver reports to the buyer through others", pl.col("distance") > 1, 0.0),
)

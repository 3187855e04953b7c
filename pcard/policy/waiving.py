"""What waivers cover: flags stay where they are, marked with the waiver and counted against its caps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pcard.conditions import over_groups
from pcard.errors import Fault
from pcard.ledger.holders import folded_name
from pcard.policy.finding import aggregate
from pcard.policy.flagging import flag_id
from pcard.policy.rules import Waiver
from pcard.schema import Table, columns

UNUSED_DAYS = 90
EXPIRING_DAYS = 30
WAIVED = "waived"
# How often each waiver was used, and for how much money; `beyond`: flags its caps left out, `own`: of its signer.
USES = Table(
    "waiver_uses",
    columns("waiver_id! rule_id! uses:count! amount:money! last_used:date beyond:count! own:count!"),
    ("waiver_id",),
)
# A flag that lies in a waiver's scope, before its caps are counted.
_COVER = {
    "flag_id": pl.String(),
    "waiver_id": pl.String(),
    "day": pl.Date(),
    "amount_cents": pl.Int64(),
    "signer_bought": pl.Boolean(),
}


@dataclass(frozen=True)
class Waived:
    """The same flags, those covered marked; and how often each waiver was used (USES)."""

    flags: pl.DataFrame
    uses: pl.DataFrame


def fields_of(waivers: Iterable[Waiver]) -> frozenset[str]:
    """Return the fields that must be at hand to tell what waivers cover."""
    inner = (name.rpartition("(")[2].removesuffix(")") for each in waivers if each.limit for name in each.limit.fields)
    return frozenset({"txn.buyer", *inner}).union(*(each.scope.fields for each in waivers))


def covers(rule_id: str, found: pl.DataFrame, waivers: Sequence[Waiver]) -> Iterator[pl.DataFrame]:
    """Yield for each of a rule's waivers the flags in its scope: all their charges lie in it and in its days."""
    for waiver in waivers if found.height else ():
        limit, params = over_groups(waiver.limit) if waiver.limit else (None, {})
        names = sorted(limit.fields) if limit else []
        inside = waiver.scope.expr & pl.col("txn.date").is_between(waiver.model.granted, waiver.model.expires)
        signer = folded_name(pl.lit(waiver.model.approved_by))
        bought = pl.any_horizontal(folded_name(pl.col(name)) == signer for name in ("txn.buyer", "txn.cardholder"))
        groups = (
            found.with_columns(expr.alias(name) for name, expr in params.items())
            .group_by("group", maintain_order=True)
            .agg(
                pl.col("transaction_id").unique().sort().str.join(";").alias("ids"),
                inside.fill_null(value=False).all().alias("inside"),
                bought.fill_null(value=False).any().alias("signer_bought"),
                pl.col("txn.date").min().alias("day"),
                pl.col("txn.amount").filter(pl.col("transaction_id").is_first_distinct()).sum().alias("amount_cents"),
                *(aggregate(name).alias(name) for name in names),
            )
            .filter(pl.col("inside") & (limit.expr if limit else pl.lit(value=True)))
        )
        ids = pl.Series([flag_id(rule_id, each) for each in groups["ids"]], dtype=pl.String)
        yield groups.with_columns(flag_id=ids, waiver_id=pl.lit(waiver.id)).select(list(_COVER)).cast(pl.Schema(_COVER))


def waive(flags: pl.DataFrame, covered: Iterable[pl.DataFrame], waivers: Sequence[Waiver]) -> Waived:
    """Mark flags with the waiver that covers them, oldest first until its caps are reached.

    Of several waivers the first by id that has room counts. A person's own
    disposition stays beside the waiver; what nobody decided is shown as waived.
    """
    pairs = pl.concat([pl.DataFrame(schema=_COVER), *covered])
    marked = pl.DataFrame(schema={"flag_id": pl.String(), "waiver_id": pl.String()})
    uses = []
    for waiver in waivers:
        mine = pairs.filter(pl.col("waiver_id") == waiver.id).join(marked, on="flag_id", how="anti")
        signed = mine.filter(~pl.col("signer_bought")).sort("day", "flag_id", nulls_last=True)
        used = signed.filter(_within_caps(waiver))
        marked = pl.concat([marked, used.select(marked.columns)])
        uses.append({
            "waiver_id": waiver.id,
            "rule_id": waiver.model.rule,
            "uses": used.height,
            "amount_cents": int(used["amount_cents"].sum()),
            "last_used": used["day"].max(),
            "beyond": signed.height - used.height,
            "own": mine.height - signed.height,
        })  # fmt: skip
    joined = flags.drop("waiver_id").join(marked, on="flag_id", how="left", maintain_order="left")
    shown = pl.when(pl.col("waiver_id").is_not_null()).then(pl.lit(WAIVED))
    return Waived(joined.with_columns(pl.coalesce("disposition", shown).alias("disposition")), USES.rows(uses))


def standing(waivers: Sequence[Waiver], decisions: pl.DataFrame) -> tuple[Waiver, ...]:
    """Return the waivers without those whose recorded granting (`pcard waive`) was undone."""
    granted = decisions.filter(pl.col("act") == "waive").sort("at", "decision_id").unique("subject", keep="last")
    undone = set(granted.filter(pl.col("undone_by").is_not_null())["subject"])
    return tuple(waiver for waiver in waivers if waiver.id not in undone)


def _within_caps(waiver: Waiver) -> pl.Expr:
    uses = pl.int_range(pl.len()) < waiver.uses if waiver.uses else pl.lit(value=True)
    spent = pl.col("amount_cents").cum_sum().cum_max()
    return uses & (spent <= waiver.total) if waiver.total is not None else uses


def lint_uses(waivers: Sequence[Waiver], uses: pl.DataFrame, as_of: date) -> tuple[Fault, ...]:
    """Return warnings about waivers as they were used up to a day: unused, expiring, used up, signed by a buyer."""
    used = {row["waiver_id"]: row for row in uses.to_dicts()}
    faults = [fault for waiver in waivers for fault in _lint(waiver, used[waiver.id], as_of)]
    return tuple(faults)


def _lint(waiver: Waiver, used: dict[str, object], as_of: date) -> Iterator[Fault]:
    name, place = f"waiver {waiver.id}", waiver.place
    granted, expires, last = waiver.model.granted, waiver.model.expires, used["last_used"]
    quiet = (as_of - (last if isinstance(last, date) else granted)).days
    in_force = granted <= as_of <= expires
    if in_force and quiet >= UNUSED_DAYS:
        message = f"{name} was not used for {quiet} days"
        yield Fault("waiver-unused", place, message, "end it, unless it is still needed", warning=True)
    if in_force and (left := (expires - as_of).days) <= EXPIRING_DAYS:
        message = f"{name} expires in {left} days, on {expires}"
        yield Fault("waiver-expiring", place, message, "have it signed anew, or let it end", warning=True)
    if used["beyond"]:
        message = f"{name} is used up: {used['beyond']} more flags lie in its scope"
        yield Fault("waiver-used-up", place, message, "decide those flags, or have a wider one signed", warning=True)
    if used["own"]:
        message = (
            f"{name} covers none of the {used['own']} flags on purchases of {waiver.model.approved_by}, who signed it"
        )
        yield Fault("waiver-of-its-signer", place, message, "somebody else must sign for these", warning=True)

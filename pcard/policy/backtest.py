"""What a policy would have flagged in cycles past, against what the active one did."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from pcard.policy.rules import Pack, Policy, Rule
from pcard.schema import Table, columns

BACKTEST = Table(
    "backtest",
    columns("rule_id! site new:count! gone:count! same:count! new_amount:money! gone_amount:money!"),
    ("rule_id", "site"),
)


def switched_on(policy: Policy, rule_ids: Collection[str]) -> Policy:
    """Return a policy in which some of its drafts judge."""

    def rule_on(rule: Rule) -> Rule:
        on = rule.id in rule_ids and rule.model.status == "draft"
        return replace(rule, model=rule.model.model_copy(update={"status": "stable"})) if on else rule

    def pack_on(pack: Pack) -> Pack:
        return replace(pack, rules=tuple(map(rule_on, pack.rules)))

    return replace(policy, packs=tuple(map(pack_on, policy.packs)))


def compare(transactions: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, cycles: int) -> pl.DataFrame:
    """Count flags by rule and site (BACKTEST): only after, only before, in both; of charges in the last cycles.

    A flag is the same where one rule flags the same charges.
    """
    last = transactions["cycle"].drop_nulls().unique().sort()[-cycles:]
    recent = transactions.filter(pl.col("cycle").is_in(last.implode()))["transaction_id"]

    def of_cycles(flags: pl.DataFrame) -> pl.DataFrame:
        touched = flags["transaction_ids"].str.split(";").list.set_intersection(recent.implode()).list.len()
        return flags.filter(touched > 0).select("flag_id", "rule_id", "site", "amount_cents")

    joined = of_cycles(after).join(of_cycles(before), on="flag_id", how="full", suffix=" before")
    is_new, is_gone = pl.col("flag_id before").is_null(), pl.col("flag_id").is_null()
    counted = joined.group_by(
        pl.coalesce("rule_id", "rule_id before").alias("rule_id"), pl.coalesce("site", "site before").alias("site")
    ).agg(
        is_new.sum().cast(pl.Int32).alias("new"),
        is_gone.sum().cast(pl.Int32).alias("gone"),
        (~is_new & ~is_gone).sum().cast(pl.Int32).alias("same"),
        pl.col("amount_cents").filter(is_new).sum().alias("new_amount_cents"),
        pl.col("amount_cents before").filter(is_gone).sum().alias("gone_amount_cents"),
    )
    return BACKTEST.of(counted)

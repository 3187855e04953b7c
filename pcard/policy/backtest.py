"""What a policy would have flagged in cycles past, against what the active one did."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from pcard.policy.checking import Checked
from pcard.policy.rules import Pack, Policy, Rule
from pcard.schema import Table, columns

BACKTEST = Table(
    "backtest",
    columns("rule_id! site new:count! gone:count! same:count! new_amount:money! gone_amount:money!"),
    ("rule_id", "site"),
)


_TOO_OFTEN = 0.2  # of all purchases
_LONG = 12  # cycles


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
    recent, _ = _recent(transactions, cycles)
    told = ("flag_id", "rule_id", "site", "amount_cents")
    later, earlier = (_of_charges(flags, recent["transaction_id"]).select(told) for flags in (after, before))
    joined = later.join(earlier, on="flag_id", how="full", suffix=" before")
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


def remarks(transactions: pl.DataFrame, checked: Checked, policy: Policy, cycles: int) -> list[str]:
    """Say which rules flag more than a fifth of the purchases, and which never flagged one in a year of cycles."""
    recent, count = _recent(transactions, cycles)
    flagged = _of_charges(checked.flags, recent["transaction_id"])
    charges = flagged.select("rule_id", pl.col("transaction_ids").str.split(";")).explode("transaction_ids").unique()
    purchases = recent.filter(pl.col("kind") == "purchase").select(transaction_ids="transaction_id")
    fired = charges.join(purchases, on="transaction_ids").group_by("rule_id").len("fired").sort("rule_id")
    shares = {rule: found / purchases.height for rule, found in fired.iter_rows()}
    said = [
        f"{rule} flags {share:.0%} of the purchases: what a fifth of them do is seldom a question; narrow it"
        for rule, share in shares.items()
        if share > _TOO_OFTEN
    ]
    judged = {rule.id for pack in policy.packs for rule in pack.rules if rule.model.status in ("stable", "trial")}
    silent = judged - set(flagged["rule_id"]) - set(checked.not_evaluated["rule_id"])
    if count >= _LONG and silent:
        said.append(f"never flagged a charge in {count} cycles: {', '.join(sorted(silent))}; do they still fit?")
    return said


def _recent(transactions: pl.DataFrame, cycles: int) -> tuple[pl.DataFrame, int]:
    """Return the transactions of the last cycles, and how many cycles those are."""
    last = transactions["cycle"].drop_nulls().unique().sort()[-cycles:]
    return transactions.filter(pl.col("cycle").is_in(last.implode())), len(last)


def _of_charges(flags: pl.DataFrame, charges: pl.Series) -> pl.DataFrame:
    touched = flags["transaction_ids"].str.split(";").list.set_intersection(charges.implode()).list.len()
    return flags.filter(touched > 0)

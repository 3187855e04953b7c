"""What a rule's findings are called: flags with stable ids, words and a place in the order of suspicion."""

from __future__ import annotations

import hashlib

import polars as pl

from pcard.frames import FLAGS
from pcard.policy.finding import aggregate
from pcard.policy.messages import as_text, slot_column
from pcard.policy.rules import Pack, Rule
from pcard.policy.suspicion import reasons, weighed


def flags_of(rule: Rule, pack: Pack, found: pl.DataFrame) -> pl.DataFrame:
    """Return one flag a group of found rows, by the border's schema."""
    if found.is_empty():
        return FLAGS.empty()
    given = reasons([name for name in found.columns if name.startswith("$") and name.endswith(":money")])
    groups = _with_check_columns(found).group_by("group", maintain_order=True).agg(
        pl.col("transaction_id").unique().sort().str.join(";").alias("transaction_ids"),
        *(_each(f"txn.{name}").alias(name) for name in ("card", "cardholder", "site")),
        pl.col("txn.amount").filter(pl.col("transaction_id").is_first_distinct()).sum().alias("amount_cents"),
        pl.col("severity", "escalate_to", "due", "check_reasons", "check_suspicion").first(),
        *(_shown(rule, name).alias(slot_column(name)) for name in rule.slots),
        *(reason.holds.alias(f"reason {index}") for index, reason in enumerate(given)),
    )  # fmt: skip
    severity = pl.lit("info") if rule.model.status == "trial" else pl.coalesce("severity", pl.lit(rule.model.severity))
    named = groups.with_columns(
        *(as_text(slot_column(name), kind).alias(slot_column(name)) for name, kind in rule.slots.items()),
        severity=severity,
        flag_id=pl.Series([flag_id(rule.id, ids) for ids in groups["transaction_ids"]], dtype=pl.String),
        rule_id=pl.lit(rule.id),
        title=pl.lit(rule.model.title),
        cite=pl.lit("; ".join(rule.model.cite)),
        policy_version=pl.lit(f"{pack.about.id} {pack.about.version}"),
        policy_hash=pl.lit(pack.sha256),
    )
    return FLAGS.of(weighed(named, given).with_columns(message=rule.message.filled(), ask=rule.ask.filled()))


def flag_id(rule_id: str, transaction_ids: str) -> str:
    """Return the same 12 hexadecimal digits whenever one rule flags the same transactions."""
    return hashlib.sha256(f"{rule_id}\n{transaction_ids}".encode()).hexdigest()[:12]


def _with_check_columns(found: pl.DataFrame) -> pl.DataFrame:
    """Complete what only some kinds of rule find."""
    found = found.rename({"reasons": "check_reasons", "suspicion": "check_suspicion"}, strict=False)
    kinds = {
        "severity": pl.String(), "escalate_to": pl.String(), "due": pl.Date(), "check_reasons": pl.String(),
        "check_suspicion": pl.Float64(),
    }  # fmt: skip
    missing = [pl.lit(None, kind).alias(name) for name, kind in kinds.items() if name not in found.columns]
    return found.with_columns(missing)


def _each(column: str) -> pl.Expr:
    return pl.col(column).drop_nulls().unique().sort().str.join("; ").replace("", None)


def _shown(rule: Rule, name: str) -> pl.Expr:
    """Return what a slot shows of a group: of a parameter that differs among the members, the lowest."""
    if name in rule.params:
        return rule.params[name].expr(rule.slots[name]).min()
    return aggregate(name)

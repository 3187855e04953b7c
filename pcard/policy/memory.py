"""What was explained before: a pattern of a flag that a person has justified, so that nobody is asked the same again.

A remembered explanation hides nothing: its flags keep their place with the disposition `justified` and name the
decision, and how many there are is counted. It holds for one rule, the same people and merchants, amounts no larger
than the one explained, and a year.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pcard.schema import Table, columns

ACT = "remember"
JUSTIFIED = "justified"
MOST_DAYS = 366
# What each remembered explanation answered.
EXPLAINED = Table(
    "explained",
    columns("decision_id! rule_id! people! merchants! flags:count! amount:money! until:date!"),
    ("decision_id",),
)


@dataclass(frozen=True)
class Explained:
    """Whose flags of a rule, at which merchants, of how much at most and up to which day of purchase, are explained."""

    rule_id: str
    people: tuple[str, ...]
    merchants: tuple[str, ...]
    most_cents: int
    until: date

    def text(self) -> str:
        """Return it as a decision carries it."""
        kept = {"people": self.people, "merchants": self.merchants, "most": self.most_cents}
        return json.dumps({"rule": self.rule_id, **kept, "until": str(self.until)}, sort_keys=True)


def explained_by(flag_id: str, flags: pl.DataFrame, transactions: pl.DataFrame) -> Explained:
    """Return what the explanation of one flag explains from now on: as much as this flag shows, for a year."""
    row = _patterns(flags.filter(pl.col("flag_id") == flag_id), transactions).row(0, named=True)
    until = row["last"] + timedelta(days=MOST_DAYS)
    return Explained(row["rule_id"], tuple(row["people"]), tuple(row["merchants"]), row["amount_cents"], until)


def recall(
    flags: pl.DataFrame, transactions: pl.DataFrame, decisions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Mark undecided flags that were explained before; return the flags and what each explanation answered (EXPLAINED)."""
    known = list(_remembered(decisions))
    patterns = _patterns(flags.filter(pl.col("rule_id").is_in([each.rule_id for _, each in known])), transactions)
    answered = pl.DataFrame(schema={"flag_id": pl.String, "by": pl.String})
    counts = []
    for decision_id, each in known:
        mine = _like(patterns, each).join(answered, on="flag_id", how="anti")
        answered = pl.concat([answered, mine.select("flag_id", by=pl.lit(decision_id))])
        counts.append({
            "decision_id": decision_id, "rule_id": each.rule_id, "people": "; ".join(each.people),
            "merchants": "; ".join(each.merchants), "flags": mine.height,
            "amount_cents": int(mine["amount_cents"].sum()), "until": each.until,
        })  # fmt: skip
    joined = flags.join(answered, on="flag_id", how="left", maintain_order="left")
    said = pl.concat_str(pl.lit("explained before ("), "by", pl.lit(")"))
    marked = joined.with_columns(
        disposition=pl.when(pl.col("by").is_not_null()).then(pl.lit(JUSTIFIED)).otherwise("disposition"),
        reasons=pl.when(pl.col("by").is_not_null())
        .then(pl.concat_str(pl.col("reasons").replace("", None), said, separator="; ", ignore_nulls=True))
        .otherwise("reasons"),
    )
    return marked.drop("by"), EXPLAINED.rows(counts)


def _remembered(decisions: pl.DataFrame) -> Iterator[tuple[str, Explained]]:
    standing = decisions.filter((pl.col("act") == ACT) & pl.col("undone_by").is_null()).sort("decision_id")
    for decision_id, value in standing.select("decision_id", "value").rows():
        kept = json.loads(value)
        people, merchants = tuple(kept["people"]), tuple(kept["merchants"])
        yield decision_id, Explained(kept["rule"], people, merchants, kept["most"], date.fromisoformat(kept["until"]))


def _patterns(flags: pl.DataFrame, transactions: pl.DataFrame) -> pl.DataFrame:
    """Return undecided and decided flags with their people, merchants and last day of purchase."""
    people = pl.coalesce("buyer", "cardholder", "card_key")
    who = transactions.select("transaction_id", "merchant_key", person=people, day=pl.coalesce("date", "posted"))
    members = flags.with_columns(transaction_id=pl.col("transaction_ids").str.split(";")).explode("transaction_id")
    return (
        members.join(who, on="transaction_id")
        .group_by("flag_id")
        .agg(
            pl.col("rule_id", "amount_cents", "disposition").first(),
            people=pl.col("person").drop_nulls().unique().sort(),
            merchants=pl.col("merchant_key").unique().sort(),
            last=pl.col("day").max(),
        )
        .sort("flag_id")
    )


def _like(patterns: pl.DataFrame, known: Explained) -> pl.DataFrame:
    return patterns.filter(
        pl.col("disposition").is_null(),
        pl.col("rule_id") == known.rule_id,
        pl.col("people").list.join("\n") == "\n".join(known.people),
        pl.col("merchants").list.join("\n") == "\n".join(known.merchants),
        pl.col("amount_cents") <= known.most_cents,
        pl.col("last") <= known.until,
    )

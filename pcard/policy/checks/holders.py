"""Cards that nobody uses, and people who have several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.suspicion import Reason, scored

_OWN = pl.col("card.type").fill_null("individual") == "individual"


class IdleCard:
    """The first charge on a card after `days` without any: a card nobody needed, or nobody watched."""

    name = "idle_card"
    needs = frozenset({"txn.date", "card.id"})
    defaults: ClassVar[Mapping[str, Any]] = {"days": 365}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a charge; the day a card was opened counts as its first use."""
        used = settings["charges"].drop_nulls(["txn.date", "card.id"]).sort("card.id", "txn.date", "transaction_id")
        # Before the ledger's first day nothing is known, so a card's first charge is counted from there at most.
        known = pl.max_horizontal("card.opened", pl.lit(used["txn.date"].min(), pl.Date))
        before = pl.coalesce(pl.col("txn.date").shift(1).over("card.id"), known)
        found = used.with_columns(idle=(pl.col("txn.date") - before).dt.total_days()).filter(
            pl.col("txn.kind") == "purchase", pl.col("idle") >= settings["days"]
        )
        return scored(found.with_columns(transaction_ids=pl.concat_list("transaction_id")), 0.2, _IDLE)


class SeveralCards:
    """People who bought with more than one card of their own: the charges of each on its last day of use."""

    name = "several_cards"
    needs = frozenset({"txn.cardholder", "card.id", "cards"})
    defaults: ClassVar[Mapping[str, Any]] = {"most": 1}

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a person; cards that replace one another overlap in no day and count as one."""
        own = settings["charges"].filter(_OWN).drop_nulls(["txn.cardholder", "card.id", "txn.date"])
        cards = (
            own.sort("txn.date", "transaction_id")
            .group_by("txn.cardholder", "card.id", maintain_order=True)
            .agg(
                first=pl.col("txn.date").min(),
                last=pl.col("txn.date").max(),
                replaces=pl.col("card.replaces").first(),
                transaction_id=pl.col("transaction_id").last(),
            )
            .sort("txn.cardholder", "first", "card.id")
        )
        before = pl.col("last").cum_max().shift(1).over("txn.cardholder")
        after = pl.col("first").shift(-1).over("txn.cardholder")
        together = cards.filter((pl.col("first") <= before) | (after <= pl.col("last")), pl.col("replaces").is_null())
        groups = together.group_by("txn.cardholder", maintain_order=True).agg(
            pl.col("transaction_id").alias("transaction_ids"), cards=pl.len()
        )
        return scored(groups.filter(pl.col("cards") > settings["most"]), 0.15, _SEVERAL)


_IDLE = (Reason("the amount is over 500.00", pl.col("txn.amount") > 50_000, 0.2),)
_SEVERAL = (Reason("more than two cards", pl.col("cards") > 2, 0.2),)

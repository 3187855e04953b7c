"""One purchase paid in parts, so that each stays under a limit: who might have split it, and how likely."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from pcard.frames import Ledger
from pcard.policy.rules import Unit
from pcard.policy.suspicion import Reason, scored
from pcard.policy.windows import day_index, in_windows

_NEAR = 0.9
_SMALL = 0.25
_LITTLE = 0.1
_FEW = 4
# Power, water, waste, telephone and cable.
UTILITIES = r"^(4812|4814|4816|4899|4900)$"
_UTILITY_NAMES = (
    r"(?i)\b(electric(ity)?|energy|power co|natural gas|water|sewer|waste|telecom|wireless|communications|at&t|verizon|"
    r"comcast|spectrum|t-mobile)\b"
)
# Hotels, airlines, car rental and railways: a stay or a trip is billed in parts.
TRAVEL = r"^(3[0-9]{3}|4112|4511|7011|7512)$"


class _Split:
    """Charges of one group close together that come to more than a limit none of them exceeds."""

    group: ClassVar[tuple[str, ...]]
    least_buyers = 1
    start = 0.35

    def flag(self, _ledger: Ledger, _matches: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
        """Return a flag a window of charges, unless one order covers all of them."""
        unit: Unit = "business days" if settings["business_days"] else "days"
        limit, amount = pl.col("$limit"), pl.col("txn.amount")
        asked = (
            settings["charges"]
            .filter(pl.col("txn.kind") == "purchase", amount <= limit)
            .filter(~pl.col("txn.merchant_key").is_in(settings["except"]))
            .drop_nulls([*self.group, "txn.date"])
            .with_columns(
                day=day_index(unit, settings["calendar"]), equal=pl.len().over("txn.merchant_key", "txn.amount")
            )
        )
        figures = [
            amount.sum().alias("sum"),
            limit.min().alias("least"),
            pl.col("txn.buyer_or_card").drop_nulls().n_unique().alias("buyers"),
            pl.col("txn.merchant_key").n_unique().alias("merchants"),
            ((pl.col("order.count").min() >= 1) & (pl.col("order.po_number").drop_nulls().n_unique() == 1))
            .fill_null(value=False)
            .alias("one order"),
        ]
        met = (pl.col("sum") > pl.col("least")) & (pl.col("buyers") >= self.least_buyers) & ~pl.col("one order")
        met &= pl.col("merchants") >= settings["merchants"]
        found = in_windows(asked, self.group, settings["days"], figures, met)
        return scored(_described(found, settings["marketplaces"]), self.start, _REASONS)


class SplitPurchase(_Split):
    """Charges of one person at one merchant, close together, that come to more than the limit of one purchase."""

    name = "split_purchase"
    needs = frozenset({"txn.date", "txn.buyer_or_card"})
    group = ("txn.buyer_or_card", "txn.merchant_key")
    defaults: ClassVar[Mapping[str, Any]] = {
        "limit": Decimal("2500.00"),
        "days": 3,
        "business_days": True,
        "except": [],
        "marketplaces": [],
        "merchants": 1,
    }


class SplitAcrossBuyers(_Split):
    """Charges of several people of one site at one merchant that come to more than the lowest limit among them."""

    name = "split_across_buyers"
    needs = frozenset({"txn.date", "txn.site", "txn.buyer_or_card"})
    group = ("txn.site", "txn.merchant_key")
    least_buyers = 2
    defaults: ClassVar[Mapping[str, Any]] = {**SplitPurchase.defaults, "days": 0, "business_days": False}


class SplitByCategory(_Split):
    """Charges of one person at several merchants of one category that come to more than the limit of one purchase."""

    name = "split_by_category"
    needs = frozenset({"txn.date", "txn.mcc", "txn.buyer_or_card"})
    group = ("txn.buyer_or_card", "txn.mcc")
    start = 0.2
    defaults: ClassVar[Mapping[str, Any]] = {**SplitPurchase.defaults, "merchants": 2}


def _described(found: pl.DataFrame, marketplaces: list[str]) -> pl.DataFrame:
    """Return a row a window, with what raises or lowers the suspicion."""
    amount, limit, order = pl.col("txn.amount"), pl.col("$limit"), pl.col("receipt.order_number")
    one_amount = amount.n_unique() == 1
    utility = pl.col("txn.mcc").str.contains(UTILITIES) | pl.col("txn.merchant").str.contains(_UTILITY_NAMES)
    return found.group_by("group", maintain_order=True).agg(
        pl.col("transaction_id").unique().alias("transaction_ids"),
        one_number=(order.null_count() == 0) & (order.n_unique() == 1),
        near=(amount >= limit * _NEAR).any(),
        large=(amount >= limit * _SMALL).all() & (pl.len() <= _FEW),
        same_day=pl.col("txn.date").n_unique() == 1,
        cards=pl.col("card.id").drop_nulls().n_unique() > pl.col("txn.buyer_or_card").n_unique(),
        equal=one_amount & (pl.col("equal").first() == pl.len()),
        recurring=one_amount & (pl.col("equal").first() >= pl.len() + 2),
        travel=pl.col("txn.mcc").str.contains(TRAVEL).fill_null(value=False).all(),
        utility=utility.fill_null(value=False).all(),
        market=pl.col("txn.merchant_key").is_in(marketplaces).all(),
        ordered=(pl.col("order.count") >= 1).fill_null(value=False).all(),
        numbers=(order.null_count() == 0) & (order.n_unique() == pl.len()),
        beside=(amount.min() < limit.min() * _LITTLE) & (amount.sum() - amount.min() <= limit.min()),
        many=pl.len() > _FEW,
    )


_REASONS = (
    Reason("the receipts show one order number", pl.col("one_number"), 0.6),
    Reason("a few large parts", pl.col("large"), 0.3),
    Reason("equal parts of an amount not seen at this merchant otherwise", pl.col("equal"), 0.3),
    Reason("on the same day", pl.col("same_day"), 0.2),
    Reason("a charge just under the limit", pl.col("near"), 0.2),
    Reason("on several cards of one person", pl.col("cards"), 0.3),
    Reason("equal charges of an amount that recurs at this merchant", pl.col("recurring"), -0.5),
    Reason("hotel nights, fares or rentals", pl.col("travel"), -0.5),
    Reason("a utility, which bills each meter or line", pl.col("utility"), -0.5),
    Reason("a marketplace, where separate orders are usual", pl.col("market"), -0.5),
    Reason("each charge has an order of its own", pl.col("ordered"), -0.4),
    Reason("the receipts show different order numbers", pl.col("numbers"), -0.3),
    Reason("over the limit only by a small charge beside", pl.col("beside"), -0.3),
    Reason("more than four charges", pl.col("many"), -0.4),
)

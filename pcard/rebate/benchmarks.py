"""Figures a purchasing director compares, each with its formula; the district types what it compares with.

No averages of other districts are built in: none with a published source and
method was found for school purchasing cards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.merchants import merchant_key
from pcard.money import cents_of
from pcard.periods import Period
from pcard.rebate.accruals import Accrual
from pcard.rebate.facts import Costs, Known
from pcard.schema import Table, columns

METRICS = Table("benchmarks", columns("metric! value:rate unit! formula! compared_with:rate source lacks"), ("metric",))
SITES = Table(
    "site_benchmarks",
    columns("site volume:money! share:money! bps:rate per_student:rate of_median:rate"),
    ("site",),
)
_SPENT = ("purchase", "credit")
_DAYS_IN_YEAR = 365


@dataclass(frozen=True)
class Effort:
    """What a workspace knows beside the ledger.

    The charges that need a receipt, those of them linked to one without asking,
    the days from posting until each was reconciled, and until its receipt came.
    """

    need_receipt: int
    untouched: int
    days_to_reconcile: Sequence[int] = ()
    days_to_receipt: Sequence[int] = ()


def metrics(
    ledger: Ledger, accruals: Sequence[Accrual], known: Known, period: Period, effort: Effort | None
) -> pl.DataFrame:
    """Return METRICS of a stretch of days; a figure whose data is missing says what it lacks.

    `accruals` are those of the stretch.
    """
    stated = {one.metric: one for one in known.stated.comparators}
    rows = []
    for metric, unit, value, formula, lacks in _figures(ledger, accruals, known, period, effort):
        other = stated.get(metric)
        rows.append(
            {
                "metric": metric, "value": None if value is None else rounded(value), "unit": unit, "formula": formula,
                "compared_with": None if other is None else rounded(Fraction(other.value)),
                "source": None if other is None else other.source, "lacks": lacks if value is None else None,
            }
        )  # fmt: skip
    return METRICS.rows(rows)


def _figures(
    ledger: Ledger, accruals: Sequence[Accrual], known: Known, period: Period, effort: Effort | None
) -> Iterator[tuple[str, str, Fraction | None, str, str]]:
    counted = ledger.transactions.filter(~pl.col("memo") & pl.col("posted").is_between(period.first, period.last))
    spent = counted.filter(pl.col("kind").is_in(_SPENT))
    spend, purchases = int(spent["amount_cents"].sum()), spent.filter(pl.col("kind") == "purchase")
    rebate = sum(accrual.total_cents for accrual in accruals)
    students = int(ledger.sites["enrollment"].sum())
    cards = known.stated.cards if known.stated.cards is not None else _cards(ledger, period)
    otherwise = _paid_otherwise(ledger, accruals, period)
    bought = int(purchases["amount_cents"].sum())
    yield (
        "rebate_bps_of_spend",
        "bps",
        _over(rebate * 10_000, spend),
        "rebate x 10,000 / (purchases - credits)",
        "charges",
    )
    yield (
        "rebate_per_student",
        "dollars",
        _over(rebate, students * 100),
        "rebate / enrollment of all sites",
        "enrollment",
    )
    yield "rebate_per_card", "dollars", _over(rebate, cards * 100), "rebate / cards open in the period", "cards"
    formula = (
        "card spend x 100 / (card spend + paid by check, warrant, ACH and wire; void payments and card bills left out)"
    )
    share = None if otherwise is None else _over(spend * 100, spend + otherwise)
    yield "card_share_of_payments", "percent", share, formula, "ap_payments"
    ticket = _over(bought, purchases.height * 100)
    yield "average_ticket", "dollars", ticket, "purchases in dollars / number of purchases", "charges"
    yield _saved(known.stated.costs, purchases.height)
    yield _cost_each(known.stated.costs, purchases.height, period)
    yield from _work(effort, known.stated.receipts_due_days)


def _work(effort: Effort | None, due_days: int | None) -> Iterator[tuple[str, str, Fraction | None, str, str]]:
    """Yield how the work went, from the imports and the decisions in the trail."""
    lacks = "a workspace with receipts"
    formula = "charges linked to a receipt without asking x 100 / charges that need a receipt"
    untouched = None if effort is None else _over(effort.untouched * 100, effort.need_receipt)
    yield "matched_untouched", "percent", untouched, formula, lacks
    took = effort.days_to_reconcile if effort else ()
    formula = "days from posting until charge and receipt were both imported, and linked where a person had to say so / charges linked"
    yield "days_to_reconcile", "days", _over(sum(took), len(took)), formula, lacks
    formula = f"receipts imported within {due_days} days of posting x 100 / charges that need a receipt"
    if effort is None or due_days is None:
        formula = formula.replace("None", "receipts_due_days")
        yield (
            "receipts_on_time",
            "percent",
            None,
            formula,
            lacks if effort is None else "receipts_due_days in the facts file",
        )
    else:
        in_time = sum(days <= due_days for days in effort.days_to_receipt)
        yield "receipts_on_time", "percent", _over(in_time * 100, effort.need_receipt), formula, lacks


def _cost_each(costs: Costs, count: int, period: Period) -> tuple[str, str, Fraction | None, str, str]:
    days = (period.last - period.first).days + 1
    yearly = costs.card_program_yearly
    value = None if yearly is None else _over(cents_of(yearly) * days, count * _DAYS_IN_YEAR * 100)
    formula = "yearly cost of the card program x days / 365 / number of purchases, the district's own cost"
    return "cost_per_transaction", "dollars", value, formula, "costs: {card_program_yearly} in the facts file"


def _saved(costs: Costs, count: int) -> tuple[str, str, Fraction | None, str, str]:
    value = None
    if costs.purchase_order is not None and costs.card_transaction is not None:
        value = Fraction((cents_of(costs.purchase_order) - cents_of(costs.card_transaction)) * count, 100)
    formula = "(cost of a purchase order - cost of a card transaction) x number of purchases, the district's own costs"
    return (
        "process_cost_saved",
        "dollars",
        value,
        formula,
        "costs: {purchase_order, card_transaction} in the facts file",
    )


def _cards(ledger: Ledger, period: Period) -> int:
    still_open = (pl.col("closed") >= period.first).fill_null(value=True) & (pl.col("opened") <= period.last).fill_null(
        value=True
    )
    return ledger.cards.filter(still_open)["card"].n_unique()


def _paid_otherwise(ledger: Ledger, accruals: Sequence[Accrual], period: Period) -> int | None:
    if ledger.ap_payments.is_empty():
        return None
    names = [accrual.program.terms.program.issuer for accrual in accruals]
    issuers = pl.DataFrame({"name": names}, schema={"name": pl.String}).select(merchant_key(pl.col("name"))).to_series()
    paid = ledger.ap_payments.filter(
        pl.col("date").is_between(period.first, period.last)
        & (pl.col("status").fill_null("paid") != "void")
        & (pl.col("method").fill_null("") != "card")
        & ~merchant_key(pl.col("vendor")).is_in(issuers.implode())
    )
    return int(paid["amount_cents"].sum())


def site_benchmarks(shares: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """Return SITES: each site's share in basis points of its volume, per student, and over the median of the sites'."""
    sums = shares.group_by("site").agg(pl.col("volume_cents", "share_cents").sum()).sort("site", nulls_last=True)
    students = dict(sites.select("site", "enrollment").drop_nulls().iter_rows())
    rows = []
    for site, volume, share in sums.iter_rows():
        rows.append((site, volume, share, _over(share * 10_000, volume), _over(share, students.get(site, 0) * 100)))
    middle = median([share for site, _, share, _, _ in rows if site is not None] or [0])
    return SITES.rows(
        {
            "site": site, "volume_cents": volume, "share_cents": share, "bps": None if bps is None else rounded(bps),
            "per_student": None if each is None else rounded(each),
            "of_median": rounded(Fraction(share) / Fraction(middle)) if middle else None,
        }
        for site, volume, share, bps, each in rows
    )  # fmt: skip


def _over(top: int, bottom: int) -> Fraction | None:
    return Fraction(top, bottom) if bottom > 0 else None


def rounded(value: Fraction) -> Decimal:
    """Return a figure half-up to two decimals."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

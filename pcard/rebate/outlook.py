"""What would earn more: the next step, paying earlier, payments that could have been carded, what earns nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from pcard.frames import TRANSACTIONS, Ledger
from pcard.ledger.merchants import merchant_key
from pcard.money import cents_of, show_cents
from pcard.rebate.accruals import Accrual
from pcard.rebate.eligibility import is_volume, sort_out
from pcard.rebate.prompt_pay import prompt_pay_bps, shown_days
from pcard.rebate.terms import Bucket, Tiers
from pcard.rebate.tiers import earned_cents, four_decimals
from pcard.schema import Table, columns
from pcard.yamlfile import Bps

# How far the next step is, and what it is worth on the period's volume as it stands.
NEXT_STEPS = Table(
    "next_steps",
    columns(
        "program_id! period! bucket! volume:money! step:money! missing:money! bps:rate! next_bps:rate! worth:money! words!"
    ),
    ("program_id", "period", "bucket"),
)
# Every step of a bucket's rate, by the volume it looks at.
STEPS = Table(
    "rebate_steps",
    columns("program_id! period! bucket! volume:money! step:money! bps:rate! reached:flag!"),
    ("program_id", "period", "bucket", "step_cents"),
)
# `days` earlier (below zero: later): the rate, what it earns more, the interest that the money would have earned, both also in
# basis points a day.
PAY_EARLIER = Table(
    "pay_earlier",
    columns(
        "program_id! period! days:count! bps:rate! earns:money! interest:money net:money earns_bps_a_day:rate!"
        " interest_bps_a_day:rate words!"
    ),
    ("program_id", "period", "days"),
)
# Paid otherwise to vendors who take cards.
COULD_BE_CARDED = Table(
    "could_be_carded",
    columns("program_id! vendor! payments:count! amount:money! bucket bps:rate would_earn:money! known_from!"),
    ("program_id", "vendor", "bucket"),
)
# Charges of the period that earn nothing.
LEAKAGE = Table(
    "leakage",
    columns("program_id! period! reason! kind! count:count! volume:money! bps:rate! would_earn:money!"),
    ("program_id", "period", "reason", "kind"),
)
DAYS_TRIED = (-10, -5, -1, 1, 5, 10, 20)
_DAYS_IN_YEAR = 365


def next_steps(accrual: Accrual) -> pl.DataFrame:
    """Return NEXT_STEPS of each bucket with steps of volume above the one it has reached."""
    return NEXT_STEPS.rows(row for bucket in accrual.program.buckets if (row := _next_step(accrual, bucket)))


def steps(accrual: Accrual) -> pl.DataFrame:
    """Return STEPS of each bucket that has steps of volume."""
    return STEPS.rows(
        {
            "program_id": accrual.program.id, "period": accrual.period.label, "bucket": bucket.id,
            "volume_cents": volume, "step_cents": cents_of(step.start), "bps": four_decimals(Fraction(step.bps)),
            "reached": cents_of(step.start) <= volume,
        }
        for bucket in accrual.program.buckets
        if (tiers := bucket.rate.tiers) and tiers.by == "volume"
        for volume in [_looked_at(accrual, bucket, tiers)[0]]
        for step in tiers.steps
    )  # fmt: skip


def _looked_at(accrual: Accrual, bucket: Bucket, tiers: Tiers) -> tuple[int, str]:
    """Return the volume that a bucket's steps look at, and whose it is in words."""
    counted = accrual.counted_volumes
    return (counted.year if tiers.over == "contract_year" else counted.period).measured(tiers, bucket.id)


def _next_step(accrual: Accrual, bucket: Bucket) -> dict[str, object] | None:
    tiers = bucket.rate.tiers
    if tiers is None or tiers.by != "volume":
        return None
    counted = accrual.counted_volumes
    measured, whose = _looked_at(accrual, bucket, tiers)
    following = next((step for step in tiers.steps if cents_of(step.start) > measured), None)
    if following is None:
        return None
    reached = max(
        (step for step in tiers.steps if cents_of(step.start) <= measured),
        key=lambda step: step.start,
        default=tiers.steps[0],
    )
    volume = counted.period.by_bucket.get(bucket.id, 0)
    gain = following.bps - reached.bps
    marginal = tiers.method == "marginal"
    if not marginal and accrual.program.terms.true_up and tiers.over == "contract_year":
        volume = counted.year.by_bucket.get(bucket.id, 0)
    worth = 0 if marginal else earned_cents(volume, Fraction(gain))
    return {
        "program_id": accrual.program.id, "period": accrual.period.label, "bucket": bucket.id, "volume_cents": measured,
        "step_cents": cents_of(following.start), "missing_cents": cents_of(following.start) - measured,
        "bps": four_decimals(Fraction(reached.bps)), "next_bps": four_decimals(Fraction(following.bps)),
        "worth_cents": worth,
        "words": f"{whose}; " + ("only what lies above the step earns more" if marginal
                                 else f"{gain} bps more on {show_cents(volume)} counted so far"),
    }  # fmt: skip


def pay_earlier(accrual: Accrual, yearly_interest_bps: Bps | None) -> pl.DataFrame:
    """Return PAY_EARLIER: what a period's prompt pay would be were it paid some days earlier or later."""
    terms, average = accrual.program.terms.prompt_pay, accrual.facts.average_days_to_pay
    part = next((each for each in accrual.earned.parts if each.role == "prompt_pay"), None)
    if terms is None or average is None or part is None:
        return PAY_EARLIER.empty()
    rows = []
    for days in DAYS_TRIED:
        day, bps = prompt_pay_bps(terms, Fraction(average) - days)
        earns = earned_cents(part.base_cents, Fraction(bps)) - part.amount_cents
        interest = daily = None
        if yearly_interest_bps is not None:
            daily = Fraction(yearly_interest_bps) / _DAYS_IN_YEAR
            interest = earned_cents(part.base_cents, daily * days)
        rows.append(
            {
                "program_id": accrual.program.id, "period": accrual.period.label, "days": days,
                "bps": four_decimals(Fraction(bps)), "earns_cents": earns, "interest_cents": interest,
                "net_cents": None if interest is None else earns - interest,
                "earns_bps_a_day": four_decimals((Fraction(bps) - (part.bps or 0)) / days),
                "interest_bps_a_day": None if daily is None else four_decimals(daily),
                "words": f"day {day} instead of {shown_days(average)} on average, on {show_cents(part.base_cents)}",
            }
        )  # fmt: skip
    return PAY_EARLIER.rows(rows)


def could_be_carded(ledger: Ledger, accrual: Accrual, as_of: date) -> pl.DataFrame:
    """Return COULD_BE_CARDED: the last year's payments by other means to vendors who take cards, at today's rates.

    A vendor takes cards where the vendor list says so, or where a card bought
    there. Virtual cards (method card), employees, void payments and the card
    issuer's own bills are left out; each payment is put in the bucket a charge
    of its amount would be in, at the rate that bucket has reached.
    """
    since = as_of - timedelta(days=_DAYS_IN_YEAR)
    payments = ledger.ap_payments.filter(
        pl.col("date").is_between(since, as_of)
        & (pl.col("amount_cents") > 0)
        & (pl.col("method").fill_null("") != "card")
        & (pl.col("status").fill_null("paid") != "void")
        & (pl.col("payee_type").fill_null("vendor") != "employee")
    ).with_columns(key=merchant_key(pl.col("vendor")))
    takes = _takers(ledger)
    issuer = pl.DataFrame({"name": [accrual.program.terms.program.issuer]}).select(merchant_key(pl.col("name"))).item()
    found = payments.filter(pl.col("key") != issuer).join(takes, on="key")
    if found.is_empty():
        return COULD_BE_CARDED.empty()
    charges = _as_charges(found)
    lines = sort_out(charges, accrual.program).filter(pl.col("bucket").is_not_null())
    rates = {part.name: part.bps or Fraction(0) for part in accrual.earned.parts if part.role == "bucket"}
    joined = lines.join(found, left_on="transaction_id", right_on="identity", suffix="_paid")
    grouped = joined.group_by("vendor", "bucket", "known_from").agg(
        pl.len().cast(pl.Int32).alias("payments"), pl.col("amount_cents").sum()
    )
    return COULD_BE_CARDED.rows(
        {
            **row, "program_id": accrual.program.id, "bps": four_decimals(rates[row["bucket"]]),
            "would_earn_cents": earned_cents(row["amount_cents"], rates[row["bucket"]]),
        }
        for row in grouped.iter_rows(named=True)
    )  # fmt: skip


def _takers(ledger: Ledger) -> pl.DataFrame:
    """Return the vendors who take cards by their key and from where that is known."""
    listed = ledger.vendors.filter(pl.col("accepts_card").fill_null(value=False))
    refuses = ledger.vendors.filter(~pl.col("accepts_card").fill_null(value=True)).select(
        key=merchant_key(pl.col("name"))
    )
    by_id = listed.select(key=merchant_key(pl.col("vendor")), known_from=pl.lit("the vendor list"))
    by_name = listed.select(key=merchant_key(pl.col("name")), known_from=pl.lit("the vendor list"))
    bought = ledger.transactions.filter(pl.col("kind") == "purchase").select(
        key="merchant_key", known_from=pl.lit("bought there by card")
    )
    bought = bought.join(refuses, on="key", how="anti")
    return pl.concat([by_id, by_name, bought]).unique("key", keep="first", maintain_order=True)


def _as_charges(payments: pl.DataFrame) -> pl.DataFrame:
    """Write payments as the purchases they would have been."""
    return TRANSACTIONS.of(
        payments.select(
            "identity", "document", "line", "date", "amount_cents", "fund", "po_number", transaction_id="identity",
            posted="date", merchant="vendor", kind=pl.lit("purchase"), memo=pl.lit(value=False),
        )
    )  # fmt: skip


def leakage(accrual: Accrual) -> pl.DataFrame:
    """Return LEAKAGE: charge volume that does not count, by reason, at the rate of the bucket for all that is left."""
    rate = next(part.bps for part in accrual.earned.parts if part.name == accrual.program.catch_all) or Fraction(0)
    out = accrual.exclusions.filter(is_volume())
    return LEAKAGE.rows(
        {
            "program_id": accrual.program.id, "period": accrual.period.label, "reason": row["excluded"],
            "kind": row["kind"], "count": row["count"], "volume_cents": row["volume_cents"], "bps": four_decimals(rate),
            "would_earn_cents": earned_cents(row["volume_cents"], rate),
        }
        for row in out.iter_rows(named=True)
    )  # fmt: skip


def potential_earned(accrual: Accrual) -> Fraction | None:
    """Return the share of the potential rebate that was earned: on eligible volume over on all net charge volume."""
    everything = accrual.earned.net_charge_volume_cents
    return Fraction(accrual.earned.eligible_cents, everything) if everything > 0 else None


def assumptions(accruals: Sequence[Accrual], yearly_interest_bps: Bps | None) -> Iterator[str]:
    """Yield what the figures of an outlook rest on, in sentences."""
    yield "A step's worth is on the volume counted so far, at the rate of the step less the rate reached."
    yield "Payments that could be carded are those of the last 365 days, at the rate each bucket has now."
    yield "What does not count is shown at the rate of the bucket for all that is left."
    if any(accrual.program.terms.prompt_pay for accrual in accruals):
        said = (
            f"{yearly_interest_bps} bps a year"
            if yearly_interest_bps is not None
            else "not stated (yearly_interest_bps)"
        )
        yield f"Interest on money paid earlier: {said}, by days of a 365-day year."

"""When the bank owes what: due days, the estimate before the count, the lead's fee."""

from __future__ import annotations

from datetime import date, timedelta

from pcard.money import at_rate
from pcard.rebate.accruals import Accrual

_SATURDAY = 5


def due(accrual: Accrual) -> date | None:
    """Return the day the bank pays a period by, where the contract names one."""
    payment = accrual.program.terms.payment
    if payment is None:
        return None
    day = accrual.period.last + timedelta(days=payment.due_days_after_period)
    return next_business_day(day) if payment.next_business_day else day


def estimate_due(accrual: Accrual) -> date | None:
    """Return the day an estimate is paid by, where the contract has one."""
    payment = accrual.program.terms.payment
    if payment is None or payment.estimate_due_days_after_period is None:
        return None
    day = accrual.period.last + timedelta(days=payment.estimate_due_days_after_period)
    return next_business_day(day) if payment.next_business_day else day


def next_business_day(day: date) -> date:
    """Return a day, or the first after it on which banks are open: no weekend, no federal holiday."""
    from holidays import country_holidays  # noqa: PLC0415 - half a second that few contracts need

    closed = country_holidays("US", years=[day.year, day.year + 1])
    while day.weekday() >= _SATURDAY or day in closed:
        day += timedelta(days=1)
    return day


def lead_fee_cents(accrual: Accrual) -> int:
    """Return what a consortium's lead keeps of the payment, half-up to the cent; nothing of what the district owes."""
    payment = accrual.program.terms.payment
    return at_rate(max(accrual.total_cents, 0), payment.lead_fee_bps) if payment else 0

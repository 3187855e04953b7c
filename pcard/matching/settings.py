"""What a district may set about matching; every threshold has its name here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Thresholds and windows; money in cents, rates in basis points, windows in days.

    A link is `accepted` where its probability reaches `accept_probability` and
    its odds are `margin_odds` times those of the best rival, the likeliest
    links first, as long as no more than `accepted_wrong_share` of them are
    expected to be wrong; below
    `review_probability` it is not proposed at all. With `suggest_only`
    nothing is accepted: what would be is a question.
    """

    accept_probability: float = 0.97
    accepted_wrong_share: float = 0.00023  # of accepted links that are expected to be wrong, beside half a link
    margin_odds: float = 20.0
    review_probability: float = 0.4
    candidates_shown: int = 3
    suggest_only: bool = False
    overturned_allowed: float = 0.01  # share of accepted links that people may overturn before accepting tightens
    window_days: int = 10  # receipt date before or after the purchase
    misread_days: int = 31  # a month misread on a receipt
    order_days: int = 120  # how long after its date an order is drawn on
    blanket_days: int = 400  # how long a blanket order is drawn on: a fiscal year, and its invoices
    order_early_days: int = 5  # a charge may come before the order was written
    order_tolerance_bps: int = 1200  # tax and freight that an order's amount left out
    order_close_bps: int = 100  # of which no more than this is left open, an order closes: a price difference
    largest_group: int = 4
    group_pool: int = 12  # parts considered for one charge or order


DEFAULT_SETTINGS = MatchSettings()

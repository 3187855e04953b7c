"""How the day on evidence stands to the day of the charge."""

from __future__ import annotations

import numpy as np

from pcard.matching.arrays import UNKNOWN, Floats, Ints, Levels
from pcard.matching.comparing.comparisons import BuiltIn, Compared
from pcard.matching.comparing.meeting import LEAN, Meeting, Pairs

_NEAR = 10  # days told apart one by one
_MISREAD = 31
_RAREST = 1e-6
_LAG_CHANCE = 1 / 180  # of any one lag, before a ledger says otherwise
# Days from an order to its charge at which a level ends; the first is "before the order".
_ORDER_ENDS = np.array([0, 7, 14, 21, 28, 42, 63, 91, 126])


def _lag(meeting: Meeting, pairs: Pairs) -> tuple[Ints, Ints]:
    """Return the days from charge to evidence, and where one of them is unknown."""
    ours, theirs = meeting.charges.day[pairs.transaction], meeting.evidence.day[pairs.evidence]
    return theirs - ours, np.flatnonzero((ours < 0) | (theirs < 0))


def _receipt_date(meeting: Meeting, pairs: Pairs) -> Compared:
    lag, unknown = _lag(meeting, pairs)
    lags = _chance_of_lags(meeting, -_MISREAD, _MISREAD)
    is_near = np.abs(np.arange(-_MISREAD, _MISREAD + 1)) <= _NEAR
    every = np.where(is_near, lags, lags[~is_near].sum())
    further = 1.0 - lags.sum()
    chance = np.maximum([further, *every, further], _RAREST).astype(np.float32)
    level = np.full(len(chance), 2 * _NEAR + 1, np.int8)
    level[_MISREAD + 1 - _NEAR : _MISREAD + 2 + _NEAR] = np.arange(2 * _NEAR + 1)
    level[[0, -1]] = 2 * _NEAR + 2
    return _compared(lag, unknown, level, chance, _NEAR)


def _order_date(meeting: Meeting, pairs: Pairs) -> Compared:
    lag, unknown = _lag(meeting, pairs)
    last = int(_ORDER_ENDS[-1])
    lags = _chance_of_lags(meeting, -last, last)
    place = np.searchsorted(_ORDER_ENDS, -np.arange(-last - 1, last + 2), side="right")
    chances = np.bincount(place[1:-1], lags, len(_ORDER_ENDS) + 1)
    chances[-1] = max(1.0 - chances[:-1].sum(), 0.0)
    chance = np.maximum(chances, _RAREST).astype(np.float32)[place]
    return _compared(lag, unknown, place.astype(np.int8), chance, 1)


def _compared(lag: Ints, unknown: Ints, level: Levels, chance: Floats, agreement: int) -> Compared:
    """Look lags up in tables by lag, whose middle is no lag and whose ends are anything beyond."""
    last = len(level) // 2
    place = np.clip(lag, -last, last) + last
    levels, chances = level[place], chance[place]
    levels[unknown], chances[unknown] = UNKNOWN, 1.0
    return Compared(levels, chances, agreement)


def _chance_of_lags(meeting: Meeting, first: int, last: int) -> Floats:
    """The chance of each lag between an unrelated charge and evidence, from how both spread over the days."""
    ours, theirs = meeting.days_spread
    seen = np.array([_meeting_at(ours, theirs, lag) for lag in range(first, last + 1)])
    fewer = min(len(meeting.charges), len(meeting.evidence))
    return (fewer * seen + LEAN * _LAG_CHANCE) / (fewer + LEAN)


def _meeting_at(ours: Floats, theirs: Floats, lag: int) -> float:
    size = len(ours)
    return float(ours[max(-lag, 0) : size - max(lag, 0)] @ theirs[max(lag, 0) : size - max(-lag, 0)])


def _receipt_levels() -> tuple[str, ...]:
    days = [f"{abs(lag)} days {'before' if lag < 0 else 'after'}" for lag in range(-_NEAR, _NEAR + 1)]
    days[_NEAR - 1 : _NEAR + 2] = ["the day before", "same day", "the day after"]
    return (*days, "within a month", "further off")


def _receipt_shares() -> tuple[float, ...]:
    shares = 0.15 * 0.6 ** np.abs(np.arange(-_NEAR, _NEAR + 1)) + 0.001
    shares[_NEAR] = 0.7
    return tuple(np.append(shares, [0.005, 0.0005]) / (shares.sum() + 0.0055))


RECEIPT_DATE = BuiltIn("date", _receipt_levels(), _receipt_shares(), _receipt_date)

ORDER_DATE = BuiltIn(
    "date",
    (
        "before the order",
        "within a week",
        "within 2 weeks",
        "within 3 weeks",
        "within 4 weeks",
        "within 6 weeks",
        "within 9 weeks",
        "within 3 months",
        "within 4 months",
        "later",
    ),
    (0.01, 0.4, 0.22, 0.15, 0.1, 0.05, 0.03, 0.02, 0.01, 0.01),
    _order_date,
)

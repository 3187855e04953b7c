"""How an amount on evidence stands to the amount charged: equal, or off by what shops and scanners do.

A receipt may be the price before tax or tip, leave the freight out, have lost
the sign of a refund, carry one digit misread or two side by side that changed
places. Chance is counted: the share of this ledger's charges that an
unrelated receipt of this amount would find in the same relation.
"""

from __future__ import annotations

import numpy as np

from pcard.matching.arrays import Flags, Floats, Ints, Levels, Numbers
from pcard.matching.comparing.comparisons import BuiltIn, Compared
from pcard.matching.comparing.meeting import Meeting, Pairs

EQUAL, SIGN_LOST, PLUS_TAX, TAX, TIP, FREIGHT, DIGIT, OTHER = range(8)
_TAX = (1.02, 1.115)
_TIP = (1.115, 1.35)
_FREIGHT_CENTS = 3000
_FREIGHT_SHARE = 1.0  # of the price; what is charged beyond that is more than its freight


def _amount(meeting: Meeting, pairs: Pairs) -> Compared:
    level = amount_level(meeting, pairs)
    same, other = meeting.equal_share
    chance = np.where(level == SIGN_LOST, other[pairs.evidence], same[pairs.evidence])
    rows = np.flatnonzero(level > SIGN_LOST)
    if len(rows):
        unequal = pairs.take(rows)
        refund = meeting.evidence.cents[unequal.evidence] < 0
        of_sign = np.where(refund, meeting.sign_share(-1), meeting.sign_share(1))
        chance[rows] = _chances(meeting, level[rows], *meeting.sizes(unequal)) * of_sign
    return Compared(level, chance, EQUAL)


def amount_level(meeting: Meeting, pairs: Pairs) -> Levels:
    """Return for each pair the first relation, in the order of the levels, that holds between its amounts."""
    charged, stated = meeting.charges.cents[pairs.transaction], meeting.evidence.cents[pairs.evidence]
    level = np.where(charged == stated, np.int8(EQUAL), np.int8(OTHER))
    differ = np.flatnonzero(charged != stated)
    if len(differ):
        tax = meeting.tax_cents[pairs.evidence[differ]]
        level[differ] = _level_of_unequal(charged[differ], stated[differ], tax)
    return level


def _level_of_unequal(charged: Ints, stated: Ints, tax: Ints) -> Levels:
    size, base = np.abs(charged), np.abs(stated)
    agree = (charged < 0) == (stated < 0)
    ratio = size / np.maximum(base, 1)
    near = agree & (size > base)
    level = np.select(
        [
            size == base,
            agree & (tax > 0) & (base + tax == size),
            agree & two_swapped(size, base),
            near & (ratio > _TAX[0]) & (ratio <= _TAX[1]),
            near & (ratio > _TIP[0]) & (ratio <= _TIP[1]),
            near & (size - base <= np.minimum(_FREIGHT_CENTS, base * _FREIGHT_SHARE)),
        ],
        [SIGN_LOST, PLUS_TAX, DIGIT, TAX, TIP, FREIGHT],
        OTHER,
    ).astype(np.int8)
    other = np.flatnonzero((level == OTHER) & agree)
    level[other[one_digit_off(size[other], base[other])]] = DIGIT
    return level


def one_digit_off(size: Ints, base: Ints) -> Flags:
    """Tell where two amounts differ in one digit only, or the second lacks one digit of the first."""
    off = np.zeros(len(size), bool)
    for place in 10 ** np.arange(8):
        gap = np.abs(size - base)
        off |= (gap % place == 0) & (gap < 10 * place) & (gap > 0) & (size // (10 * place) == base // (10 * place))
        off |= (size // (place * 10) * place + size % place == base) & (size >= place * 10) & (base >= 100)
    return off


def two_swapped(size: Ints, base: Ints) -> Flags:
    """Tell where two amounts differ by two digits side by side that changed places."""
    swapped = np.zeros(len(size), bool)
    for place in 10 ** np.arange(7):
        left, right = size // (10 * place) % 10, size // place % 10
        swapped |= (left != right) & (size - 9 * place * (left - right) == base)
    return swapped


def _chances(meeting: Meeting, level: Levels, size: Ints, base: Ints) -> Floats:
    """The chance of each unequal pair's level, for an unrelated charge and this receipt."""
    chance = np.ones(len(level))

    def put(at: Flags, low: Numbers, high: Numbers, share: Floats | float = 1.0) -> None:
        rows = np.flatnonzero(at)
        chance[rows] = meeting.share_between(low[rows], high[rows]) * share

    put(level == PLUS_TAX, size - 0.5, size + 0.5)
    put(level == TAX, base * _TAX[0], base * _TAX[1])
    put(level == TIP, base * _TIP[0], base * _TIP[1])
    put(level == FREIGHT, base + 0.5, base + np.minimum(_FREIGHT_CENTS, base * _FREIGHT_SHARE))
    # Of charges about this size, as many as there are ways to get one digit wrong, or to swap it with the next.
    digits = 10.0 * np.ceil(np.log10(np.maximum(base[level == DIGIT], 10)))
    put(level == DIGIT, size * 0.8, size * 1.25, digits / np.maximum(size[level == DIGIT] * 0.45, 1.0))
    return chance


AMOUNT = BuiltIn(
    "amount",
    (
        "equal",
        "equal, sign lost",
        "equal with its tax",
        "tax on top",
        "tip on top",
        "freight on top",
        "a digit off or two swapped",
        "other",
    ),
    (0.93, 0.008, 0.01, 0.012, 0.01, 0.012, 0.01, 0.008),
    _amount,
)

ORDER_EQUAL, ON_TOP, PART, ABOVE = range(4)
_ON_TOP_SHARE = 1.12  # of the open amount; tax and freight


def _order_amount(meeting: Meeting, pairs: Pairs) -> Compared:
    size, base = meeting.sizes(pairs)
    covered = meeting.covered_cents[pairs.evidence]
    most = (base + covered) * _ON_TOP_SHARE - covered  # tax is due on what was covered before, too
    level = np.select([size == base, size < base, size <= most], [ORDER_EQUAL, PART, ON_TOP], ABOVE)
    chance = np.where(level == ORDER_EQUAL, meeting.equal_share[0][pairs.evidence], np.float32(1.0))
    for number, low, high in ((ON_TOP, base, most), (PART, np.zeros(len(base)), base - 0.5)):
        rows = np.flatnonzero(level == number)
        chance[rows] = meeting.share_between(low[rows], high[rows])
    return Compared(level.astype(np.int8), chance, ORDER_EQUAL)


ORDER_AMOUNT = BuiltIn(
    "amount",
    ("all that is open", "tax or freight on top", "part of what is open", "above what is open"),
    (0.62, 0.1, 0.27, 0.01),
    _order_amount,
)

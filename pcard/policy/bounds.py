"""What a sample says about its population: confidence bounds of an error rate and of an amount in error.

Sources: C. Clopper and E. Pearson, The use of confidence or fiducial limits, Biometrika 26 (1934): exact limits of a
binomial share. K. Stringer, Practical aspects of statistical sampling in auditing, Proceedings of the American
Statistical Association, Business and Economic Statistics Section (1963), as in D. Leslie, A. Teitlebaum, R. Anderson,
Dollar-unit sampling (1979): the bound of an overstatement in a monetary-unit sample, here with binomial limits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

_STEPS = 60  # bisections: finer than a float can tell apart


def clopper_pearson(errors: int, size: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided limits of the error rate behind `errors` in a random sample of `size`."""
    tail = (1 - confidence) / 2
    return _lower(errors, size, tail), upper_limit(errors, size, tail)


def upper_limit(errors: int, size: int, tail: float) -> float:
    """Return the rate at which so few errors, or fewer, would be as unlikely as `tail`."""
    if errors >= size:
        return 1.0
    return _solve(lambda rate: at_most(errors, size, rate) > tail)


def _lower(errors: int, size: int, tail: float) -> float:
    if errors == 0:
        return 0.0
    return _solve(lambda rate: 1 - at_most(errors - 1, size, rate) < tail)


def at_most(errors: int, size: int, rate: float) -> float:
    """Return the binomial probability of so many errors or fewer."""
    if rate <= 0 or errors >= size:
        return 1.0
    if rate >= 1:
        return 0.0
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    ways = math.lgamma(size + 1)
    terms = (
        ways - math.lgamma(k + 1) - math.lgamma(size - k + 1) + k * log_rate + (size - k) * log_rest
        for k in range(errors + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def stringer(taints: Iterable[float], size: int, confidence: float = 0.95) -> float:
    """Return the upper bound of the share of a population's money that is overstated.

    `taints` are the shares in error of the units that had one, from 0 to 1;
    `size` is the number of monetary units drawn.
    """
    tail = 1 - confidence
    limits = [upper_limit(0, size, tail)]
    bound = limits[0]
    for place, taint in enumerate(sorted(taints, reverse=True), start=1):
        limits.append(upper_limit(place, size, tail))
        bound += (limits[place] - limits[place - 1]) * taint
    return min(1.0, bound)


def weighted_rate(rates: Sequence[float], weights: Sequence[int]) -> float:
    """Return the rate of a population from those of its strata, each weighing as many charges as it has."""
    return math.fsum(rate * weight for rate, weight in zip(rates, weights, strict=True)) / (sum(weights) or 1)


def _solve(below: Callable[[float], bool]) -> float:
    """Return where a condition that holds from 0 up to some rate stops holding."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2

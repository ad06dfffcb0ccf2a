"""A t value or a confidence and degrees of freedom go in, the tail or the quantile of Student's t comes out.

The tail is the regularised incomplete beta function by its continued fraction (DiDonato and Morris 1992, ACM
TOMS 18(3), algorithm 708, equation 9; modified Lentz as in Press et al., Numerical Recipes, 6.4).
"""

from __future__ import annotations

import math

_TINY = 1e-300
_EPS = 1e-16
_TERMS = 100_000


def two_sided(t: float, df: int) -> float:
    """Return P(|T| >= |``t``|) for Student's t with ``df`` >= 1 degrees of freedom, in [0, 1].

    Raises ValueError for ``df`` below 1.
    """
    if df < 1:
        raise ValueError("degrees of freedom count from 1")
    if math.isinf(t):
        return 0.0
    squared = t * t
    return _beta(df / 2.0, 0.5, df / (df + squared), squared / (df + squared))


def one_sided(t: float, df: int) -> float:
    """Return P(T >= ``t``); in [0, 1]."""
    tail = two_sided(t, df) / 2.0
    return tail if t >= 0 else 1.0 - tail


def quantile(confidence: float, df: int) -> float:
    """Return the t >= 0 with P(|T| <= t) = ``confidence``, by bisection to the last bit.

    Raises ValueError for a confidence outside (0, 1).
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError("confidence lies in (0, 1)")
    tail = 1.0 - confidence
    low, high = 0.0, 1.0
    while two_sided(high, df) > tail:
        low, high = high, 2.0 * high
    while low < (middle := (low + high) / 2.0) < high:
        low, high = (middle, high) if two_sided(middle, df) > tail else (low, middle)
    return high


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """Return I_x(a, b); ``rest`` is 1 - x, given apart because the difference would lose its digits."""
    if x <= 0.0 or rest <= 0.0:
        return 0.0 if x <= 0.0 else 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    front = math.exp(log_front)
    # the fraction converges fast below the mean of the beta distribution; above it, by symmetry
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, _turned(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d, c = _turned(1.0 + term * d), _kept(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _EPS:
            break
    return value


def _turned(value: float) -> float:
    return 1.0 / _kept(value)


def _kept(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

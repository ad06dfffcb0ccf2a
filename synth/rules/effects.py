"""Values over seeds go in, effects with intervals and p come out: one alone, or a family under Holm.

The interval is Student's t over seeds. In a family the interval of each comparison has the confidence at
which Holm's step-down procedure (Holm 1979, Scand. J. Statist. 6, 65-70) tests it: with m comparisons the
smallest p at 1 - alpha/m, the next at 1 - alpha/(m-1) and so on while they are rejected, all others at the
confidence of the first that is not. So an interval excludes 0 exactly where the adjusted p is below alpha.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from synth.rules.samples import Values
from synth.rules.student import quantile, two_sided
from synth.trials import Effect

_STILL = 1e-9  # a spread below this share of the mean is what floats leave of none


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Values over seeds: exact mean, spread, and p (two-sided, against 0) where a spread allows one."""

    arm: str
    against: str
    mean: Fraction
    values: tuple[Fraction, ...]
    error: float
    p: float | None

    @property
    def n(self) -> int:
        """How many seeds."""
        return len(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An effect with the interval that decides; ``low`` and ``high`` are None where seeds allow none."""

    effect: Effect
    low: Fraction | None
    high: Fraction | None
    mean: Fraction
    confidence: float
    error: float

    @property
    def above(self) -> bool:
        """Whether the interval lies wholly above 0."""
        return self.low is not None and self.low > 0

    def below(self, bound: Fraction) -> bool:
        """Whether the interval lies wholly below ``bound``."""
        return self.high is not None and self.high < bound


def measured(values: Values, *, arm: str, against: str) -> Measured | None:
    """Return mean, standard error and p of ``values``; None where no seed has a value."""
    if not values:
        return None
    listed = tuple(values.values())
    mean = sum(listed, Fraction(0)) / len(listed)
    error = 0.0
    if len(listed) > 1:
        square = sum(((v - mean) ** 2 for v in listed), Fraction(0)) / (len(listed) - 1)
        error = math.sqrt(square / len(listed))
    still = error <= _STILL * max(1.0, abs(float(mean)))
    p = None if still else two_sided(float(mean) / error, len(listed) - 1)
    return Measured(arm=arm, against=against, mean=mean, values=listed, error=0.0 if still else error, p=p)


def alone(found: Measured, *, confidence: float, deterministic: bool) -> Judged:
    """Return ``found`` with its own interval; for a deterministic rule that is the range of values."""
    return _judged(found, confidence=confidence, adjusted=None, deterministic=deterministic)


def family(found: Mapping[str, Measured], *, confidence: float, deterministic: bool) -> dict[str, Judged]:
    """Return the comparisons of a family with Holm's adjusted p and the intervals that agree with it.

    A comparison without p counts as one that was not rejected, so it never eases the others.
    """
    alpha = 1.0 - confidence
    ordered = sorted(found, key=lambda arm: p if (p := found[arm].p) is not None else 2.0)
    out: dict[str, Judged] = {}
    left, highest, rejecting = len(ordered), 0.0, True
    for rank, arm in enumerate(ordered):
        p = found[arm].p
        adjusted = None if p is None else max(highest, min(1.0, p * (len(ordered) - rank)))
        highest = adjusted if adjusted is not None else highest
        level = confidence if left == 1 else 1.0 - alpha / left  # the nominal one to the last bit
        out[arm] = _judged(found[arm], confidence=level, adjusted=adjusted, deterministic=deterministic)
        rejecting = rejecting and p is not None and p < 1.0 - level
        left -= rejecting
    return {arm: out[arm] for arm in found}


def _judged(found: Measured, *, confidence: float, adjusted: float | None, deterministic: bool) -> Judged:
    low = high = None
    if deterministic:
        low, high = min(found.values), max(found.values)
    elif found.p is not None:
        half = Fraction(quantile(confidence, found.n - 1) * found.error)
        low, high = found.mean - half, found.mean + half
    shown = found.n > 1
    effect = Effect(
        arm=found.arm,
        against=found.against,
        mean=float(found.mean),
        low=float(low) if low is not None and shown else None,
        high=float(high) if high is not None and shown else None,
        n=found.n,
        p=None if deterministic else found.p,
        adjusted=None if deterministic else adjusted,
    )
    return Judged(
        effect=effect, low=low, high=high, mean=found.mean, confidence=confidence, error=found.error
    )

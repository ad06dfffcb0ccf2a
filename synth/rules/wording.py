"""Effects and bounds go in, the words and figures of a reason come out: rounded, but never across a bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from synth.rules.effects import Judged
from synth.trials import Effect, Rule

_DECIMALS = 6
_COMPARED = 12


def points(value: float, *, bounds: Sequence[float] = (0.0,), sign: bool = True) -> str:
    """Return ``value`` with one decimal, or as many as keep it on its side of each of ``bounds``."""
    for decimals in range(1, _DECIMALS):
        shown = round(value, decimals)
        if all(_side(shown, bound) == _side(value, bound) for bound in bounds):
            break
    else:
        decimals = _DECIMALS
    text = f"{shown:{'+' if sign else ''}.{decimals}f}"
    return text.replace("-", "−")


def compared(found: Judged, rule: Rule, *, led: bool = True) -> str:
    """Return "qa over none +12.4 points [+7.7, +17.1] over 8 seeds (p < .001)"; ``led`` by its arm or not."""
    effect, bounds = found.effect, (0.0, rule.smallest, -rule.smallest)
    subject = f"{effect.arm} over {effect.against}" if led else f"over {effect.against}"
    unit = " points" if led else ""
    words = f"{subject} {points(effect.mean, bounds=bounds)}{unit}"
    if effect.low is not None and effect.high is not None:
        words += f" [{points(effect.low, bounds=bounds)}, {points(effect.high, bounds=bounds)}]"
    if led:
        words += f" over {seeds(effect.n)}"
    return words + _chance(effect, listed=len(set(rule.arms)) > 1)


def _chance(effect: Effect, *, listed: bool) -> str:
    if effect.p is None:
        return ""
    if listed and effect.adjusted is not None:
        return f" ({chance(effect.adjusted)} after Holm)"
    return f" ({chance(effect.p)})"


def chance(p: float) -> str:
    """Return "p < .001" or "p = .013"."""
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)


def seeds(n: int) -> str:
    """Return "1 seed" or "8 seeds"."""
    return f"{n} seed" if n == 1 else f"{n} seeds"


def number(value: float, *, bounds: Sequence[Fraction] = ()) -> str:
    """Return ``value`` with two decimals, with four digits where it is small: 80.45, 433000, 0.001234.

    It has as many more, up to the 12 that are compared, as keep it on its side of each of ``bounds``.
    """
    if abs(value) >= 1e15 or not math.isfinite(value):
        return f"{value:g}".replace("-", "−")
    whole = len(str(int(abs(value))))
    due = Fraction(f"{value:.{_COMPARED}g}")
    for digits in range(max(4, whole + 2), max(_COMPARED, whole + 2) + 1):
        text = f"{value:.{digits}g}"
        if all(_side(Fraction(text), bound) == _side(due, bound) for bound in bounds):
            break
    return (f"{Decimal(text):f}" if abs(value) >= 1e-9 else text).replace("-", "−")


def _side(value: float | Fraction, bound: float | Fraction) -> int:
    return (value > bound) - (value < bound)

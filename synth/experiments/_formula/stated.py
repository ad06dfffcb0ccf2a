"""Numbers as printed go in, an arithmetic statement with the tolerance that its digits leave comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction

from synth.experiments._formula.program import BadExpression, evaluate
from synth.records import Quantity
from synth.trials import Quoted

ABOUT = "Arithmetic of: "
"""What the text of every hypothesis begins with."""
ALTERED = Fraction(3, 2)
"""The control multiplies one input by this: a check that does not notice has no power."""
_KEPT = Context(prec=4, rounding=ROUND_CEILING)
_SIGNS = str.maketrans({"*": "×", "-": "−"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number as printed ("433k"), its value, and half a unit of its last printed digit (0: exact)."""

    printed: str
    value: Fraction
    half: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An expression over named inputs, the value stated for it in ``unit``, and where all of it is printed.

    ``kind`` says how it was read ("difference", "share", ...); ``at`` is where the stated value begins in the
    sentence.
    """

    kind: str
    expression: str
    inputs: tuple[tuple[str, Number], ...]
    stated: Number
    unit: str
    quotes: tuple[Quoted, ...] = ()
    at: int = 0
    fixed: Fraction | None = None

    @property
    def values(self) -> dict[str, Fraction]:
        """Return name -> value."""
        return {name: number.value for name, number in self.inputs}

    @property
    def altered(self) -> dict[str, Fraction]:
        """Return the inputs of the control: the first one half as large again."""
        first = self.inputs[0][0]
        return {name: v * ALTERED if name == first else v for name, v in self.values.items()}

    @property
    def words(self) -> str:
        """Return the statement with its numbers in it ("73.6 − 68.2 = 5.4 points")."""
        printed = {name: number.printed for name, number in self.inputs}
        return f"{spelled(self.expression, printed)} = {self.stated.printed}{unit_words(self)}"


def spelled(expression: str, printed: Mapping[str, str]) -> str:
    """Return an expression as a reader writes it, each input as it is printed."""
    plain = expression.replace("**", "^").translate(_SIGNS)
    return re.sub(r"\b[a-z]\w*\b", lambda m: printed.get(m[0], m[0]), plain)


def idle_input(expression: str, values: Mapping[str, Fraction]) -> str:
    """Return which input changes nothing, or that the value is the input itself, or "".

    Such an expression would be met by whatever stands in the quote.
    """
    # beside the values themselves, for a count of 0 hides what stands beside it
    beside = {name: value + at for at, (name, value) in enumerate(values.items(), start=2)}
    for name in values:
        if not any(_moves(expression, point, name) for point in (values, beside)):
            return f"{name} changes nothing"
    only = next(iter(values), "")
    if len(values) == 1 and all(
        _other(expression, {only: at}) == at for at in (*values.values(), *beside.values())
    ):
        return f"it is {only} itself"
    return ""


def _moves(expression: str, values: Mapping[str, Fraction], name: str) -> bool:
    middle, value = _other(expression, values), values[name]
    shifts = (value * 3 / 2, value / 2, value * 1000, value + 1)
    return any(_other(expression, {**values, name: shift}) != middle for shift in shifts)


def _other(expression: str, values: Mapping[str, Fraction]) -> Fraction | None:
    try:
        return evaluate(expression, values)
    except BadExpression:
        return None


def unit_words(statement: Statement) -> str:
    """Return the unit where the printed value does not name it already."""
    mark = {"percent": "%", "times": ""}.get(statement.unit, statement.unit)
    named = mark in statement.stated.printed or re.search(r"per\s?cent", statement.stated.printed)
    return "" if named else f" {mark}"


def from_quantity(quantity: Quantity, *, counts: bool = False) -> Number:
    """Return a quantity as a number; a whole number that counts things is exact, another is rounded."""
    value, printed = Fraction(str(quantity.value)), re.split(r"\s?\(?(?:±|\+/-)", quantity.raw)[0]
    counted = counts or quantity.unit not in ("", "percent", "points", "times")
    if counted and quantity.digits == 0 and quantity.scale == 1:
        return Number(printed=printed, value=value, half=Fraction(0))
    unit = Fraction(str(quantity.scale)) / 10**quantity.digits
    return Number(printed=printed, value=value, half=unit / 2)


def tolerance(statement: Statement) -> Decimal:
    """Return how far the recomputed value may lie from the stated one, rounded up to four digits.

    Each input moves by half a unit of its last printed digit, one at a time, and the shifts add up (the worst
    case to first order); half a unit of the stated value's last digit is added. Raises BadExpression where
    the expression has no value within those bounds.
    """
    if statement.fixed is not None:
        return _up(statement.fixed)
    values = statement.values
    middle = evaluate(statement.expression, values)
    total = statement.stated.half
    for name, number in statement.inputs:
        moved = [_moved(statement.expression, values, name, shift) for shift in (-number.half, number.half)]
        total += max(abs(value - middle) for value in moved)
    return _up(total)


def _moved(expression: str, values: Mapping[str, Fraction], name: str, shift: Fraction) -> Fraction:
    return evaluate(expression, {**values, name: values[name] + shift})


def _up(value: Fraction) -> Decimal:
    return _KEPT.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(_KEPT)

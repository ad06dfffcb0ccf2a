"""Expressions with named decimal inputs in formulas.json go in, value.json comes out; runs in the seal alone.

Standard library only. An expression is read by ``ast`` and walked by a list of what is allowed: numbers,
names, + - * / **, signs, and mean, sum, min, max, abs, sqrt, round, log. Arithmetic is exact (fractions) but
for sqrt and log, which give 50 significant digits.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from pathlib import Path

INPUTS, OUT = Path("/job/inputs"), Path("/job/out")
LONGEST, DEEPEST, MOST_NODES = 500, 24, 300
MOST_BITS, HIGHEST_POWER, MOST_PLACES = 4096, 64, 12
_DIGITS = Context(prec=50)
_SHOWN = Context(prec=40)
_LANGUAGE = re.compile(r"(?:[A-Za-z_]\w*|[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?(?![\w.])|[-+*/(), ])+", re.ASCII)
Values = Mapping[str, Fraction]


class BadExpression(ValueError):
    """An expression that cannot be read, or has no value; one line."""


def evaluate(expression: str, values: Values) -> Fraction:
    """Return the value of ``expression`` over ``values``.

    Raises BadExpression for anything outside the language, for a name without value, for a division by zero
    and for what is too long, too deep or too large.
    """
    tree = _parsed(expression)
    if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
        raise BadExpression(f"an expression has at most {MOST_NODES} parts")
    return _value(tree.body, values, 0)


def names(expression: str) -> tuple[str, ...]:
    """Return the names of inputs that ``expression`` uses, sorted; raises BadExpression like ``evaluate``."""
    tree = _parsed(expression)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}
    return tuple(sorted(used))


def _parsed(expression: str) -> ast.Expression:
    if len(expression) > LONGEST:
        raise BadExpression(f"an expression has at most {LONGEST} characters")
    # no quotes, brackets or glued "1if": Python's own parser warns of some that it could still read
    if not _LANGUAGE.fullmatch(expression):
        raise BadExpression("only numbers, names, + - * / ** ( ) and commas")
    try:
        return ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise BadExpression("not an expression in numbers, names and + - * / ** ( )") from error


def _value(node: ast.expr, values: Values, depth: int) -> Fraction:
    if depth > DEEPEST:
        raise BadExpression(f"an expression nests at most {DEEPEST} deep")
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            if node.value in (float("inf"), float("-inf")):
                raise BadExpression("a value grows too large")
            return _kept(Fraction(str(node.value)))
        case ast.Name(id=name):
            if name not in values:
                raise BadExpression(f"no value for {name!r}")
            return _kept(values[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values, depth + 1)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, values, depth + 1)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            one, two = _value(left, values, depth + 1), _value(right, values, depth + 1)
            return _kept(_BINARY[type(op)](one, two))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and args:
            return _kept(_FUNCTIONS[name](*_arguments(name, args, values, depth)))
    raise BadExpression("only numbers, names, + - * / ** ( ) and " + ", ".join(sorted(_FUNCTIONS)))


def _arguments(name: str, args: list[ast.expr], values: Values, depth: int) -> list[Fraction]:
    most = {"abs": 1, "sqrt": 1, "log": 1, "round": 2}.get(name, MOST_NODES)
    if len(args) > most:
        raise BadExpression(f"{name} takes at most {most} arguments")
    return [_value(arg, values, depth + 1) for arg in args]


def _kept(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise BadExpression("a value grows too large")
    return value


def _divided(one: Fraction, two: Fraction) -> Fraction:
    if two == 0:
        raise BadExpression("a division by zero")
    return one / two


def _power(one: Fraction, two: Fraction) -> Fraction:
    if two.denominator != 1 or abs(two) > HIGHEST_POWER:
        raise BadExpression(f"exponents are whole numbers up to {HIGHEST_POWER}")
    if one == 0 and two < 0:
        raise BadExpression("a division by zero")
    size = max(one.numerator.bit_length(), one.denominator.bit_length())
    if size * abs(int(two)) > MOST_BITS:
        raise BadExpression("a value grows too large")
    return Fraction(one ** int(two))


def _sqrt(value: Fraction) -> Fraction:
    if value < 0:
        raise BadExpression("a square root of a negative number")
    return Fraction(_DIGITS.sqrt(_decimal(value, _DIGITS)))


def _log(value: Fraction) -> Fraction:
    if value <= 0:
        raise BadExpression("a logarithm of zero or a negative number")
    return Fraction(_DIGITS.ln(_decimal(value, _DIGITS)))


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    """Round half away from zero, as papers do."""
    if places.denominator != 1 or not 0 <= places <= MOST_PLACES:
        raise BadExpression(f"round keeps 0 to {MOST_PLACES} places")
    scaled = abs(value) * 10 ** int(places)
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10 ** int(places))


def _decimal(value: Fraction, context: Context) -> Decimal:
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _mean(*values: Fraction) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _sum(*values: Fraction) -> Fraction:
    return sum(values, Fraction(0))


_BINARY: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda one, two: one + two,
    ast.Sub: lambda one, two: one - two,
    ast.Mult: lambda one, two: one * two,
    ast.Div: _divided,
    ast.Pow: _power,
}
_FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "abs": abs,
    "log": _log,
    "max": lambda *values: max(values),
    "mean": _mean,
    "min": lambda *values: min(values),
    "round": _round,
    "sqrt": _sqrt,
    "sum": _sum,
}


def shown(value: Fraction) -> str:
    """Return ``value`` as a decimal of at most 40 significant digits, rounded half up."""
    with localcontext(_SHOWN) as context:
        context.rounding = ROUND_HALF_UP
        return str(_decimal(value, context))


def main() -> None:
    """Evaluate every expression of /job/inputs/formulas.json on its stated and on its altered inputs."""
    formulas = json.loads((INPUTS / "formulas.json").read_text(encoding="utf-8"))
    out: dict[str, dict[str, str]] = {}
    for done, (key, formula) in enumerate(sorted(formulas.items()), start=1):
        out[key] = {
            arm: shown(evaluate(formula["expression"], {n: Fraction(v) for n, v in formula[arm].items()}))
            for arm in ("recomputed", "altered")
        }
        print(f"@progress {done / len(formulas):.2f} {key}", flush=True)
    text = json.dumps(out, indent=2, sort_keys=True) + "\n"
    (OUT / "value.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""A sentence goes in, the equations in numbers that it prints ("400 + 200 = 600") come out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from synth.experiments._formula.stated import Number, Statement

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?[kKMB]?(?![\w^])"
_OPERATOR = r"(?:\s?[+×∗*/÷]\s?|\s[−–x-]\s)"
_EQUATION = re.compile(
    rf"(?<![\w.,/^+×*%)~≈−–-])(?<![+×*/−–-]\s)(?<!\bx\s)(?P<left>{_NUMBER}(?:{_OPERATOR}{_NUMBER})+)\s?[=≈]\s?"
    rf"(?P<right>{_NUMBER})(?![%\w]|\s?(?:%|[+×∗*/÷^(]|[−–-]\s?[0-9])|[.,][0-9])"
)
_PIECE = re.compile(rf"(?P<number>{_NUMBER})|(?P<operator>[+×∗*/÷−–x-])")
_PYTHON = {"×": "*", "∗": "*", "x": "*", "÷": "/", "−": "-", "–": "-"}
_SCALES = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9}


def equations(text: str) -> Iterator[Statement]:
    """Yield the equations of ``text``; whole numbers count as exact, decimals and "433k" as rounded.

    Products and quotients of decimals are left alone.
    """
    for found in _EQUATION.finditer(text):
        words: list[str] = []
        inputs: list[tuple[str, Number]] = []
        for piece in _PIECE.finditer(found["left"]):
            if piece["operator"]:
                words.append(_PYTHON.get(piece["operator"], piece["operator"]))
            else:
                inputs.append((f"x{len(inputs) + 1}", number(piece["number"])))
                words.append(inputs[-1][0])
        if any(n.value.denominator != 1 for _, n in inputs) and not set(words) & {"+", "-"}:
            continue  # "0.520 × 0.5" may be a power whose superscript got lost
        yield Statement(
            kind="equation",
            expression=" ".join(words),
            inputs=tuple(inputs),
            stated=number(found["right"]),
            unit="",
            at=found.start("right"),
        )


def number(printed: str) -> Number:
    """Return a printed number ("1,104,934", "68.2", "433k", "−3"); raises ValueError for anything else."""
    plain = printed.strip().replace(",", "").replace("−", "-")
    if not re.fullmatch(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?[kKMB]?", plain):
        raise ValueError(f"{printed!r} is no number")
    scale = _SCALES.get(plain[-1], 1)
    digits = plain.rstrip("kKMB")
    places = len(digits.partition(".")[2])
    rounded = places > 0 or scale != 1
    half = Fraction(scale, 2 * 10**places) if rounded else Fraction(0)
    return Number(printed=printed.strip(), value=Fraction(digits) * scale, half=half)

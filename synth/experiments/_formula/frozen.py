"""A statement goes in, the parameters that freeze it come out; parameters in, the expression to run out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from synth.errors import InputError
from synth.experiments._formula.program import BadExpression, evaluate, names, shown
from synth.experiments._formula.stated import (
    ABOUT,
    ALTERED,
    Number,
    Statement,
    idle_input,
    spelled,
    tolerance,
    unit_words,
)
from synth.records import Pairs
from synth.trials import Hypothesis

ARMS = ("recomputed", "altered")
_PRINTED = re.compile(r" \((?:exact|±[^()]*)\)$")
_DIGITS = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
_ONE = re.compile(r"([A-Za-z]\w{0,31})=(-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:E[+-]?[0-9]{1,3})?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """An expression and for each arm the decimal inputs it is worked out on."""

    expression: str
    arms: Mapping[str, Mapping[str, str]]

    def json(self) -> dict[str, object]:
        """Return what the program reads."""
        return {"expression": self.expression, **self.arms}

    def value(self, arm: str) -> str:
        """Return what the program must write for ``arm``; raises InputError where there is no value."""
        try:
            inputs = {name: Fraction(value) for name, value in self.arms[arm].items()}
            return shown(evaluate(self.expression, inputs))
        except BadExpression as error:
            raise InputError(f"the spec's {self.expression}: {error}", remedy="draft it anew") from error


def parameters(key: str, statement: Statement) -> Pairs:
    """Return all of ``statement`` as text: what ``formula`` reads back, and what a person should see."""
    given = statement.fixed is not None
    how = "given" if given else "half a unit of every last printed digit, carried through"
    printed = "; ".join(f"{name}={_printed(number)}" for name, number in statement.inputs)
    return (
        (f"{key}.altered", _values(statement.altered)),
        (f"{key}.expression", statement.expression),
        (f"{key}.kind", statement.kind),
        (f"{key}.printed", printed),
        (f"{key}.recomputed", _values(statement.values)),
        (f"{key}.stated", f"{statement.stated.printed}{unit_words(statement)}"),
        (f"{key}.tolerance", f"{tolerance(statement):f} ({how})"),
    )


def formula(frozen: Pairs, key: str) -> Formula:
    """Return the expression called ``key``; raises InputError where the parameters do not hold it whole."""
    known = dict(frozen)
    names = [f"{key}.{part}" for part in ("expression", *ARMS)]
    if any(name not in known for name in names):
        raise InputError(f"the spec holds no expression called {key}", remedy="draft it anew")
    arms: dict[str, dict[str, str]] = {}
    for arm in ARMS:
        pairs = [_ONE.fullmatch(text) for text in known[f"{key}.{arm}"].split("; ")]
        arms[arm] = {found[1]: found[2] for found in pairs if found}
        if len(arms[arm]) != len(pairs):
            raise InputError(f"the spec's inputs of {key} are no decimals", remedy="draft it anew")
    return Formula(expression=known[f"{key}.expression"], arms=arms)


def departing(frozen: Pairs, hypothesis: Hypothesis) -> str:
    """Return where a hypothesis is not about the numbers that the parameters of its key hold, or ""."""
    known, key, rule = dict(frozen), hypothesis.key, hypothesis.rule
    try:
        made = formula(frozen, key)
        inputs = {name: Fraction(value) for name, value in made.arms["recomputed"].items()}
        altered = {name: Fraction(value) for name, value in made.arms["altered"].items()}
        printed = dict(one.split("=", 1) for one in known[f"{key}.printed"].split("; "))
        stated, slack = known[f"{key}.stated"], float(known[f"{key}.tolerance"].partition(" ")[0])
        fine = tuple(sorted(inputs)) == names(made.expression) and not idle_input(made.expression, inputs)
    except (InputError, BadExpression, KeyError, ValueError) as error:
        return f"its parameters hold no statement called {key[:40]!r} ({type(error).__name__})"
    first = next(iter(inputs))
    numbers = {name: _PRINTED.sub("", text) for name, text in printed.items()}
    due = {name: v * ALTERED if name == first else v for name, v in inputs.items()}
    words = f"{spelled(made.expression, numbers)} = {stated}"
    told = (
        (fine and list(numbers) == list(inputs), "its expression does not use its inputs"),
        (altered == due, "its control is not the first input half as large again"),
        (
            hypothesis.text.startswith(ABOUT) and hypothesis.text.endswith(f" [{words}]"),
            "its text is another",
        ),
        (slack == rule.tolerance, "its tolerance is not the one it explains"),
        (_names(stated, Fraction(str(rule.reported or 0.0))), "it reports another value than it prints"),
        (all(_names(numbers[n], v) for n, v in inputs.items()), "its inputs are not those it prints"),
    )
    return next((f"{key[:40]}: {what}" for holds, what in told if not holds), "")


def _names(printed: str, value: Fraction) -> bool:
    """Whether ``printed`` may name ``value``: its digits, whatever sign, scale and unit stand beside them."""
    found = _DIGITS.search(printed)
    if found is None:
        return True  # a number in words
    plain = Fraction(found[0].replace(",", ""))
    return plain * 100 == abs(value) or any(plain * 10**n == abs(value) for n in (0, 3, 6, 9, 12))


def _printed(number: Number) -> str:
    return number.printed + (f" (±{shown(number.half)})" if number.half else " (exact)")


def _values(values: Mapping[str, Fraction]) -> str:
    return "; ".join(f"{name}={shown(value)}" for name, value in values.items())

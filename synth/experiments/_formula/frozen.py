"""A statement goes in, the parameters that freeze it come out; parameters in, the expression to run out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from synth.errors import InputError
from synth.experiments._formula.program import BadExpression, evaluate, shown
from synth.experiments._formula.stated import Number, Statement, tolerance, unit_words
from synth.records import Pairs

ARMS = ("recomputed", "altered")
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


def _printed(number: Number) -> str:
    return number.printed + (f" (±{shown(number.half)})" if number.half else " (exact)")


def _values(values: Mapping[str, Fraction]) -> str:
    return "; ".join(f"{name}={shown(value)}" for name, value in values.items())

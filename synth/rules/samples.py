"""Measured rows go in, one exact number a seed and arm comes out, or what keeps the rows from giving it.

A float counts as the decimal that it prints, so that a value on the edge of a tolerance is on the edge
whatever binary fraction holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

from synth.trials import Cells, Row, Rule

_LARGEST = 1e100  # squares and sums of it are finite
_Key = tuple[str, str, str, str, str, int]
Values = Mapping[int, Fraction]
"""Seed -> the mean over all cells of one arm; a seed that lacks a cell is absent."""


class Sample:
    """The rows of one run, looked up by arm, seed and cell."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows: dict[_Key, Fraction] = {}
        self._faults: dict[_Key, str] = {}
        self._seeds = sorted({row.seed for row in rows})
        for row in rows:
            key = (row.arm, row.metric, row.split, row.task, row.language, row.seed)
            if not abs(row.value) < _LARGEST:  # NaN compares false
                self._faults[key] = "is no usable number"
            elif key in self._rows:
                self._faults[key] = "was measured twice"
            else:
                self._rows[key] = exact(row.value)

    def fault(self, arm: str, cells: Cells) -> str:
        """Return what is wrong with the rows of ``arm`` in ``cells``, or ""."""
        for seed in self._seeds:
            for key in _keys(arm, cells, seed):
                if key in self._faults:
                    return f"{cells.metric} of {arm} in seed {seed} {self._faults[key]}"
        return ""

    def values(self, arm: str, cells: Cells) -> Values:
        """Return the mean over ``cells`` of ``arm`` for each seed that has every cell."""
        found: dict[int, Fraction] = {}
        for seed in self._seeds:
            keys = _keys(arm, cells, seed)
            if keys and all(key in self._rows and key not in self._faults for key in keys):
                found[seed] = sum((self._rows[key] for key in keys), Fraction(0)) / len(keys)
        return found

    def best(self, rule: Rule) -> Values:
        """Return for each seed the value of the choice best on ``chosen_on``; of equals, the first."""
        if rule.chosen_on is None:
            return {}
        marks = {arm: self.values(arm, rule.chosen_on) for arm in rule.choices}
        values = {arm: self.values(arm, rule.cells) for arm in rule.choices}
        found: dict[int, Fraction] = {}
        for seed in self._seeds:
            if all(seed in marks[arm] for arm in rule.choices):
                chosen = _best(rule.choices, marks, seed)
                if seed in values[chosen]:
                    found[seed] = values[chosen][seed]
        return found


def differences(values: Values, others: Values) -> Values:
    """Return ``values`` minus ``others`` for the seeds that both have."""
    return {seed: value - others[seed] for seed, value in values.items() if seed in others}


def exact(value: float) -> Fraction:
    """Return the shortest decimal that ``value`` prints as."""
    return Fraction(repr(float(value)))


def _keys(arm: str, cells: Cells, seed: int) -> list[_Key]:
    pairs = product(cells.tasks, cells.languages)
    return [(arm, cells.metric, cells.split, task, language, seed) for task, language in pairs]


def _best(choices: Sequence[str], marks: Mapping[str, Values], seed: int) -> str:
    return max(choices, key=lambda arm: marks[arm][seed])

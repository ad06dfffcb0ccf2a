"""Gold and predicted values by item in, one number out: the metrics that repro.toml may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

Values = Sequence[object]


def accuracy(gold: Values, said: Values) -> float:
    """Return the share of items predicted exactly, in percent."""
    return 100.0 * sum(_same(g, s) for g, s in zip(gold, said, strict=True)) / len(gold)


def macro_f1(gold: Values, said: Values) -> float:
    """Return the unweighted mean of F1 over the classes of gold and predictions, in percent."""
    names = sorted({str(g) for g in gold} | {str(s) for s in said})
    return 100.0 * sum(_f1(name, gold, said) for name in names) / len(names)


def mean_absolute_error(gold: Values, said: Values) -> float:
    """Return the mean of absolute differences, in the unit of the values."""
    pairs = _numbers(gold, said)
    return sum(abs(g - s) for g, s in pairs) / len(pairs)


def root_mean_squared_error(gold: Values, said: Values) -> float:
    """Return the root of the mean squared difference, in the unit of the values."""
    pairs = _numbers(gold, said)
    return sqrt(sum((g - s) ** 2 for g, s in pairs) / len(pairs))


def pearson(gold: Values, said: Values) -> float:
    """Return Pearson's correlation in [-1, 1]; 0 where one side does not vary."""
    pairs = _numbers(gold, said)
    mean_g, mean_s = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
    both = sum((g - mean_g) * (s - mean_s) for g, s in pairs)
    spread = sqrt(sum((g - mean_g) ** 2 for g, _ in pairs) * sum((s - mean_s) ** 2 for _, s in pairs))
    return both / spread if spread else 0.0


def spearman(gold: Values, said: Values) -> float:
    """Return Spearman's rank correlation in [-1, 1], ties by their mean rank."""
    pairs = _numbers(gold, said)
    left, right = (_ranks(side) for side in zip(*pairs, strict=True))
    return pearson(left, right)


METRICS: dict[str, Callable[[Values, Values], float]] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "mean_absolute_error": mean_absolute_error,
    "pearson": pearson,
    "root_mean_squared_error": root_mean_squared_error,
    "spearman": spearman,
}
NUMERIC = ("mean_absolute_error", "pearson", "root_mean_squared_error", "spearman")
OWN_FIGURE = "value"
"""The metric of a script that reports its own number: nothing is recomputed, so it settles little."""


def _same(gold: object, said: object) -> bool:
    return type(gold) is type(said) and gold == said


def _f1(name: str, gold: Values, said: Values) -> float:
    both = sum(str(g) == name == str(s) for g, s in zip(gold, said, strict=True))
    sides = sum(str(g) == name for g in gold) + sum(str(s) == name for s in said)
    return 2.0 * both / sides if sides else 0.0


def _numbers(gold: Values, said: Values) -> list[tuple[float, float]]:
    return [(float(str(g)), float(str(s))) for g, s in zip(gold, said, strict=True)]


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    first = {v: at for at, v in reversed(list(enumerate(ordered)))}
    count = {v: ordered.count(v) for v in first}
    return [first[v] + (count[v] - 1) / 2.0 for v in values]

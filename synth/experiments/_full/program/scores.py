"""Dev rows and predictions go in, a number from 0 to 1 comes out: for early stopping, never for a verdict."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from .plan import Task
from .rows import Row

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
Prediction = Mapping[str, object]


def score(rows: Sequence[Row], predictions: Sequence[Prediction], task: Task) -> float:
    """Return the task's metric of ``predictions``, in the order of ``rows``."""
    metric: dict[str, Callable[[Sequence[Row], Sequence[Prediction], Task], float]] = {
        "accuracy": _accuracy,
        "accuracy_f1": _accuracy_f1,
        "span": _span,
        "entities": _entities,
    }
    return metric[task.metric](rows, predictions, task)


def _pairs(rows: Sequence[Row], predictions: Sequence[Prediction]) -> Iterator[tuple[int, int]]:
    """Yield gold and predicted label of every item: row or word."""
    for row, prediction in zip(rows, predictions, strict=True):
        made = prediction["tags"] if "tags" in prediction else [prediction["label"]]
        assert isinstance(made, list)
        yield from zip(row.labels, made, strict=True)


def _accuracy(rows: Sequence[Row], predictions: Sequence[Prediction], _: Task) -> float:
    pairs = list(_pairs(rows, predictions))
    return sum(gold == made for gold, made in pairs) / len(pairs)


def _accuracy_f1(rows: Sequence[Row], predictions: Sequence[Prediction], task: Task) -> float:
    """Return the mean of accuracy and the F1 of label 1, as GLUE scores QQP."""
    counts = Counter(_pairs(rows, predictions))
    found = sum(n for (gold, made), n in counts.items() if gold == made == 1)
    wrong = sum(n for (gold, made), n in counts.items() if gold != made and 1 in (gold, made))
    return (_accuracy(rows, predictions, task) + _ratio(2 * found, 2 * found + wrong)) / 2


def _span(rows: Sequence[Row], predictions: Sequence[Prediction], _: Task) -> float:
    """Return the mean of exact match and token F1, the best over gold answers (Rajpurkar et al., 2016)."""
    total = 0.0
    for row, prediction in zip(rows, predictions, strict=True):
        made = _normal(str(prediction["text"]))
        golds = [_normal(answer.text) for answer in row.answers] or [[]]
        total += max((gold == made) + _overlap(gold, made) for gold in golds) / 2
    return total / len(rows)


def _normal(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def _overlap(gold: list[str], made: list[str]) -> float:
    if not gold or not made:
        return float(gold == made)
    return _ratio(2 * sum((Counter(gold) & Counter(made)).values()), len(gold) + len(made))


def _entities(rows: Sequence[Row], predictions: Sequence[Prediction], task: Task) -> float:
    """Return the F1 of whole entities in IOB2 (CoNLL: an I- without its B- begins one, too)."""
    both = gold_count = made_count = 0
    for row, prediction in zip(rows, predictions, strict=True):
        tags = prediction["tags"]
        assert isinstance(tags, list)
        gold, made = set(_spans(row.labels, task.labels)), set(_spans(tags, task.labels))
        both, gold_count, made_count = both + len(gold & made), gold_count + len(gold), made_count + len(made)
    return _ratio(2 * both, gold_count + made_count)


def _spans(tags: Sequence[int], labels: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    start, kind = 0, ""
    for n, name in enumerate([*(labels[tag] for tag in tags), "O"]):
        prefix, _, found = name.partition("-")
        if kind and (prefix != "I" or found != kind):
            yield start, n, kind
            kind = ""
        if found and not kind:
            start, kind = n, found


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

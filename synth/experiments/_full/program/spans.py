"""Scores of starts and ends in each window go in, one answer text a row comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .encode import Feature
from .plan import Task
from .rows import Row

Floats = NDArray[np.float32]


def answers(
    rows: Sequence[Row], features: Sequence[Feature], scores: Mapping[int, Floats], task: Task
) -> list[str]:
    """Return the best answer of each row over its windows; "" where ``task.null`` and nothing beats it.

    ``scores[n]`` are start and end logits of feature ``n``, shape (tokens, 2). Best is the highest sum of
    both among the ``nbest`` best starts and ends, at most ``longest`` tokens long, as in the SQuAD 2 baseline
    of Devlin et al. (2019); the null score is the lowest sum at the first token over windows.
    """
    texts = [""] * len(rows)
    best = np.full(len(rows), -np.inf)
    null = np.full(len(rows), np.inf)
    for n, feature in enumerate(features):
        null[feature.row] = min(null[feature.row], float(scores[n][0].sum()))
        found = _best(feature, scores[n], task)
        if found is not None and found[0] > best[feature.row]:
            best[feature.row] = found[0]
            texts[feature.row] = rows[feature.row].texts[1][found[1] : found[2]].strip()
    if not task.null:
        return texts
    return ["" if null[n] > best[n] else text for n, text in enumerate(texts)]


def _best(feature: Feature, scores: Floats, task: Task) -> tuple[float, int, int] | None:
    """Return score and code points of the best span of one window, or None where it holds no context."""
    inside = np.flatnonzero(feature.places[:, 0] >= 0)
    if not len(inside):
        return None
    # stable sorts, so that equal scores give the same answer everywhere
    starts = inside[np.argsort(-scores[inside, 0], kind="stable")[: task.nbest]]
    ends = inside[np.argsort(-scores[inside, 1], kind="stable")[: task.nbest]]
    sums = scores[starts, 0][:, None] + scores[ends, 1][None, :]
    lengths = ends[None, :] - starts[:, None] + 1
    sums = np.where((lengths >= 1) & (lengths <= task.longest), sums, -np.inf)
    place = int(sums.argmax())
    first, last = starts[place // len(ends)], ends[place % len(ends)]
    if not np.isfinite(sums.flat[place]):
        # no start of the best comes before an end of the best: the single best token stands for the span
        first = last = inside[int((scores[inside, 0] + scores[inside, 1]).argmax())]
    score = float(scores[first, 0] + scores[last, 1])
    return score, int(feature.places[first, 0]), int(feature.places[last, 1])

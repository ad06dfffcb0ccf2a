"""A model, rows and their features go in, one prediction a row comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import nearest
from .encode import Feature, Tokenizer, encode
from .model import autocast, hidden, logits
from .plan import Plan, Task
from .rows import Row
from .spans import answers
from .workers import Worker

Prediction = dict[str, Any]


class Encoded(NamedTuple):
    """Rows beside their features."""

    rows: Sequence[Row]
    features: Sequence[Feature]


class Setting(NamedTuple):
    """What every prediction needs beside model and rows."""

    plan: Plan
    worker: Worker
    tokenizer: Tokenizer


def encoded(rows: Sequence[Row], task: Task, tokenizer: Tokenizer) -> Encoded:
    """Return ``rows`` with their features."""
    return Encoded(rows, encode(rows, task, tokenizer))


def predict(model: Any, head: str, task: Task, some: Encoded, setting: Setting) -> list[Prediction]:
    """Return the prediction of each row by the head called ``head``, the same in every process."""

    def through(features: list[Feature]) -> list[Any]:
        pad, device = setting.tokenizer.pad, setting.worker.device
        outputs = logits(model, head, task, features, pad=pad, device=device).cpu().numpy()
        if task.kind in ("classify", "choice"):
            return list(outputs)
        return [output[: feature.length] for output, feature in zip(outputs, features, strict=True)]

    if task.kind in ("classify", "choice"):
        return _labels(some, _over(through, model, some.features, setting))
    if task.kind == "span":
        found = answers(some.rows, some.features, _over(through, model, some.features, setting), task)
        return [{"id": row.id, "text": text} for row, text in zip(some.rows, found, strict=True)]
    return _tags(some, _over(through, model, some.features, setting))


def vectors(model: Any, features: Sequence[Feature], setting: Setting) -> Any:
    """Return unit vectors, shape (features, size): the mean of the plan's hidden layer over all tokens.

    Begin and end of the sentence count as tokens, as in the authors' code and in XTREME's.
    """
    import torch
    from torch.nn import functional

    plan, worker = setting.plan, setting.worker
    size = model["encoder"].config.hidden_size
    made = torch.zeros(len(features), size, device=worker.device)

    def through(some: list[Feature]) -> list[None]:
        layers, mask = hidden(model, some, pad=setting.tokenizer.pad, device=worker.device, every=True)
        weights = mask[..., None].float()
        pooled = (layers[plan.layer].float() * weights).sum(dim=1) / weights.sum(dim=1)
        places = torch.tensor([feature.row for feature in some], device=worker.device)
        made[places] = functional.normalize(pooled, dim=1)
        return [None] * len(some)

    _over(through, model, features, setting)
    worker.sum([made])
    return made


def retrieve(model: Any, task: Task, sides: tuple[Encoded, Encoded], setting: Setting) -> list[Prediction]:
    """Return the nearest of the other side: of each source, and by margin of each target, too."""
    source, target = (vectors(model, side.features, setting) for side in sides)
    ids = [[row.id for row in side.rows] for side in sides]
    if task.score == "cosine":
        return _near("source", ids[0], ids[1], nearest.cosine(source, target, nearest=task.nearest), task)
    there, back = nearest.margin(source, target, neighbours=task.neighbours, nearest=task.nearest)
    return _near("source", ids[0], ids[1], there, task) + _near("target", ids[1], ids[0], back, task)


def _near(
    side: str, own: list[str], other: list[str], found: tuple[Any, Any], task: Task
) -> list[Prediction]:
    scores, places = (part.cpu().numpy() for part in found)
    kept = np.arange(len(own))
    if task.score == "margin" and 0 < task.keep < len(own):
        kept = np.sort(np.argsort(-scores[:, 0], kind="stable")[: task.keep])
    return [
        {
            "id": own[n],
            "side": side,
            "near": [other[place] for place in places[n]],
            "scores": [round(float(score), 6) for score in scores[n]],
        }
        for n in kept
    ]


def _over(
    through: Callable[[list[Feature]], list[Any]], model: Any, features: Sequence[Feature], setting: Setting
) -> dict[int, Any]:
    """Return what ``through`` makes of each feature, by its number, gathered over all processes.

    Batches are of like length and the same however many processes share them.
    """
    import torch

    size = setting.plan.recipe.predict_batch
    order = sorted(range(len(features)), key=lambda n: (features[n].length, n))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    found: dict[int, Any] = {}
    model.eval()
    with torch.inference_mode(), autocast(setting.plan):
        for _, batch in setting.worker.mine(batches):
            found.update(zip(batch, through([features[n] for n in batch]), strict=True))
    return setting.worker.gathered(found)


def _labels(some: Encoded, found: dict[int, Any]) -> list[Prediction]:
    return [{"id": row.id, "label": int(found[n].argmax())} for n, row in enumerate(some.rows)]


def _tags(some: Encoded, found: dict[int, Any]) -> list[Prediction]:
    tags = [[0] * len(row.texts) for row in some.rows]
    for n, feature in enumerate(some.features):
        for token in np.flatnonzero(feature.places >= 0):
            tags[feature.row][feature.places[token]] = int(found[n][token].argmax())
    return [{"id": row.id, "tags": made} for row, made in zip(some.rows, tags, strict=True)]

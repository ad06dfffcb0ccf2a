"""A plan, raw predictions and gold in, measured rows out: the field's metrics, computed outside the seal.

Each language gets a row for each metric, and a row "score": what XTREME averages (accuracy; F1; the mean of
F1 and exact match for questions; for BUCC the F1 of mining, for its gold pairs accuracy). "zero-shot" stands
for the mean of "score" over all languages but English, "all" for the mean with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from synth.errors import InputError
from synth.experiments._full import predictions
from synth.experiments._full.metrics import answers, labels, retrieval, tagging
from synth.experiments._full.tasks import NER, TASKS, Task
from synth.trials import Row

Found = list[tuple[str, float, int]]
"""(metric, points, items), the one called "score" last."""
_MOST_GOLD = 256 << 20


def measure(plan: Mapping[str, Any], seed: int, *, outputs: Path, gold: Path) -> tuple[Row, ...]:
    """Return the rows of ``seed``, arm by arm; raises InputError for predictions in another format."""
    rows: list[Row] = []
    for arm in (one["name"] for one in plan["arms"]):
        for target in plan["targets"]:
            rows += _dev(arm, target, seed, outputs=outputs, gold=gold)
        for files in (*(p for t in plan["targets"] for p in t["predict"]), *plan["retrieval"]):
            rows += _task(arm, TASKS[files["task"]], files["files"], seed, outputs=outputs, gold=gold)
    return tuple(rows)


def _dev(arm: str, target: Mapping[str, Any], seed: int, *, outputs: Path, gold: Path) -> Iterator[Row]:
    """Give the rows of the English dev set that stopped a training, under its first target's name."""
    task = TASKS[target["train"]]
    known = _gold(gold / "dev" / f"{task.name}.json")
    found = _labelled(task, outputs / arm / "dev" / f"{target['name']}.jsonl", known["gold"], "en")
    for metric, value, n in found:
        yield _row(seed, arm, target["predict"][0]["task"], "en", "dev", metric, value, n)


def _task(arm: str, task: Task, stems: list[str], seed: int, *, outputs: Path, gold: Path) -> Iterator[Row]:
    scores: dict[str, dict[str, tuple[float, int]]] = {}
    thresholds: dict[str, float] = {}
    for stem in stems:
        split, code = stem.split("-", maxsplit=1)
        known = _gold(gold / task.name / f"{stem}.json")
        file = outputs / arm / task.name / f"{stem}.jsonl"
        if task.kind == "retrieve":
            found = _retrieved(task, file, known, thresholds, code)
        else:
            found = _labelled(task, file, known["gold"], code)
        for metric, value, n in found:
            yield _row(seed, arm, task.name, code, split, metric, value, n)
            if metric == "score":
                scores.setdefault(split, {})[code] = (value, n)
    for split, by_code in scores.items():
        for name, kept in (("all", by_code), ("zero-shot", {c: v for c, v in by_code.items() if c != "en"})):
            if kept:
                mean = sum(value for value, _ in kept.values()) / len(kept)
                n = sum(n for _, n in kept.values())
                yield _row(seed, arm, task.name, name, split, "score", mean, n)


def _labelled(task: Task, file: Path, gold: Mapping[str, Any], code: str) -> Found:
    n = len(gold)
    match task.kind:
        case "span":
            normal = answers.mlqa(code) if task.name == "mlqa" else answers.squad
            texts = predictions.answers(file, gold=gold)
            matches = (
                answers.match(text, known, normal=normal, null=task.null)
                for text, known in zip(texts, gold.values(), strict=True)
            )
            mean = answers.mean(matches)
            return [("f1", mean.f1, n), ("em", mean.exact, n), ("score", (mean.f1 + mean.exact) / 2, n)]
        case "tag":
            tags = predictions.tags(file, gold=gold, many=len(task.labels))
            names = [[task.labels[tag] for tag in row] for row in tags]
            known = [[task.labels[tag] for tag in row] for row in gold.values()]
            f1 = tagging.entity_f1 if task.labels == NER else tagging.pos_f1
            value = f1(known, names)
            return [("f1", value, n), ("score", value, n)]
        case _:
            many = task.choices or len(task.labels)
            value = labels.accuracy(list(gold.values()), predictions.labels(file, gold=gold, many=many))
            return [("accuracy", value, n), ("score", value, n)]


def _retrieved(
    task: Task, file: Path, known: Mapping[str, Any], thresholds: dict[str, float], code: str
) -> Found:
    """Return accuracy, or for BUCC F1 of mining with the threshold that a language's dev files gave."""
    pairs = {(source, target) for source, target in known["gold"]}
    near = predictions.near(file, sides=dict(zip(("source", "target"), known["sides"], strict=True)))
    if task.name != "bucc":
        nearest = {one.id: one.near[0] for one in near if one.side == "source"}
        try:
            value = retrieval.accuracy(nearest, pairs)
        except ValueError as error:
            raise InputError(
                f"{file.parent.name}/{file.name}: {error}", remedy="run the seed again"
            ) from error
        return [("accuracy", value, len(pairs)), ("score", value, len(pairs))]
    # a sentence that stands twice takes part in mining but names no id: dropped afterwards, as XTREME does
    sources, targets = map(frozenset, known["repeated"])
    mined = [
        p for p in retrieval.mine(_candidates(near)) if p.source not in sources and p.target not in targets
    ]
    tuned = retrieval.tune(mined, pairs)
    own = retrieval.mined_f1(mined, pairs, threshold=tuned)
    fair = retrieval.mined_f1(mined, pairs, threshold=thresholds.setdefault(code, tuned))
    n = len(pairs)
    return [
        ("f1", fair.f1, n),
        ("precision", fair.precision, n),
        ("recall", fair.recall, n),
        ("f1-tuned-on-itself", own.f1, n),
        ("score", fair.f1, n),
    ]


def _candidates(near: list[predictions.Near]) -> Iterator[retrieval.Pair]:
    for one in near:
        ends = (one.id, one.near[0]) if one.side == "source" else (one.near[0], one.id)
        yield retrieval.Pair(*ends, one.scores[0])


def _gold(file: Path) -> dict[str, Any]:
    if not file.is_file() or file.stat().st_size > _MOST_GOLD:
        raise InputError(
            f"the gold file {file.parent.name}/{file.name} is not there", remedy="prepare the seed again"
        )
    known: dict[str, Any] = json.loads(file.read_bytes())
    return known


def _row(seed: int, arm: str, task: str, language: str, split: str, metric: str, value: float, n: int) -> Row:
    return Row(seed=seed, arm=arm, task=task, language=language, split=split, metric=metric, value=value, n=n)

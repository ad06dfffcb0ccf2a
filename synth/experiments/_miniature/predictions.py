"""What a sealed run wrote and the gold that stayed outside go in, measured rows come out.

Predictions are hostile: exactly one plain file an arm, of bounded size, holding exactly the whole numbers and
digits that the gold asks for; anything else is an InputError that names the file.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from synth.errors import InputError
from synth.experiments._miniature.hypotheses import METRIC
from synth.trials import Row

GOLD = "gold.json"
MOST_BYTES = 8 * 1024 * 1024
UNTRAINED = ("alignment", "retrieval", "retrieval_uncentred")
"""What is asked of every arm; the other tasks are asked of those that train for a target."""
Gold = dict[str, dict[str, list[Any]]]
"""Labels by task and "language/split"."""
_SHOWN = 60
_RANGE = 1_000_000


def measured(
    seed: int,
    *,
    outputs: Path,
    gold: Path,
    tasks: Sequence[str],
    arms: Sequence[tuple[str, bool]],
    positions: int,
    known: Gold | None,
) -> tuple[Row, ...]:
    """Return a row for each arm, task, language and split, in points; ``arms`` are (name, untrained).

    ``tasks`` are those that the gold must hold; it must be ``known`` where that is made again from the seed.

    Alignment and retrieval are accuracies at rank 1, question answering is exact match of the span, tagging
    is accuracy over words, inference over pairs. Raises InputError for files that are not as they should be.
    """
    right = _asked(gold / GOLD, tasks)
    if known is not None and right != known:
        _refuse(gold / GOLD, f"is not the gold of seed {seed}")
    right |= {"retrieval_uncentred": right["retrieval"]}
    _only(outputs, {f"{name}.json" for name, _ in arms})
    rows: list[Row] = []
    for name, untrained in arms:
        path = outputs / f"{name}.json"
        told = _keys(_read(path), UNTRAINED if untrained else tuple(right), path)
        for task in told:
            rows += _rows(told[task], right[task], seed=seed, arm=name, task=task, path=path, limit=positions)
    return tuple(rows)


def _asked(path: Path, tasks: Sequence[str]) -> Gold:
    """Return the gold by task and "language/split"; an attempt of a stranger brings its own."""
    right = _keys(_read(path), tasks, path)
    for task, places in right.items():
        if not isinstance(places, dict) or not places:
            _refuse(path, f"{task} is not by language")
        for place, labels in places.items():
            if not isinstance(labels, list) or not labels or not all(_is_label(task, one) for one in labels):
                _refuse(path, f"{task} {_short(place)} has no labels of its kind")
    return right


def _is_label(task: str, label: Any) -> bool:
    if task not in ("qa", "tagging"):
        return type(label) is int
    return (
        isinstance(label, list)
        and all(type(one) is int and 0 <= one < (10 if task == "tagging" else _RANGE) for one in label)
        and (len(label) == 2 if task == "qa" else len(label) > 0)
    )


def _rows(
    told: Any, right: dict[str, list[Any]], *, seed: int, arm: str, task: str, path: Path, limit: int
) -> Iterator[Row]:
    told = _keys(told, tuple(right), path)
    for place, wanted in right.items():
        found = told[place]
        if not isinstance(found, list) or len(found) != len(wanted):
            _refuse(path, f"{task} {place} is not a list of {len(wanted)}")
        hits, n = 0, 0
        for prediction, gold in zip(found, wanted, strict=True):
            one, of = _score(task, prediction, gold, limit=limit, pool=len(wanted), path=path)
            hits, n = hits + one, n + of
        language, _, split = place.partition("/")
        yield Row(
            seed=seed, arm=arm, task=task, language=language, split=split or "test", metric=METRIC,
            value=100 * hits / n, n=n,
        )  # fmt: skip


def _score(task: str, prediction: Any, gold: Any, *, limit: int, pool: int, path: Path) -> tuple[int, int]:
    """Return how many were right, of how many."""
    if task == "qa":
        if not isinstance(prediction, list) or len(prediction) != 2:
            _refuse(path, f"{task} has {_short(prediction)} in place of [first, last]")
        first, last = (_whole(p, limit, task, path) for p in prediction)
        return int([first, last] == gold), 1
    if task == "tagging":
        wanted = "".join(map(str, gold))
        if not isinstance(prediction, str) or len(prediction) != len(wanted):
            _refuse(path, f"{task} has {_short(prediction)} in place of {len(wanted)} digits")
        if not (prediction.isascii() and prediction.isdigit()):
            _refuse(path, f"{task} has {_short(prediction)}, which are not digits")
        return sum(a == b for a, b in zip(prediction, wanted, strict=True)), len(wanted)
    return int(_whole(prediction, 3 if task == "nli" else pool, task, path) == gold), 1


def _whole(value: Any, limit: int, task: str, path: Path) -> int:
    # a bool is an int to isinstance
    if type(value) is not int or not 0 <= value < limit:
        _refuse(path, f"{task} has {_short(value)} in place of a whole number below {limit}")
    return value


def _keys(value: Any, wanted: Sequence[str], path: Path) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(wanted):
        _refuse(path, f"has not exactly the keys {', '.join(wanted)}")
    return {name: value[name] for name in wanted}


def _only(folder: Path, wanted: set[str]) -> None:
    """Refuse a folder that holds anything but the files ``wanted``."""
    try:
        found = {entry.name for entry in os.scandir(folder)}
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}", remedy="run the seed again") from error
    if wanted - found:
        _refuse(folder / min(wanted - found), "is missing")
    if found - wanted:
        _refuse(folder, f"{_short(min(found - wanted))} was not asked for")


def _read(path: Path) -> Any:
    """Return the JSON of a plain file of bounded size, without fractions, infinities or repeated keys."""
    raw = _content(path)
    try:
        return json.loads(
            raw.decode(), parse_float=_no_number, parse_constant=_no_number, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise InputError(f"{path}: {why}", remedy="run the seed again") from error


def _content(path: Path) -> bytes:
    try:
        # a link is not followed and a pipe does not block; what was opened is what is checked
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", remedy="run the seed again") from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            _refuse(path, "is not a plain file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            raw = file.read(MOST_BYTES + 1)
    finally:
        os.close(handle)
    if len(raw) > MOST_BYTES:
        _refuse(path, f"is larger than {MOST_BYTES} bytes")
    return raw


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word[:_SHOWN]} is not a whole number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _short(value: object) -> str:
    words = ascii(value) if isinstance(value, (int, str, bool, type(None))) else type(value).__name__
    return words if len(words) <= _SHOWN else words[:_SHOWN] + "..."


def _refuse(path: Path, why: str) -> NoReturn:
    raise InputError(f"{path}: {why}", remedy="run the seed again")

"""A file of raw predictions and its gold in, checked predictions out: everything in the file is hostile.

A file has one line for each row that was asked for, no other ids, no id twice, values of the right type and
size. Anything else ends the measuring with the file's name and line.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from synth.errors import InputError

T = TypeVar("T")

MOST_LINE = 1 << 20
MOST_BYTES = 256 << 20
MOST_ANSWER = 20_000
MOST_NEAR = 64


class Near(NamedTuple):
    """What lies nearest to ``id``, a sentence of ``side`` ("source" or "target"), best first."""

    side: str
    id: str
    near: tuple[str, ...]
    scores: tuple[float, ...]


def labels(file: Path, *, gold: Mapping[str, int], many: int) -> list[int]:
    """Return one label in [0, ``many``) for each row of ``gold``, in its order."""
    return _one_each(file, gold, lambda raw: _number(raw, "label", many))


def answers(file: Path, *, gold: Mapping[str, object]) -> list[str]:
    """Return one answer for each row of ``gold``, in its order; "" says that there is none."""

    def read(raw: Mapping[str, Any]) -> str:
        text = raw["text"]
        if not isinstance(text, str) or len(text) > MOST_ANSWER:
            raise ValueError(f"text is no text of at most {MOST_ANSWER} characters")
        return text

    return _one_each(file, gold, read)


def tags(file: Path, *, gold: Mapping[str, Sequence[int]], many: int) -> list[list[int]]:
    """Return a tag in [0, ``many``) for each word of each row of ``gold``, in its order."""

    def read(raw: Mapping[str, Any]) -> list[int]:
        found = raw["tags"]
        if not isinstance(found, list) or len(found) != len(gold[raw["id"]]):
            raise ValueError(f"{len(gold[raw['id']])} tags are wanted")
        return [_whole(tag, many) for tag in found]

    return _one_each(file, gold, read)


def near(file: Path, *, sides: Mapping[str, int]) -> list[Near]:
    """Return the neighbours in ``file``; ``sides`` says how many sentences each side has.

    No sentence of a side is listed twice. Ids of neighbours are texts of at most 100 characters.
    """
    found: dict[tuple[str, str], Near] = {}
    for number, raw in _lines(file, most=sum(sides.values())):
        try:
            one = _near(raw, sides)
            if (one.side, one.id) in found:
                raise ValueError("the row stands twice")
        except (KeyError, TypeError, ValueError) as error:
            raise _bad(file, number, error) from error
        found[one.side, one.id] = one
    for side, count in sides.items():
        if sum(one.side == side for one in found.values()) > count:
            raise InputError(f"{_name(file)} has more rows of the {side} side than there are", remedy=_REMEDY)
    return list(found.values())


_REMEDY = "the program that wrote it does not keep to the format; run the seed again"


def _near(raw: Mapping[str, Any], sides: Mapping[str, int]) -> Near:
    side, near, scores = raw["side"], raw["near"], raw["scores"]
    if side not in sides:
        raise ValueError("side is neither source nor target")
    if not isinstance(near, list) or not isinstance(scores, list) or len(near) != len(scores):
        raise ValueError("near and scores differ in length")
    if not 1 <= len(near) <= MOST_NEAR or not all(isinstance(n, str) and len(n) <= 100 for n in near):
        raise ValueError(f"near holds 1 to {MOST_NEAR} ids")
    if not all(type(x) in (int, float) and math.isfinite(x) for x in scores):
        raise ValueError("a score is no finite number")
    if not isinstance(raw["id"], str) or len(raw["id"]) > 100:
        raise ValueError("id is no id")
    return Near(side=side, id=raw["id"], near=tuple(near), scores=tuple(float(x) for x in scores))


def _one_each(file: Path, gold: Mapping[str, object], read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    found: dict[str, T] = {}
    for number, raw in _lines(file, most=len(gold)):
        try:
            name = raw["id"]
            if not isinstance(name, str) or name not in gold or name in found:
                raise ValueError("the id is unknown or stands twice")
            found[name] = read(raw)
        except (KeyError, TypeError, ValueError) as error:
            raise _bad(file, number, error) from error
    if len(found) != len(gold):
        raise InputError(f"{_name(file)} has {len(found)} rows of {len(gold)}", remedy=_REMEDY)
    return [found[name] for name in gold]


def _lines(file: Path, *, most: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (line number, object) of a plain file; never follows a link, never reads past the caps."""
    try:
        found = file.lstat()
    except OSError as error:
        raise InputError(f"{_name(file)} is not there: {error.strerror}", remedy=_REMEDY) from error
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        raise InputError(f"{_name(file)} is no plain file of at most {MOST_BYTES} bytes", remedy=_REMEDY)
    with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(MOST_LINE + 1), b""), start=1):
            if len(line) > MOST_LINE or number > most:
                raise InputError(f"{_name(file)}: line {number} is too long or one too many", remedy=_REMEDY)
            yield number, _object(file, number, line)


def _object(file: Path, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad(file, number, error) from error
    if not isinstance(raw, dict):
        raise _bad(file, number, ValueError("no JSON object"))
    return raw


def _number(raw: Mapping[str, Any], key: str, many: int) -> int:
    return _whole(raw[key], many)


def _whole(value: object, many: int) -> int:
    if type(value) is not int or not 0 <= value < many:
        raise ValueError(f"a whole number below {many} is wanted")
    return value


def _bad(file: Path, number: int, error: Exception) -> InputError:
    return InputError(f"{_name(file)}: line {number}: {error}", remedy=_REMEDY)


def _name(file: Path) -> str:
    return "/".join(file.parts[-3:])

"""Raw predictions and labels of one arm in, one number and its count of items out; both are hostile."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path

from synth.errors import InputError
from synth.experiments._script.metrics import METRICS, NUMERIC
from synth.text import printable

MOST_ITEMS = 5_000_000
MOST_BYTES = 512 * 1024 * 1024
_TYPES = {"str": "text", "int": "whole numbers", "float": "decimal numbers", "bool": "true or false"}


def content(path: Path) -> bytes:
    """Return a plain file; raises InputError where it is missing, a link or above 512 MB."""
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{path.parent.name}/{path.name} is missing", remedy="the command must write it")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} is larger than {MOST_BYTES // 2**20} MB", remedy="write less")
    return path.read_bytes()


def figure(raw: bytes, file: str) -> float:
    """Return the one finite number that ``raw`` is in JSON; raises InputError, naming ``file``."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown(file)} is no JSON number ({error})", remedy="write one number") from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InputError(f"{shown(file)} is no finite number", remedy="write one number")
    return float(value)


def computed(metric: str, raw: bytes, labels: bytes, *, file: str, gold: str) -> tuple[float, int]:
    """Return ``metric`` over the items of ``labels`` and how many they are.

    ``file`` and ``gold`` are what the user calls the two. Raises InputError, naming file and line, for lines
    that are no item, for items that are missing or unknown, and where no prediction can equal a label.
    """
    file, gold = shown(file), shown(gold)
    due = _values(labels, "label", gold, metric)
    said = _values(raw, "prediction", file, metric)
    if lost := sorted(set(due) - set(said)):
        raise InputError(f"{file} lacks {len(lost)} items, the first {shown(lost[0])}", remedy="predict all")
    if extra := sorted(set(said) - set(due)):
        raise InputError(f"{file} holds an unknown item {shown(extra[0])}", remedy="predict what is asked")
    if metric not in NUMERIC and not _types(due.values()) & _types(said.values()):
        raise InputError(
            f"no prediction can equal a label: {file} holds {_named(said)}, {gold} holds {_named(due)}",
            remedy="write predictions as the labels are written",
        )
    order = sorted(due)
    return METRICS[metric]([due[i] for i in order], [said[i] for i in order]), len(order)


def shown(text: str) -> str:
    """Return at most 80 printable characters of what a job or a spec called something."""
    return printable(text[:200])[:80]


def _types(values: Iterable[object]) -> set[str]:
    return {type(value).__name__ for value in values}


def _named(found: Mapping[str, object]) -> str:
    return " and ".join(sorted(_TYPES[one] for one in _types(found.values())))


def _values(raw: bytes, key: str, file: str, metric: str) -> Mapping[str, object]:
    """Return id -> value of JSON Lines; raises InputError naming file and line for anything else."""
    found: dict[str, object] = {}
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        item, value = _pair(line, key, f"{file}, line {number}")
        if isinstance(value, int | float) and not isinstance(value, bool) and not isfinite(value):
            raise InputError(f"{file}, line {number}: {key} is not finite", remedy="write finite numbers")
        if metric in NUMERIC and not isinstance(value, int | float):
            raise InputError(f"{file}, line {number}: {metric} needs numbers", remedy="write numbers")
        if item in found:
            raise InputError(
                f"{file}, line {number}: item {shown(item)} stands twice", remedy="write it once"
            )
        if len(found) >= MOST_ITEMS:
            raise InputError(f"{file} holds more than {MOST_ITEMS:,} items", remedy="write fewer")
        found[item] = value
    if not found:
        raise InputError(f"{file} is empty", remedy=f'write lines {{"id": …, "{key}": …}}')
    return found


def _pair(line: bytes, key: str, where: str) -> tuple[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: no JSON ({error})", remedy="write JSON Lines") from error
    if not isinstance(row, dict) or "id" not in row or key not in row:
        raise InputError(
            f"{where}: needs id and {key}, {_seen(row)}", remedy=f'write {{"id": …, "{key}": …}}'
        )
    value = row[key]
    if not isinstance(value, str | int | float | bool):
        raise InputError(
            f"{where}: {key} must be text, a number, true or false", remedy="write a plain value"
        )
    return str(row["id"]), value


def _seen(row: object) -> str:
    """Say what a line holds instead: its keys, the first eight of them."""
    if not isinstance(row, dict):
        return "but is no object"
    names = ", ".join(shown(name) for name in list(row)[:8])
    return f"but has {names}{', …' if len(row) > 8 else ''}" if row else "but has no key"

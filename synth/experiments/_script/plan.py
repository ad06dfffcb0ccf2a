"""repro.toml in, a checked plan out: the command, the files by hash, the figure and its tolerance."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any

from synth.errors import InputError
from synth.experiments._script.metrics import METRICS, OWN_FIGURE
from synth.text import printable

FILE = "repro.toml"
_SEE = "see docs/how-to/reproduce.md"
MOST_BYTES = 1024 * 1024 * 1024
MOST_SEEDS = 1000
_RANGES = {
    "accuracy": (0.0, 100.0),
    "macro_f1": (0.0, 100.0),
    "pearson": (-1.0, 1.0),
    "spearman": (-1.0, 1.0),
}
_PERCENT = ("accuracy", "macro_f1")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TABLES = ("claim", "run", "inputs", "gold", "metric", "limits")
_KEYS = {
    "claim": {"text", "paper", "version", "quote", "doc_id", "page"},
    "run": {"command", "control", "seeds", "deterministic", "scale"},
    "gold": {"file", "sha256"},
    "metric": {"name", "predictions", "expected", "tolerance"},
    "limits": {"cpu_seconds", "wall_seconds", "memory_mb", "file_mb", "output_mb", "processes"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What repro.toml states; ``inputs`` are (name, sha256, size) of files in ``folder``, by name."""

    folder: Path
    text: str
    paper: str
    version: str
    quote: str
    doc_id: str
    page: int
    command: tuple[str, ...]
    control: tuple[str, ...]
    seeds: tuple[int, ...]
    deterministic: bool
    scale: str
    inputs: tuple[tuple[str, str, int], ...]
    gold: tuple[str, str]
    metric: str
    predictions: str
    expected: float
    tolerance: float
    limits: tuple[tuple[str, int], ...]


def read(folder: Path) -> Plan:
    """Return the plan of ``folder``; raises InputError, naming key or file, for what is not as it must."""
    file = folder / FILE
    try:
        made = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read {file}: {error}", remedy=_SEE) from error
    for table in sorted(made):
        _need(table in _TABLES, f"[{table}]", f"is no table that is known ({', '.join(_TABLES)})")
    for table in ("claim", "run", "inputs", "metric"):
        _need(isinstance(made.get(table), dict), f"[{table}]", "must be there, and be a table")
    for table, keys in _KEYS.items():
        given = made.get(table, {})
        _need(isinstance(given, dict), f"[{table}]", "must be a table")
        for key in given:
            _need(key in keys, f"{table}.{key}", f"is no key that is known ({', '.join(sorted(keys))})")
    return _plan(folder, made)


def _plan(folder: Path, made: Mapping[str, Any]) -> Plan:
    claim, run, metric = made["claim"], made["run"], made["metric"]
    name = _text(metric, "metric.name")
    known = (*sorted(METRICS), OWN_FIGURE)
    _need(name in known, "metric.name", f"must be one of {', '.join(known)}")
    gold = made.get("gold", {})
    if name == OWN_FIGURE:
        _need(not gold, "[gold]", f'must be left out where metric.name is "{OWN_FIGURE}"')
    else:
        _need(bool(gold), "[gold]", "must name the file of the labels and its sha256")
    limits = made.get("limits", {})
    for key, value in limits.items():
        _need(_whole(value) and value > 0, f"limits.{key}", "must be a whole number above 0")
    made_plan = Plan(
        folder=folder,
        text=_text(claim, "claim.text"),
        paper=_text(claim, "claim.paper", default=""),
        version=_text(claim, "claim.version", default=""),
        quote=_text(claim, "claim.quote", default=""),
        doc_id=_text(claim, "claim.doc_id", default=""),
        page=_count(claim.get("page", 0), "claim.page"),
        command=_command(run.get("command"), "run.command"),
        control=_command(run["control"], "run.control") if "control" in run else (),
        seeds=_seeds(run.get("seeds")),
        deterministic=_flag(run.get("deterministic", False), "run.deterministic"),
        scale=_text(run, "run.scale", default=""),
        inputs=tuple(_input(folder, str(n), s) for n, s in sorted(made["inputs"].items())),
        gold=_gold(folder, gold) if gold else ("", ""),
        metric=name,
        predictions=_inner(_text(metric, "metric.predictions"), "metric.predictions"),
        expected=_number(metric.get("expected"), "metric.expected"),
        tolerance=_number(metric.get("tolerance"), "metric.tolerance", least=0.0),
        limits=tuple(sorted(limits.items())),
    )
    _check_told(made_plan)
    return made_plan


def unmissable(metric: str, expected: float, tolerance: float) -> bool:
    """Return whether no figure can lie outside ``expected`` +- ``tolerance``.

    An error has no largest value: there, and for a script's own figure, a tolerance beyond ten times what is
    expected (or beyond 10) counts as one that nothing misses.
    """
    if metric in _RANGES:
        low, high = _RANGES[metric]
        return expected - tolerance <= low and expected + tolerance >= high
    return tolerance > 10 * max(abs(expected), 1.0)


def off_unit(metric: str, expected: float) -> str:
    """Return what ``expected`` must be where it is no figure in the unit of ``metric``, or "".

    A share that was meant as percent (0.9 for 90.0) would fail whatever the script predicts.
    """
    low, high = _RANGES.get(metric, (expected, expected))
    if metric in _PERCENT and not (expected == 0.0 or 1.0 < expected <= high):
        return "must be in percent: write 90.0, not 0.9"
    return "" if low <= expected <= high else f"must be a correlation from {low:g} to {high:g}"


def _check_told(made: Plan) -> None:
    """Refuse inputs that hold labels or predictions, another unit, and a tolerance that nothing misses."""
    gold_name, gold_sha256 = made.gold
    for name, sha256, _ in made.inputs:
        told = bool(gold_name) and (name == gold_name or sha256 == gold_sha256)
        _need(not told, f"inputs.{name}", "must not be the gold, which must stay outside the seal")
        _need(name != made.predictions, f"inputs.{name}", "must not be the file that the command must write")
    off = off_unit(made.metric, made.expected)
    _need(not off, "metric.expected", f"of {made.metric} {off}")
    fine = not unmissable(made.metric, made.expected, made.tolerance)
    _need(fine, "metric.tolerance", "must leave figures that miss it")


def content(folder: Path, name: str, sha256: str) -> bytes:
    """Return a plain file of ``folder``; raises InputError for a link, another hash or too large a file."""
    path = folder / name
    _need(not any(p.is_symlink() for p in _within(folder, name)), name, "must be a file, not a link")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", remedy=f"mend {FILE}") from error
    with os.fdopen(handle, "rb") as file:
        known = os.fstat(handle)
        _need(stat.S_ISREG(known.st_mode), name, "must be a plain file")
        _need(known.st_size <= MOST_BYTES, name, f"must be at most {MOST_BYTES // 2**20} MB")
        raw = file.read(MOST_BYTES)
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        raise InputError(
            f"{path} has sha256 {found}, {FILE} says {sha256[:64]}",
            remedy="write the right hash, or fetch the right file",
        )
    return raw


def _within(folder: Path, name: str) -> list[Path]:
    path = folder / name
    return [path, *(p for p in path.parents if p != folder and folder in p.parents)]


def _input(folder: Path, name: str, sha256: object) -> tuple[str, str, int]:
    _inner(name, f"inputs.{name}")
    known = _hash(sha256, f"inputs.{name}")
    return name, known, len(content(folder, name, known))


def _gold(folder: Path, gold: Mapping[str, Any]) -> tuple[str, str]:
    name = _inner(_text(gold, "gold.file"), "gold.file")
    sha256 = _hash(gold.get("sha256"), "gold.sha256")
    content(folder, name, sha256)
    return name, sha256


def _hash(value: object, key: str) -> str:
    fine = isinstance(value, str) and bool(_SHA256.fullmatch(value))
    _need(fine, key, "must be a sha256: 64 digits of 0-9 and a-f, as sha256sum prints it")
    return str(value)


def _inner(name: str, key: str) -> str:
    """Return ``name`` where it is a plain relative path beneath the folder."""
    path = PurePosixPath(name)
    plain = (
        name.isprintable()
        and bool(name)
        and not path.is_absolute()
        and ".." not in path.parts
        and str(path) == name
    )
    _need(
        plain and printable(name) == name and "\\" not in name, key, "must be a plain path beneath the folder"
    )
    return name


def _command(value: object, key: str) -> tuple[str, ...]:
    fine = isinstance(value, list) and value and all(isinstance(word, str) and word for word in value)
    _need(bool(fine), key, 'must be a list of words, such as ["{python}", "run.py", "--seed", "{seed}"]')
    return tuple(value)  # type: ignore[arg-type]


def _seeds(value: object) -> tuple[int, ...]:
    fine = isinstance(value, list) and value and all(_whole(one) and one >= 0 for one in value)
    _need(bool(fine), "run.seeds", "must be a list of whole numbers, at least one")
    seeds: tuple[int, ...] = tuple(value)  # type: ignore[arg-type]
    _need(len(set(seeds)) == len(seeds) <= MOST_SEEDS, "run.seeds", "must name each seed once, at most 1,000")
    return seeds


def _text(table: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
    value = table.get(key.rpartition(".")[2], default)
    _need(isinstance(value, str) and (bool(value.strip()) or default is not None), key, "must be text")
    return " ".join(printable(str(value)).split())


def _number(value: object, key: str, *, least: float | None = None) -> float:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    words = "must be a number" if least is None else f"must be a number, at least {least:g}"
    _need(fine and (least is None or float(value) >= least), key, words)  # type: ignore[arg-type]
    return float(value)  # type: ignore[arg-type]


def _count(value: object, key: str) -> int:
    _need(_whole(value) and value >= 0, key, "must be a whole number")  # type: ignore[operator]
    return int(value)  # type: ignore[call-overload, no-any-return]


def _flag(value: object, key: str) -> bool:
    _need(isinstance(value, bool), key, "must be true or false")
    return bool(value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _need(true: bool, key: str, what: str) -> None:
    if not true:
        raise InputError(f"{FILE}: {printable(key)} {what}", remedy=_SEE)

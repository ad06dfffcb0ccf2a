"""Two results go in; the conditions in which they differ, and those that one leaves open, come out."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from synth.records import Result
from synth.results.mentions import squashed

_VERSION: Final = re.compile(r"^(?P<family>.*?)\s(?P<version>\d+(?:\.\d+)+)$")
_SPOKEN: Final = {"dev": "development", "train": "training"}
_NOT_CONDITIONS: Final = frozenset({"baseline", "error", "derived", "bound", "section", "settings"})
"""Pairs that say more about a number but do not change what was measured."""
_ANONYMOUS: Final = re.compile(
    r"^(?:our|ours|this|the|we)\b|^(?:baselines?|full(?:\smodel)?|best|all|total|overall|average|avg\.?|mean|human|random|majority|base|none|"
    r"single|ensemble|proposed|model|system|final\smodel|supervised|unsupervised|multi-?task)$|^[-–+−]\s|^w/o?\b|^without\b|^no\s|^\W*$|^[\d\W]+$",
    re.IGNORECASE,
)
_FIRST: Final = {"kind": 0, "split": 1, "average": 2, "setting": 3, "language": 4}
"""The order in which conditions are named."""
REQUIRED: Final = ("dataset", "split")
"""What two works must both state before their numbers can agree or conflict."""


class Contrast(NamedTuple):
    """How two results stand: ``differ`` pairs of stated values, ``open`` what one or both leave unstated."""

    differ: tuple[str, ...]
    unstated: tuple[str, ...]


def family(dataset: str) -> tuple[str, str]:
    """Return a data set's name without its version, and the version ("" where unstated)."""
    match = _VERSION.match(dataset)
    return (match.group("family"), match.group("version")) if match else (dataset, "")


def is_anonymous(model: str) -> bool:
    """Whether a system's name means something only within its own paper (``ours``, ``- attention``)."""
    return bool(_ANONYMOUS.search(model.strip()))


def model_key(model: str) -> str:
    """Return a system's name as it is compared."""
    return re.sub(r"[^a-z0-9+]", "", model.casefold())


def facets(result: Result) -> dict[str, str]:
    """Return condition -> stated value of everything that must match before two results are compared."""
    name, version = family(result.dataset)
    found = {
        "metric": result.metric,
        "dataset": name,
        "dataset version": version,
        "split": result.split,
        "language": result.language,
        "task": result.task if not result.dataset else "",
        "kind": "difference" if result.is_difference else "score",
    }
    for key, value in result.condition:
        if key == "difference":
            found["difference"] = value
        elif key not in _NOT_CONDITIONS:
            found[key] = value
    if result.is_difference:
        found["baseline"] = dict(result.condition).get("baseline", "")
    return found


def contrast(one: Result, two: Result, *, one_work: bool) -> Contrast:
    """Return how two results' conditions stand; within one work what both leave open is shared."""
    first, second = facets(one), facets(two)
    average = "average" if "average" in first or "average" in second else ""
    differ: list[str] = []
    unstated: list[str] = []
    for name in sorted(first.keys() | second.keys(), key=lambda n: (_FIRST.get(n, 9), n)):
        a, b = first.get(name, ""), second.get(name, "")
        if squashed(a) == squashed(b):
            if not a and name in REQUIRED and not one_work:
                unstated.append(f"{name} is stated by neither")
            continue
        if a and b:
            differ.append(_against(name, a, b, average=average))
        elif name not in ("task", "dataset version", "difference") or not one_work:
            unstated.append(f"{name} ({_spoken(a or b)}) is stated by one side only")
    return Contrast(tuple(differ), tuple(unstated))


def _spoken(value: str) -> str:
    return _SPOKEN.get(value, value)


def _against(name: str, a: str, b: str, *, average: str) -> str:
    low, high = sorted((_spoken(a), _spoken(b)))
    if name == "split" and average:
        return f"{low} average against {high} average"
    if name == "kind":
        return "a difference against a score"
    if name == "split":
        return f"{low} set against {high} set"
    return f"{name}: {low} against {high}"

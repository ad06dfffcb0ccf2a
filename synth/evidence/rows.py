"""Names of rows go in, the order and the ranges in which equal names are neighbours come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]


class Range(NamedTuple):
    """Rows from ``start`` to before ``end``."""

    start: int
    end: int


def grouped(works: Sequence[str], papers: Sequence[str]) -> list[int]:
    """Return the order that makes works, and papers within them, neighbours, each where it first appeared."""
    first_work = {work: i for i, work in reversed(list(enumerate(works)))}
    first_paper = {paper: i for i, paper in reversed(list(enumerate(papers)))}
    return sorted(range(len(works)), key=lambda i: (first_work[works[i]], first_paper[papers[i]], i))


def ranges(names: Sequence[str]) -> dict[str, Range]:
    """Return where each name starts and ends; equal names are neighbours."""
    starts = [i for i in range(len(names)) if i == 0 or names[i] != names[i - 1]]
    ends = [*starts[1:], len(names)]
    return {names[start]: Range(start, end) for start, end in zip(starts, ends, strict=False)}


def within(some: Iterable[Range], others: Sequence[Range]) -> list[Range]:
    """Return where ``some`` and ``others`` overlap."""
    both = [Range(max(a, c), min(b, d)) for a, b in some for c, d in others]
    return [one for one in both if one.start < one.end]


def members(some: Iterable[Range]) -> Rows:
    """Return the rows of ``some``, in their order."""
    import numpy as np

    return np.concatenate([np.zeros(0, np.int64), *(np.arange(*one, dtype=np.int64) for one in some)])

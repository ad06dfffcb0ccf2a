"""Two statements and a similarity of words go in; which word stands for which comes out.

Greedy soft alignment (after Sultan et al. 2014, "Back to basics for monolingual alignment"): a word is
covered by its best counterpart: the same stem, a near spelling, or the nearest word vector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synth.verifiers._statement import Statement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALIGNED = 0.6
"""Similarity from which a word counts as found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Content words of one statement against another.

    ``exact`` and ``soft`` are shares of idf in [0, 1]; ``missing`` are the words without counterpart,
    rarest first, ``rarest`` their highest idf over that of an unseen word; ``places`` the positions of
    exact counterparts, in the order of the first statement's words.
    """

    exact: float
    soft: float
    missing: tuple[str, ...]
    rarest: float
    places: tuple[int, ...]


def align(
    one: Statement,
    other: Statement,
    *,
    idf: Mapping[str, float],
    unseen: float,
    similar: Callable[[Statement, Statement], NDArray[np.float32]] | None = None,
) -> Alignment:
    """Return how far ``other`` covers the content words of ``one``."""
    positions = {stem: j for j, stem in reversed(tuple(enumerate(other.stems)))}
    near = similar(one, other).max(axis=1) if similar is not None else None
    total = exact = soft = 0.0
    missing: list[tuple[float, str]] = []
    places: list[int] = []
    spellings = tuple(s for s, c in zip(other.stems, other.content, strict=True) if c)
    for i, (word, stem, content) in enumerate(zip(one.words, one.stems, one.content, strict=True)):
        if not content:
            continue
        weight = idf.get(stem, unseen)
        total += weight
        if stem in positions:
            exact += weight
            soft += weight
            places.append(positions[stem])
            continue
        best = max([_spelling(stem, s) for s in spellings], default=0.0)
        if near is not None and not word[0].isdigit():
            best = max(best, float(near[i]))
        soft += weight * best
        if best < ALIGNED:
            missing.append((-weight, word))
    missing.sort()
    return Alignment(
        exact=exact / total if total else 0.0,
        soft=soft / total if total else 0.0,
        missing=tuple(dict.fromkeys(w for _, w in missing)),
        rarest=-missing[0][0] / unseen if missing else 0.0,
        places=tuple(places),
    )


def _spelling(a: str, b: str) -> float:
    """Return the share of the longer word that is a common beginning, 0 below four letters; digits never."""
    if a[:4] != b[:4] or a[0].isdigit():
        return 0.0
    n = min(len(a), len(b))
    same = next((i for i in range(n) if a[i] != b[i]), n)
    return same / max(len(a), len(b))

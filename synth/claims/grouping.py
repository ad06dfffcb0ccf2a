"""Ranked claims and their vectors go in; claims come out, each with what other papers say alike.

Two sentences say the same where their vectors are near, their quantities and negation are equal, they point
the same way, and their names agree: a vector alone cannot tell 85.1 from 58.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from synth.records import Claim
from synth.text.bounds import changes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR = 0.8  # cosine of two claims that may say the same
NAMES_AGREE = 0.66  # share of names that the two have in common
_NAME = re.compile(r"\b(?:[A-Za-z]*[A-Z][A-Za-z]*[A-Z][\w-]*|[A-Za-z]+-?[0-9]+[\w-]*)\b")
_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|without|cannot|none|hardly|only)\b|n['’]t\b", re.IGNORECASE
)


class _Stated(NamedTuple):
    """What must agree before two claims count as one."""

    quantities: tuple[tuple[float, float, str], ...]
    names: frozenset[str]
    negations: int
    changes: tuple[bool, bool]


def group(
    ranked: Sequence[tuple[Claim, float]], vectors: NDArray[np.float32], *, works: Mapping[str, str]
) -> tuple[tuple[Claim, float, tuple[Claim, ...]], ...]:
    """Return the claims in order, each with its relevance and its repeats in other papers.

    ``vectors`` has one L2-normalised row a claim of ``ranked``; ``works`` maps paper ids to works. A
    repeat is a claim of another paper (another work, or another version of the same) with cosine >= NEAR,
    equal quantities, and agreeing names, negation and direction; it joins the nearest such claim before it.
    Repeats by other works stand before those by versions of the claim's own work.
    """
    stated = [_stated(claim) for claim, _ in ranked]
    leaders: list[int] = []
    repeats: dict[int, list[Claim]] = {}
    for i, (claim, _) in enumerate(ranked):
        fits = [
            (float(vectors[i] @ vectors[j]), -j)
            for j in leaders
            if ranked[j][0].paper != claim.paper and _agree(stated[i], stated[j])
        ]
        nearest = max(fits, default=(0.0, 0))
        if nearest[0] >= NEAR:
            repeats[-nearest[1]].append(claim)
        else:
            leaders.append(i)
            repeats[i] = []
    return tuple((*ranked[j], _ordered(repeats[j], ranked[j][0], works)) for j in leaders)


def _stated(claim: Claim) -> _Stated:
    numbers = sorted((q.value, q.high if q.high is not None else q.value, q.unit) for q in claim.quantities)
    return _Stated(
        tuple(numbers),
        frozenset(name.casefold() for name in _NAME.findall(claim.text)),
        len(_NEGATION.findall(claim.text)) % 2,
        changes(claim.text),
    )


def _agree(a: _Stated, b: _Stated) -> bool:
    if (a.quantities, a.negations, a.changes) != (b.quantities, b.negations, b.changes):
        return False
    either = a.names | b.names
    return len(a.names & b.names) >= NAMES_AGREE * len(either)


def _ordered(repeats: list[Claim], leader: Claim, works: Mapping[str, str]) -> tuple[Claim, ...]:
    own = works.get(leader.paper, leader.paper)
    return tuple(sorted(repeats, key=lambda c: (works.get(c.paper, c.paper) == own, c.paper, c.id)))

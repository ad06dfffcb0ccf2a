"""Sentence vectors of two sides go in, each sentence's nearest of the other side come out, with scores."""

from __future__ import annotations

from typing import Any

_CELLS = 1 << 26
"""Similarities held at once: 256 MiB in 32 bits."""


def cosine(queries: Any, pool: Any, *, nearest: int) -> tuple[Any, Any]:
    """Return similarities and places in ``pool`` of the ``nearest`` of each query, nearest first.

    Both sides are unit vectors, shape (n, size); both results have shape (queries, min(nearest, pool)).
    """
    import torch

    count = min(nearest, len(pool))
    found = [torch.topk(some @ pool.T, count, dim=1) for some in queries.split(max(1, _CELLS // len(pool)))]
    return torch.cat([top.values for top in found]), torch.cat([top.indices for top in found])


def margin(source: Any, target: Any, *, neighbours: int, nearest: int) -> tuple[Any, Any]:
    """Return (scores, places) of the nearest by ratio margin for source -> target and for target -> source.

    The cosine of a pair over the mean of both sides' mean cosine to their ``neighbours`` nearest, among these
    neighbours (Artetxe and Schwenk, 2019, section 3.2).
    """
    forward = cosine(source, target, nearest=neighbours)
    backward = cosine(target, source, nearest=neighbours)
    means = forward[0].mean(dim=1), backward[0].mean(dim=1)
    there = _rescored(forward, means[0], means[1], nearest)
    back = _rescored(backward, means[1], means[0], nearest)
    return there, back


def _rescored(found: tuple[Any, Any], own: Any, other: Any, nearest: int) -> tuple[Any, Any]:
    import torch

    values, places = found
    ratios = values / ((own[:, None] + other[places]) / 2)
    order = torch.sort(ratios, dim=1, descending=True, stable=True)
    chosen = order.indices[:, :nearest]
    return order.values[:, :nearest], places.gather(1, chosen)

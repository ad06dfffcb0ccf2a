"""Nearest neighbours in, retrieval accuracy, mined pairs and their F1 out, as LASER and XTREME do it.

Mining is Artetxe and Schwenk's (arXiv 1811.01136): the best candidate of each sentence in both directions, by
ratio margin, all in one list from the best score down; a pair is taken while both its sentences are free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple


class Pair(NamedTuple):
    """A source sentence, a target sentence (ids) and the score that joins them (higher is nearer)."""

    source: str
    target: str
    score: float


class Mined(NamedTuple):
    """F1, precision and recall in points; pairs that score at least ``threshold`` were kept."""

    f1: float
    precision: float
    recall: float
    threshold: float


def accuracy(nearest: Mapping[str, str], gold: Set[tuple[str, str]]) -> float:
    """Return how many of the queries of ``gold`` have a partner of their own nearest, in points.

    Raises ValueError where a query of ``gold`` has no answer or there is none at all.
    """
    queries = {query for query, _ in gold}
    if not queries or not queries <= nearest.keys():
        raise ValueError("every query needs a nearest neighbour")
    return 100.0 * sum((query, nearest[query]) in gold for query in queries) / len(queries)


def mine(candidates: Iterable[Pair]) -> list[Pair]:
    """Return ``candidates`` from the best down, each sentence used once; equal scores go by id."""
    sources: set[str] = set()
    targets: set[str] = set()
    kept = []
    for pair in sorted(set(candidates), key=lambda p: (-p.score, p.source, p.target)):
        if pair.source not in sources and pair.target not in targets:
            sources.add(pair.source)
            targets.add(pair.target)
            kept.append(pair)
    return kept


def tune(mined: Iterable[Pair], gold: Set[tuple[str, str]]) -> float:
    """Return the threshold with the best F1 on ``gold``: midway between the last pair kept and the next.

    Pairs of equal score stand or fall together (no threshold can part them). A threshold tuned on the labels
    that it is then measured on flatters: say so beside the figure.
    """
    pairs = sorted(mined, key=lambda p: -p.score)
    best, threshold, right = 0.0, 0.0, 0
    for place, pair in enumerate(pairs):
        right += (pair.source, pair.target) in gold
        following = pairs[place + 1].score if place + 1 < len(pairs) else pair.score
        f1 = 2 * right / (place + 1 + len(gold))
        if f1 > best and (following < pair.score or place + 1 == len(pairs)):
            best, threshold = f1, (pair.score + following) / 2
    return threshold


def mined_f1(mined: Iterable[Pair], gold: Set[tuple[str, str]], *, threshold: float) -> Mined:
    """Return F1, precision and recall of the pairs that score at least ``threshold``, in points."""
    taken = {(p.source, p.target) for p in mined if p.score >= threshold}
    right = len(taken & gold)
    precision = 100.0 * right / len(taken) if taken else 0.0
    recall = 100.0 * right / len(gold) if gold else 0.0
    f1 = 200.0 * right / (len(taken) + len(gold)) if taken or gold else 0.0
    return Mined(f1=f1, precision=precision, recall=recall, threshold=threshold)

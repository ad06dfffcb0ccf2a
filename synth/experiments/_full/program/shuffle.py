"""Labelled rows go in, the same rows with their labels in a seeded permutation come out: the placebo."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from .rows import Answer, Row

_WORD = re.compile(r"\S+")


def shuffled(rows: Sequence[Row], *, seed: int) -> list[Row]:
    """Return ``rows`` with labels permuted over rows: how often each comes stays, what it goes with does not.

    An answer cannot move to another context: its length in words does, and its place is drawn anew. A row
    without answer (SQuAD 2) passes that on like a length.
    """
    source = random.Random(seed)
    order = list(range(len(rows)))
    source.shuffle(order)
    given = [rows[place] for place in order]
    return [_relabelled(row, other, source) for row, other in zip(rows, given, strict=True)]


def _relabelled(row: Row, other: Row, source: random.Random) -> Row:
    if row.labels:
        return row._replace(labels=other.labels)
    if not other.answers or not row.texts[1].strip():
        return row._replace(answers=())
    return row._replace(answers=(_drawn(row.texts[1], len(other.answers[0].text.split()), source),))


def _drawn(context: str, words: int, source: random.Random) -> Answer:
    """Return a span of at most ``words`` words of ``context`` that starts at a random word."""
    places = [match.span() for match in _WORD.finditer(context)]
    first = source.randrange(len(places))
    last = min(first + max(1, words), len(places)) - 1
    start, end = places[first][0], places[last][1]
    return Answer(context[start:end], start)

"""Tags of sentences in, entity F1 (NER) or run F1 (part of speech) out, as seqeval and XTREME compute them.

``entities`` is seqeval's default mode (micro, not strict; IOB2 with conlleval's repairs: an I- that follows
another type or O begins an entity). XTREME (arXiv 2003.11080) gives part-of-speech tags to the same function:
there an "entity" is a run of equal tags, each SCONJ and SYM a run of its own (a leading S means "single").
seqeval has cut a tag's first letter since 1.0, so that a CCONJ counts as a SCONJ; here the whole tag counts,
as in the 0.0.12 of XTREME's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Tags = Sequence[str]
Read = Callable[[str], tuple[str, str]]


class Run(NamedTuple):
    """Words ``start`` to ``end`` (inclusive) of ``sentence`` that make one thing of ``kind``."""

    sentence: int
    kind: str
    start: int
    end: int


def entity_f1(gold: Sequence[Tags], predicted: Sequence[Tags]) -> float:
    """Return the micro F1 of entities in points; raises ValueError where sentences or lengths differ."""
    return _f1(gold, predicted, _entity)


def pos_f1(gold: Sequence[Tags], predicted: Sequence[Tags]) -> float:
    """Return XTREME's F1 of part-of-speech tags in points; raises ValueError where lengths differ."""
    return _f1(gold, predicted, lambda tag: (tag[:1], tag))


def entities(tags: Tags) -> list[tuple[str, int, int]]:
    """Return (kind, start, end) of the entities in one sentence of IOB2, IOBES or mixed tags."""
    return [(run.kind, run.start, run.end) for run in _runs([tags], _entity)]


def _f1(gold: Sequence[Tags], predicted: Sequence[Tags], read: Read) -> float:
    if len(gold) != len(predicted) or any(len(g) != len(p) for g, p in zip(gold, predicted, strict=True)):
        raise ValueError("gold and predicted tags differ in length")
    true, found = set(_runs(gold, read)), set(_runs(predicted, read))
    # 2 tp / (true + found) is the F1 of precision and recall, without a division by zero on the way
    return 200.0 * len(true & found) / (len(true) + len(found)) if true or found else 0.0


def _entity(tag: str) -> tuple[str, str]:
    return tag[:1], tag[1:].split("-", maxsplit=1)[-1] or "_"


def _runs(sentences: Sequence[Tags], read: Read) -> Iterator[Run]:
    for number, tags in enumerate(sentences):
        begun, before, kind = 0, "O", ""
        for place, (mark, its_kind) in enumerate([*map(read, tags), ("O", "")]):
            if before != "O" and (mark in "BSO" or before in "ES" or kind != its_kind):
                yield Run(sentence=number, kind=kind, start=begun, end=place - 1)
            if mark != "O" and (mark in "BS" or before in "OES" or kind != its_kind):
                begun = place
            before, kind = mark, its_kind

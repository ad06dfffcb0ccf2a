"""A document goes in (PDF, plain text, Markdown), a ``Reading`` comes out: passages, tables, references.

Every document is parsed in a limited child process (``child``, ``pool``); this process never opens one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from synth.errors import UnreadablePaper
from synth.reading.pool import Asked, Child, Limits, Reply, each
from synth.reading.version import SIGNATURE
from synth.records import Found, Reading, Skipped, Span

__all__ = ["SIGNATURE", "from_abstract", "page_letters", "read", "read_all", "text_in_boxes"]


def read(path: Path, *, found: Found | None = None, seconds: float = 30.0, memory_mb: int = 1024) -> Reading:
    """Read one document in a child process of at most ``seconds`` and ``memory_mb`` of address space.

    What ``found`` says of title, authors, year and ids wins over what the document says of itself.
    Raises UnreadablePaper with the reason and what to do about it.
    """
    reply = _one(Asked(task="read", path=path, found=found), seconds=seconds, memory_mb=memory_mb)
    if reply.reading is None:
        raise UnreadablePaper(f"{path.name} gave no reading", remedy="report this file as a fault")
    return reply.reading


def read_all(
    items: Sequence[tuple[Path, Found | None]],
    *,
    workers: int = 2,
    seconds: float = 30.0,
    memory_mb: int = 1024,
) -> Iterator[Reading | Skipped]:
    """Read documents in ``workers`` lasting child processes and give each result in input order.

    A document that cannot be read, and one whose child died or hung, is a Skipped record with the
    file's name; the others are not touched by it. At most ``2 * workers`` results wait in memory.
    """
    asked = [Asked(task="read", path=path, found=found) for path, found in items]
    limits = Limits(seconds=seconds, memory_mb=memory_mb)
    for question, reply in zip(asked, each(asked, workers=workers, limits=limits), strict=True):
        if reply.reading is not None:
            yield reply.reading
        else:
            yield Skipped(what=question.path.name, reason=reply.error, remedy=reply.remedy)


def from_abstract(found: Found) -> Reading:
    """Make a reading of an abstract alone (no page, no boxes), for a paper whose text nobody has."""
    from synth.reading.plain import reading_of_abstract  # loads the sentence splitter

    return reading_of_abstract(found)


def page_letters(path: Path, *, seconds: float = 30.0, memory_mb: int = 1024) -> tuple[str, ...]:
    """Return ``synth.text.letters`` of each page, in the order of the content stream.

    Takes nothing from our own layout, so that quotes can be checked against it.
    Raises UnreadablePaper.
    """
    return _one(Asked(task="letters", path=path), seconds=seconds, memory_mb=memory_mb).pages


def text_in_boxes(path: Path, spans: Sequence[Span], *, seconds: float = 30.0, memory_mb: int = 1024) -> str:
    """Return the characters whose centres lie in the boxes of ``spans``, box after box.

    Boxes are in points of the page as displayed. Raises UnreadablePaper.
    """
    asked = Asked(task="boxes", path=path, spans=tuple(spans))
    return "".join(_one(asked, seconds=seconds, memory_mb=memory_mb).pages)


def _one(asked: Asked, *, seconds: float, memory_mb: int) -> Reply:
    with Child(Limits(seconds=seconds, memory_mb=memory_mb)) as child:
        reply = child.ask(asked)
    if reply.error:
        raise UnreadablePaper(f"{asked.path.name} {reply.error}", remedy=reply.remedy)
    return reply

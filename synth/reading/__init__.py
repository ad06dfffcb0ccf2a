"""A document goes in (PDF, plain text, Markdown), a ``Reading`` comes out: passages, tables, references.

A page of it comes out as a picture, too (``Drawing``). Every document is parsed in a limited child process
(``child``, ``pool``); this process never opens one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from synth.errors import UnreadablePaper
from synth.reading.pool import Asked, Child, Limits, Reply, View, each
from synth.reading.version import SIGNATURE
from synth.records import Found, Reading, Skipped, Span

__all__ = ["SIGNATURE", "Drawing", "from_abstract", "page_letters", "read", "read_all", "text_in_boxes"]


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


class Drawing:
    """Draws pages in one lasting child process (its start costs about a second), which ends with the block.

    Each page may take ``seconds`` and ``memory_mb`` of address space. Threads may share one: they take turns.
    """

    def __init__(self, *, seconds: float, memory_mb: int) -> None:
        self._child = Child(Limits(seconds=seconds, memory_mb=memory_mb))
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the child, whatever it is drawing, for good."""
        self._child.close()

    def page(self, path: Path, number: int, *, spans: Sequence[Span], width: int, whole: bool) -> bytes:
        """Return a page (from 1) as PNG, at most ``width`` pixels wide, the boxes of ``spans`` on it marked.

        Not ``whole``, it is cut to the boxes and some lines around them. Boxes are in points of the page as
        displayed. Raises UnreadablePaper for a page that is not there, cannot be drawn or costs too much.
        """
        view = View(page=number, width=width, whole=whole)
        with self._turn:
            reply = self._child.ask(Asked(task="page", path=path, spans=tuple(spans), view=view))
        if reply.error:
            raise UnreadablePaper(f"{path.name} {reply.error}", remedy=reply.remedy)
        return reply.png


def _one(asked: Asked, *, seconds: float, memory_mb: int) -> Reply:
    with Child(Limits(seconds=seconds, memory_mb=memory_mb)) as child:
        reply = child.ask(asked)
    if reply.error:
        raise UnreadablePaper(f"{asked.path.name} {reply.error}", remedy=reply.remedy)
    return reply

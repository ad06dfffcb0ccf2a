"""Parts (rows with a role) go in; passages come out: mended text, boxes, sentences with their own boxes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from synth.reading.pdf import Line, Page, Word
from synth.records import Box, Passage, Role, Sentence, Span, content_id
from synth.text import sentences

HYPHENS = "-\u2010\u00ad"
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?(?:-[^\W\d_]+)*")


class Piece(NamedTuple):
    """A word, the offsets that it takes up in the passage's text, and the row that it stands in."""

    start: int
    end: int
    word: Word
    page: int
    row: int
    line: Line


def vocabulary(pages: Iterable[Page]) -> Counter[str]:
    """Count the document's words, hyphenated compounds as one, leaving out those cut by a line's end."""
    seen: Counter[str] = Counter()
    for page in pages:
        cut = False
        for line in page.lines:
            words = [w.text for w in line.words]
            if cut:
                words[0] = ""  # the rest of a cut word
            cut = line.words[-1].text.endswith(tuple(HYPHENS))
            if cut:
                words.pop()
            for text in words:
                seen.update(found.lower() for found in WORD.findall(text))
    return seen


def mend(first: str, second: str, seen: Mapping[str, int]) -> str:
    """Join a word cut at a line's end ("compre-", "hension"), keeping the hyphen of a true compound.

    The document itself decides: the form that it uses elsewhere wins; unseen, a compound keeps its
    hyphen when both halves are words of the document, or the second is and the first is long: a word
    cut inside itself seldom leaves a whole word behind. U+00AD says itself that it is none of the word's.
    """
    stem = first.rstrip(HYPHENS)
    left, right = WORD.findall(stem), WORD.match(second)
    if not left or right is None or not second[0].isalpha():
        return first + second
    a, b = left[-1].lower(), right.group().lower()
    whole, apart = seen.get(a + b, 0), seen.get(f"{a}-{b}", 0)
    if whole != apart:
        return stem + second if whole > apart else f"{stem}-{second}"
    if "-" in a or (second[0].isupper() and not stem.isupper()):
        return f"{stem}-{second}"
    if first.endswith("\u00ad"):
        return stem + second
    head = b.split("-")[0]
    if len(a) >= 7 and len(head) >= 4 and seen.get(head, 0) >= 1:
        return f"{stem}-{second}"
    both = min(len(a), len(head)) >= 3 and seen.get(a, 0) >= 1 and seen.get(head, 0) >= 1
    return f"{stem}-{second}" if both else stem + second


def laid(rows: Sequence[Line], seen: Mapping[str, int], *, skip: int = 0) -> tuple[str, list[Piece]]:
    """Set rows as one text with single spaces and mended hyphens, and say where each word went."""
    text = ""
    pieces: list[Piece] = []
    left_out = 0
    for number, row in enumerate(rows):
        for index, word in enumerate(row.words):
            if left_out < skip:
                left_out += 1
                continue
            last = pieces[-1] if pieces else None
            if (
                last is not None
                and index == 0
                and last.row != number
                and re.search(r"[^\W_][-\u2010\u00ad]$", last.word.text)
            ):
                before = text[last.start :]
                whole = mend(before, word.text, seen)
                text = text[: last.start] + whole
                cut = len(text) - len(word.text)
                pieces[-1] = last._replace(end=cut)
                pieces.append(Piece(cut, len(text), word, row.page, number, row))
                continue
            if text:
                text += " "
            pieces.append(Piece(len(text), len(text) + len(word.text), word, row.page, number, row))
            text += word.text
    return text, pieces


def passage_of(
    rows: Sequence[Line],
    pages: Mapping[int, Page],
    seen: Mapping[str, int],
    *,
    paper: str,
    section: str,
    role: Role,
    position: int,
    skip: int = 0,
) -> Passage | None:
    """Return the passage made of ``rows``, None when nothing is left of them."""
    text, pieces = laid(rows, seen, skip=skip)
    if not text.strip():
        return None
    return Passage(
        id=content_id("s", paper, str(position), text),
        paper=paper,
        section=unicodedata.normalize("NFC", section),
        role=role,
        text=text,
        spans=_spans(pieces, pages, 0, len(text)),
        sentences=tuple(
            Sentence(start=a, end=b, spans=_spans(pieces, pages, a, b)) for a, b in sentences(text)
        ),
    )


def _spans(pieces: Sequence[Piece], pages: Mapping[int, Page], start: int, end: int) -> tuple[Span, ...]:
    """Boxes of the characters ``start`` to ``end``: one for each row, in an entry for each page."""
    rows: dict[tuple[int, int], list[Box]] = {}
    bounds: dict[tuple[int, int], tuple[float, float]] = {}
    for piece in pieces:
        if piece.start < end and piece.end > start:
            rows.setdefault((piece.page, piece.row), []).append(_cut(piece, start, end))
            bounds[piece.page, piece.row] = (piece.line.ceiling, piece.line.floor)
    spans: dict[int, list[Box]] = {}
    for (page, row), boxes in rows.items():
        ceiling, floor = bounds[page, row]
        hull = Box(
            min(b.x0 for b in boxes),
            max(ceiling, min(b.y0 for b in boxes)),
            max(b.x1 for b in boxes),
            min(floor, max(b.y1 for b in boxes)),
        )
        shown = pages[page].displayed(hull)
        spans.setdefault(page, []).append(Box(*(round(v, 2) for v in shown)))
    return tuple(Span(page=page, boxes=tuple(boxes)) for page, boxes in spans.items())


def _cut(piece: Piece, start: int, end: int) -> Box:
    """The part of a word's box that the characters from ``start`` to ``end`` take up."""
    box = piece.word.box
    length = piece.end - piece.start
    if start <= piece.start and end >= piece.end:
        return box
    width = (box.x1 - box.x0) / max(length, 1)
    a, b = max(start, piece.start) - piece.start, min(end, piece.end) - piece.start
    return Box(box.x0 + a * width, box.y0, box.x0 + b * width, box.y1)

"""Columns of rows go in; blocks (paragraphs, headings, footnotes, formulas) come out in order."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from synth.reading.columns import Column
from synth.reading.headings import is_heading
from synth.reading.pdf import Line

Kind = Literal["text", "heading", "footnote", "formula"]
BULLET = re.compile(r"^[•◦▪∙·●○■□▸►‣⁃✓*–—-]$")
ITEM = re.compile(r"^([•◦▪∙●○■□▸►‣⁃]|\(?(\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s|\[\d+\]|[-–—*]\s)")
POINT = re.compile(r"^[•◦▪∙●○■□▸►‣⁃✓]$")
MARK = re.compile(r"^([⁰¹²³⁴-⁹]+|[∗†‡§¶*♦♠♣♥♯]+|\d{1,2}\s?(?=[A-Zh]))")
EQUATION_NUMBER = re.compile(r"(^|\s)\(\s?[A-Z]?\.?\d+(\.\d+)?[a-z]?\s?\)$")
SENTENCE_END = re.compile(r"[.!?:;]['\"”’)\]]*[⁰¹²³⁴-⁹∗†‡]*$")


@dataclass(slots=True)
class Block:
    """Rows that belong together in one column; ``left`` and ``right`` are the column's text edges."""

    kind: Kind
    rows: list[Line]
    column: Column
    left: float
    right: float
    more: list[Block] = field(default_factory=list)

    @property
    def page(self) -> int:
        """Page of the first row."""
        return self.rows[0].page

    @property
    def text(self) -> str:
        """The rows with single spaces, hyphens as they stand."""
        return " ".join(r.text for r in self.rows)

    @property
    def size(self) -> float:
        """Font size of most of the text."""
        weight: Counter[float] = Counter()
        for row in self.rows:
            weight[row.size] += len(row.text)
        return max(weight, key=lambda s: (weight[s], s))


@dataclass(frozen=True, slots=True)
class Measure:
    """What a document's running text looks like: font size, line pitch, whether paragraphs indent."""

    size: float
    pitch: float
    justified: bool


def measure(columns: Sequence[Column], size: float) -> Measure:
    """Measure the running text of a document."""
    pitches: list[float] = []
    full = rows = 0
    for column in columns:
        body = [r for r in column.rows if abs(r.size - size) < 0.6 and len(r.words) >= 4]
        edge = max((r.x1 for r in body), default=0.0)
        full += sum(r.x1 > edge - 2.5 for r in body)
        rows += len(body)
        for a, b in itertools.pairwise(body):
            if 0.8 * size < b.base - a.base < 2.6 * size:
                pitches.append(b.base - a.base)
    pitch = statistics.median_low(pitches) if pitches else 1.2 * size
    return Measure(size=size, pitch=pitch, justified=full > 0.55 * max(rows, 1))


def blocks(columns: Sequence[Column], about: Measure) -> list[Block]:
    """Cut columns into blocks, in reading order; every row is in exactly one block."""
    return [block for column in columns for block in _column_blocks(column, about)]


def _column_blocks(column: Column, about: Measure) -> Iterator[Block]:
    notes = _footnote_start(column, about)
    whole = _edges(column.rows, about)
    for run in _runs(column.rows[:notes], about):
        # an abstract or a quotation is narrower than its column
        left, right = _edges(run, about) if len(run) >= 4 else whole
        yield from _run_blocks(run, column, about, left=left, right=right)
    yield from _footnotes(column.rows[notes:], column, *whole)


def _runs(rows: Sequence[Line], about: Measure) -> Iterator[list[Line]]:
    """Cut rows where the space between them is wider than between lines."""
    run: list[Line] = []
    for row in rows:
        if run:
            scale = max(0.75, min(1.6, run[-1].size / about.size))
            gap = row.base - run[-1].base
            if gap > 1.38 * about.pitch * scale or gap < -1:
                yield run
                run = []
        run.append(row)
    if run:
        yield run


def _run_blocks(
    rows: Sequence[Line], column: Column, about: Measure, *, left: float, right: float
) -> Iterator[Block]:
    current: list[Line] = []
    kind: Kind = "text"
    for index, row in enumerate(rows):
        before = rows[index - 1] if index else None
        after = rows[index + 1] if index + 1 < len(rows) else None
        found = _kind(row, before, after, left=left, right=right, about=about)
        starts = found != kind or before is None
        if not starts and before is not None:
            starts = _breaks(before, row, found, current, left=left, right=right, about=about)
        if starts and current:
            yield Block(kind, current, column, left, right)
            current = []
        current.append(row)
        kind = found
    if current:
        yield Block(kind, current, column, left, right)


def _edges(rows: Sequence[Line], about: Measure) -> tuple[float, float]:
    """The x at which most full lines start and end."""
    body = [r for r in rows if len(r.words) >= 4 and abs(r.size - about.size) < 1.5] or rows
    lefts = Counter(round(r.x0) for r in body)
    rights = Counter(round(r.x1) for r in body)
    left = max(lefts, key=lambda x: (lefts[x] + lefts[x - 1] + lefts[x + 1], -x))
    right = max(rights, key=lambda x: (rights[x] + rights[x - 1] + rights[x + 1], x))
    exact = [r.x0 for r in body if abs(r.x0 - left) <= 1.5]
    return min(exact), max(r.x1 for r in body if abs(r.x1 - right) <= 1.5)


def _kind(
    row: Line,
    before: Line | None,
    after: Line | None,
    *,
    left: float,
    right: float,
    about: Measure,
) -> Kind:
    if _is_formula(row, left=left, about=about):
        return "formula"
    if is_heading(row, before, after, right=right, size=about.size, pitch=about.pitch):
        return "heading"
    return "text"


def _is_formula(row: Line, *, left: float, about: Measure) -> bool:
    plain = sum(len(w.text) >= 3 and not w.math and w.text.isalpha() for w in row.words)
    letters = sum(c.isalpha() for w in row.words if not w.math for c in w.text)
    share = letters / max(sum(len(w.text) for w in row.words), 1)
    set_off = row.x0 > left + 0.9 * about.size
    numbered = bool(EQUATION_NUMBER.search(row.text))
    if row.size < 0.8 * about.size and plain == 0 and len(row.text) < 30:
        return True
    if set_off and numbered and (row.math > 0.25 or plain <= 4 or share < 0.6):
        return True
    if set_off and plain <= 1 and re.search(r"[=∈≤≥≜∝∑∏]", row.text):
        return True
    if plain <= 1 and (row.math > 0.4 or share < 0.4) and not ITEM.match(row.text):
        return set_off or row.math > 0.7
    return set_off and row.math > 0.45 and plain <= 3


def _breaks(
    before: Line,
    row: Line,
    kind: Kind,
    current: Sequence[Line],
    *,
    left: float,
    right: float,
    about: Measure,
) -> bool:
    """Whether a new block starts at ``row``."""
    if kind in ("formula", "heading"):
        return kind == "heading" and (
            abs(row.size - before.size) > 0.4 or bool(re.match(r"^\d+(\.\d+)*\.?\s", row.text))
        )
    if all(abs(w.size - before.size) > 0.7 for w in row.words):
        return True  # small capitals make a row look smaller than it is
    start = min(r.x0 for r in current)
    ends = bool(SENTENCE_END.search(before.text))
    indented = 0.6 * about.size < row.x0 - left < 4.5 * about.size
    if ITEM.match(row.text) and (ends or POINT.match(row.words[0].text)):
        return True
    if indented and before.x0 < row.x0 - 0.6 * about.size and (ends or before.x1 < right - about.size):
        return True
    if row.x0 < start - 0.6 * about.size and len(current) >= 2 and ends and current[1].x0 > row.x0 + 3:
        return True  # text back at the margin after an indented item
    short = before.x1 < right - 2.2 * about.size
    return bool(about.justified and short and ends and not row.text[:1].islower())


def _footnote_start(column: Column, about: Measure) -> int:
    """Index of the first row of the footnotes at the bottom of a column, its length when there are none.

    They are smaller than the text above them and start with a mark, or stand beneath a short rule
    (one that runs on from the column before has no mark).
    """
    rows = column.rows
    start = len(rows)
    for index in range(len(rows) - 1, -1, -1):
        if rows[index].size > about.size - 0.55:
            break
        if index + 1 < len(rows) and rows[index + 1].base - rows[index].base > 3 * about.pitch:
            break
        start = index
    if start == len(rows):
        return start
    above = rows[start - 1].base if start else float("-inf")
    if start and any(
        above < r.y0 < rows[start].base and r.x1 - r.x0 < 0.7 * column.width for r in column.rules
    ):
        return start
    return next((i for i in range(start, len(rows)) if MARK.match(rows[i].text)), len(rows))


def _footnotes(rows: Sequence[Line], column: Column, left: float, right: float) -> Iterator[Block]:
    current: list[Line] = []
    for row in rows:
        if (
            current
            and MARK.match(row.text)
            and (row.x0 > left + 2 or row.words[0].text[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹∗†‡§¶")
        ):
            yield Block("footnote", current, column, left, right)
            current = []
        current.append(row)
    if current:
        yield Block("footnote", current, column, left, right)


def joined(found: Sequence[Block], about: Measure) -> list[Block]:
    """Join paragraphs that run on over a column or page break; the later part goes into ``more``."""
    result: list[Block] = []
    note: Block | None = None
    last: Block | None = None  # the paragraph that may run on: the last text of its column
    for block in found:
        if block.kind == "footnote":
            if note is not None and not MARK.match(block.text):
                note.more.append(block)
            else:
                result.append(block)
                note = block
            continue
        tail = last.more[-1] if last is not None and last.more else last
        if (
            last is not None
            and tail is not None
            and block.kind == "text"
            and block.column is not tail.column
            and _runs_on(tail, block, about)
        ):
            last.more.append(block)
            continue
        result.append(block)
        last = block if block.kind == "text" else None
    return result


def _runs_on(tail: Block, head: Block, about: Measure) -> bool:
    widths = tail.column.width, head.column.width
    if min(widths) < 0.65 * max(widths):
        return False  # a box beside the text, or text over both columns
    if abs(tail.size - head.size) > 0.5 or (tail.rows[-1].bold != head.rows[0].bold and head.rows[0].bold):
        return False
    end, start = tail.rows[-1], head.rows[0]
    text, first = end.text.rstrip(), start.text[:1]
    full = end.x1 > tail.right - 1.2 * about.size
    indented = start.x0 - head.left > 0.6 * about.size
    if re.search(r"[^\W\d]-$", text):
        return True
    if POINT.match(start.words[0].text) or (ITEM.match(start.text) and SENTENCE_END.search(text)):
        return False
    if not SENTENCE_END.search(text) or text.endswith((";", ",")):
        return first.islower() or first in '([“"0123456789' or (full and not indented)
    return full and not indented and about.justified and not _starts_paragraph(head)


def _starts_paragraph(head: Block) -> bool:
    """Without indents, a bold start marks a new paragraph."""
    return head.rows[0].words[0].bold

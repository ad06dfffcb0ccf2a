"""Floats with the rows of a table go in; tables of cells with their boxes come out.

Columns are found from the words alone: narrow cells first, wide ones last, so that a header over
several columns does not join them. Rules are not needed (booktabs tables have few).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from synth.reading.floats import Float
from synth.reading.pdf import Line, Page, Word
from synth.records import Box, Table, content_id

CELL_GAP = 0.6
"""Font sizes of space between two words that part cells; a justified word space stays below it."""


class Cell(NamedTuple):
    """Words that stand together in a row."""

    x0: float
    x1: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(w.text for w in self.words)

    @property
    def box(self) -> Box:
        """Rectangle around the words."""
        return Box(self.x0, min(w.y0 for w in self.words), self.x1, max(w.y1 for w in self.words))


def table_of(one: Float, page: Page, *, paper: str, caption: str) -> Table | None:
    """Return the table under or over a caption, None when there are not two rows and two columns.

    A cell over several columns stands in the first of them, and its box shows how far it reaches.
    Box and cell boxes are in points of the page as displayed.
    """
    rows = [cells for row in _ordered(one) if (cells := _cells(row))]
    columns = _columns(rows)
    if len(rows) < 2 or len(columns) < 2:
        return None
    texts: list[tuple[str, ...]] = []
    boxes: list[tuple[Box | None, ...]] = []
    for row in rows:
        placed = _placed(row, columns)
        texts.append(tuple(" ".join(c.text for c in cells) for cells in placed))
        boxes.append(tuple(_around([c.box for c in cells], page) for cells in placed))
    box = _around([c.box for row in rows for c in row], page)
    assert box is not None
    return Table(
        id=content_id("t", paper, str(page.number), caption, *("\x1e".join(r) for r in texts)),
        paper=paper,
        page=page.number,
        box=box,
        caption=caption,
        rows=tuple(texts),
        cell_boxes=tuple(boxes),
    )


def _ordered(one: Float) -> list[list[Line]]:
    return sorted(one.body, key=lambda row: row[0].base)


def _cells(row: Sequence[Line]) -> list[Cell]:
    """Cut a row of words where the space is wider than between words."""
    words = sorted((w for line in row for w in line.words), key=lambda w: (w.x0, w.x1))
    cells: list[list[Word]] = []
    for word in words:
        if cells and word.x0 - cells[-1][-1].x1 < CELL_GAP * max(word.size, cells[-1][-1].size):
            cells[-1].append(word)
        else:
            cells.append([word])
    return [Cell(ws[0].x0, max(w.x1 for w in ws), tuple(ws)) for ws in cells]


def _columns(rows: Sequence[Sequence[Cell]]) -> list[tuple[float, float]]:
    """Return the columns' extents from left to right."""
    columns: list[list[float]] = []
    cells = [c for row in rows if len(row) > 1 for c in row]
    for cell in sorted(cells, key=lambda c: (c.x1 - c.x0, c.x0)):
        touched = [k for k in columns if cell.x0 < k[1] and cell.x1 > k[0]]
        if not touched:
            columns.append([cell.x0, cell.x1])
        elif len(touched) == 1:
            touched[0][0], touched[0][1] = min(touched[0][0], cell.x0), max(touched[0][1], cell.x1)
    columns.sort()
    return _joined([(a, b) for a, b in columns], rows)


def _joined(columns: list[tuple[float, float]], rows: Sequence[Sequence[Cell]]) -> list[tuple[float, float]]:
    """Join neighbouring columns that more rows bridge than part."""
    index = 0
    while index + 1 < len(columns):
        left, right = columns[index], columns[index + 1]
        parted = bridged = 0
        for row in rows:
            here = [c for c in row if c.x0 < left[1] and c.x1 > left[0]]
            there = [c for c in row if c.x0 < right[1] and c.x1 > right[0]]
            if set(here) & set(there):
                bridged += 1
            elif here and there:
                parted += 1
        if right[0] < left[1] or bridged > parted:
            columns[index : index + 2] = [(left[0], max(left[1], right[1]))]
            index = max(0, index - 1)
        else:
            index += 1
    return columns


def _placed(row: Sequence[Cell], columns: Sequence[tuple[float, float]]) -> list[list[Cell]]:
    placed: list[list[Cell]] = [[] for _ in columns]
    for cell in row:
        overlaps = [min(cell.x1, b) - max(cell.x0, a) for a, b in columns]
        touched = [k for k, o in enumerate(overlaps) if o > 0]
        best = touched[0] if touched else max(range(len(columns)), key=lambda k: (overlaps[k], -k))
        placed[best].append(cell)
    return placed


def _around(boxes: Sequence[Box], page: Page) -> Box | None:
    if not boxes:
        return None
    box = Box(
        min(b.x0 for b in boxes),
        min(b.y0 for b in boxes),
        max(b.x1 for b in boxes),
        max(b.y1 for b in boxes),
    )
    return rounded(page.displayed(box))


def rounded(box: Box) -> Box:
    """Return ``box`` in hundredths of a point."""
    return Box(*(round(x, 2) for x in box))

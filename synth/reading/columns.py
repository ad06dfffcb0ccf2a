"""The lines of a page go in; columns of rows come out in the order in which they are read.

Gutters are strips that few lines of running text cross. A line that does cross one (a title, a
caption over both columns) closes the columns above it and opens new ones below.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from synth.reading.pdf import Line, Page
from synth.records import Box

LEAST_GUTTER, LEAST_COLUMN = 5.0, 70.0
"""Points: narrower strips are word spaces that happen to lie above each other."""


@dataclass(slots=True)
class Column:
    """Rows of one column of one page from top to bottom; ``x0`` and ``x1`` are the column's edges."""

    page: int
    x0: float
    x1: float
    rows: list[Line] = field(default_factory=list)
    rules: tuple[Box, ...] = ()

    @property
    def width(self) -> float:
        """Width in points."""
        return self.x1 - self.x0


def gutters(pages: Sequence[Page], size: float) -> dict[int, tuple[float, ...]]:
    """Return the x of the middles of the gutters of each page, by page number.

    Pages of one document mostly share their columns: a page full of tables takes the gutters that
    most other pages have, as long as its own running text does not contradict.
    """
    own = {page.number: _page_gutters(page, size) for page in pages}
    votes: Counter[tuple[int, ...]] = Counter(tuple(round(x / 6) for x in g) for g in own.values() if g)
    if not votes:
        return own
    common = max(votes, key=lambda k: (votes[k], k))
    members = [g for g in own.values() if tuple(round(x / 6) for x in g) == common]
    shared = tuple(sum(g[i] for g in members) / len(members) for i in range(len(common)))
    for page in pages:
        if not own[page.number] and _agrees(page, shared):
            own[page.number] = shared
    return own


def _page_gutters(page: Page, size: float) -> tuple[float, ...]:
    lines = [x for x in page.lines if len(x.words) >= 3 and x.size > 0.7 * size]
    if len(lines) < 8:
        return ()
    cover = [0.0] * (int(page.width) + 2)
    for line in lines:
        for x in range(max(0, int(line.x0)), min(len(cover) - 1, int(line.x1)) + 1):
            cover[x] += line.size
    found: list[float] = []
    left = min(int(x.x0) for x in lines)
    right = max(int(x.x1) for x in lines)
    start = None
    before = list(accumulate(cover[left : right + 1], max))
    after = list(accumulate(reversed(cover[left : right + 1]), max))[::-1]
    for x in range(left, right + 1):
        low = cover[x] <= 0.3 * min(before[x - left], after[x - left])
        if low and start is None:
            start = x
        elif not low and start is not None:
            _consider(found, lines, (start, x), cover)
            start = None
    edges = [float(left), *found, float(right)]
    if any(b - a < LEAST_COLUMN for a, b in itertools.pairwise(edges)):
        return ()
    return tuple(found)


def _consider(
    found: list[float], lines: Sequence[Line], strip: tuple[int, int], cover: Sequence[float]
) -> None:
    """Add the strip's emptiest part as a gutter if running text stands on both of its sides."""
    low = min(cover[strip[0] : strip[1]])
    best = [x for x in range(*strip) if cover[x] <= low + 1]
    if len(best) < LEAST_GUTTER:
        return
    middle = (best[0] + best[-1] + 1) / 2
    before = [x for x in lines if x.x1 <= middle + 2 and x.x1 - x.x0 > LEAST_COLUMN]
    after = [x for x in lines if x.x0 >= middle - 2 and x.x1 - x.x0 > LEAST_COLUMN]
    beside = sum(1 for a in after if any(abs(a.base - b.base) < 0.8 * a.size for b in before))
    if min(len(before), len(after)) >= 4 and beside >= 3:
        found.append(middle)


def _agrees(page: Page, shared: Sequence[float]) -> bool:
    long = [x for x in page.lines if len(x.words) >= 5]
    crossing = sum(any(x.x0 < g - 4 and x.x1 > g + 4 for g in shared) for x in long)
    return bool(long) and crossing < 0.5 * len(long)


def arrange(
    page: Page, lines: Sequence[Line], found: Sequence[float], *, first: bool = False
) -> list[Column]:
    """Return the columns of rows of a page in reading order; every line is in exactly one row.

    On the first page (``first``) what stands above the columns (title, authors side by side) is read
    before them.
    """
    if not lines:
        return []
    if first:
        *strips, rest = _strips(page, lines)
        front = [c for strip in strips for c in arrange(page, strip, _local_gutter(strip) or found)]
        return [*front, *arrange(page, rest, found)]
    left, right = min(x.x0 for x in lines), max(x.x1 for x in lines)
    edges = [left, *(g for g in found if left < g < right), right]
    columns: list[Column] = []
    band: list[list[Line]] = [[] for _ in edges[1:]]
    wide = _wide(lines, edges) if len(edges) > 2 else set()
    for line in sorted(lines, key=lambda x: (x.base, x.x0)):
        if id(line) in wide:
            _close(columns, band, page.number, edges)
            if not columns or (columns[-1].x0, columns[-1].x1) != (left, right):
                columns.append(Column(page.number, left, right))
            columns[-1].rows.append(line)
        else:
            middle = (line.x0 + line.x1) / 2
            band[sum(middle > g for g in edges[1:-1])].append(line)
    _close(columns, band, page.number, edges)
    for column in columns:
        column.rows = merged(column.rows)
        column.rules = tuple(r for r in page.rules if r.x0 < column.x1 and r.x1 > column.x0)
        _bound(column.rows)
    return columns


def _wide(lines: Sequence[Line], edges: Sequence[float]) -> set[int]:
    """Identities of the lines that cross a gutter, and of the pieces that stand on one baseline with them."""
    found: set[int] = set()
    for line in lines:
        for g in edges[1:-1]:
            if not (line.x0 < g - 4 and line.x1 > g + 4):
                continue
            beside = [o for o in lines if o is not line and abs(o.base - line.base) < 2]
            if min(g - line.x0, line.x1 - g) < 25 and any(o.x0 >= g or o.x1 <= g for o in beside):
                continue  # a line that overruns its column
            found.add(id(line))
            if min(g - line.x0, line.x1 - g) > 40:
                found.update(id(o) for o in beside if o.size == line.size)
    return found


def _bound(rows: Sequence[Line]) -> None:
    """Keep tall symbols from stretching a row's box over the letters of the rows around it."""
    for above, below in pairwise(rows):
        if below.base - above.base > 0.7 * max(above.size, below.size):
            above.floor = below.base - 0.6 * below.size
            below.ceiling = above.base - 0.05 * above.size


def _strips(page: Page, lines: Sequence[Line]) -> list[list[Line]]:
    """Cut the top of a first page at the empty strips across it, down to its first running text.

    The last strip is the rest of the page.
    """
    ordered = sorted(lines, key=lambda x: x.y0)
    bottom = ordered[0].y1
    edges: list[float] = []
    beside = 0
    before = ordered[0]
    for line in ordered[1:]:
        if line.y0 > 0.6 * page.height or beside >= 3:
            break
        if line.y0 - bottom > 1.1 * line.size:
            edges.append((bottom + line.y0) / 2)
        if len(line.words) >= 5:
            apart = line.x0 > before.x1 + 8 or before.x0 > line.x1 + 8
            beside += apart and abs(line.base - before.base) < 2
            before = line
        bottom = max(bottom, line.y1)
    bounds = [float("-inf"), *edges, float("inf")]
    return [[x for x in lines if a <= x.base < b] for a, b in pairwise(bounds)]


def _local_gutter(lines: Sequence[Line]) -> tuple[float, ...]:
    """The middle of an empty strip down through these lines: a box of keywords beside an abstract."""
    if len(lines) < 10:
        return ()
    reached = float("-inf")
    best: tuple[float, float] | None = None
    for line in sorted(lines, key=lambda x: x.x0):
        if line.x0 - reached > 1.2 * line.size and reached > 0:
            before = [x for x in lines if x.x1 <= reached]
            after = [x for x in lines if x.x0 >= line.x0]
            if min(len(before), len(after)) >= 5 and (best is None or line.x0 - reached > best[1] - best[0]):
                best = (reached, line.x0)
        reached = max(reached, line.x1)
    return ((best[0] + best[1]) / 2,) if best else ()


def _close(columns: list[Column], band: list[list[Line]], page: int, edges: Sequence[float]) -> None:
    for index, lines in enumerate(band):
        if lines:
            columns.append(Column(page, edges[index], edges[index + 1], lines))
            band[index] = []


def merged(lines: Sequence[Line]) -> list[Line]:
    """Join the pieces of one baseline to rows, from top to bottom.

    MuPDF cuts a justified line at its wide spaces and sets indices and exponents apart. The order of
    the content stream says what belongs together; what it leaves apart is joined by its place.
    """
    streamed: list[list[Line]] = []
    for line in sorted(lines, key=lambda x: x.order):
        if streamed and _continues(line, streamed[-1]):
            streamed[-1].append(line)
        else:
            streamed.append([line])
    rows: list[list[Line]] = []
    for line in sorted(map(_joined, streamed), key=lambda x: (round(x.base, 1), x.x0)):
        for row in reversed(rows[-3:]):
            if _beside(line, row):
                row.append(line)
                break
        else:
            rows.append([line])
    return sorted(map(_placed, rows), key=lambda x: (round(x.base, 1), x.x0))


def _placed(row: list[Line]) -> Line:
    """Join pieces by their place; one may stand in a gap of another."""
    row.sort(key=lambda x: x.x0)
    if any(b.x0 < a.x1 - 0.3 * a.size for a, b in pairwise(row)):
        pieces = [Line([w], x.page, order=x.order) for x in row for w in x.words]
        return _joined(sorted(pieces, key=lambda x: x.x0))
    return _joined(row)


def _continues(line: Line, row: Sequence[Line]) -> bool:
    """Whether ``line`` follows in the stream as the next piece of the same row."""
    main = max(row, key=lambda x: (x.size, len(x.text)))
    if line.size < 0.85 * main.size and len(line.text) <= 12:
        return _is_script(line, main) and line.x0 > row[-1].x0 - main.size
    if len(row) > 1 and main.size < 0.85 * line.size and _is_script(main, line):
        main = line
    same = any(abs(w.base - main.base) < 0.25 * main.size for w in line.words)
    overlap = 2.5 if line.words[0].lead < 0.85 * main.size else 0.6  # an index stands under an exponent
    return same and line.x0 > max(x.x1 for x in row) - overlap * main.size


def _is_script(tiny: Line, whole: Line) -> bool:
    """Whether a small piece is an index or exponent in the row of ``whole``."""
    middle = (tiny.y0 + tiny.y1) / 2
    near = whole.base - 1.05 * whole.size < middle < whole.base + 0.5 * whole.size
    return near and whole.x0 - whole.size < tiny.x0 < whole.x1 + 3 * whole.size


def _beside(line: Line, row: Sequence[Line]) -> bool:
    main = max(row, key=lambda x: (len(x.text), x.size))
    tiny, whole = sorted((line, main), key=lambda x: (x.size, len(x.text)))
    if tiny.size < 0.8 * whole.size and len(tiny.text) <= 12:
        return _is_script(tiny, whole) and tiny.x0 < whole.x1 + whole.size
    height = min(line.y1 - line.y0, main.y1 - main.y0)
    shared = min(line.y1, main.y1) - max(line.y0, main.y0)
    if shared < 0.5 * height or abs(line.base - main.base) > 0.55 * max(line.size, main.size):
        return False
    if all(min(line.x1, x.x1) - max(line.x0, x.x0) < 0.3 * min(line.size, x.size) for x in row):
        return True
    solid = [w for x in row for w in x.words if any(c.isalnum() for c in w.text)]
    mine = [w for w in line.words if any(c.isalnum() for c in w.text)]
    return all(min(w.x1, v.x1) - max(w.x0, v.x0) < 0.3 * min(w.size, v.size) for w in mine for v in solid)


def _joined(row: list[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    words = list(row[0].words)
    for line in row[1:]:
        first = line.words[0]
        if first.x0 - words[-1].x1 < 0.08 * first.size:  # a word that the file draws in pieces
            last = words.pop()
            first = last._replace(
                text=last.text + first.text,
                x1=max(last.x1, first.x1),
                y0=min(last.y0, first.y0),
                y1=max(last.y1, first.y1),
            )
        words.append(first)
        words.extend(line.words[1:])
    whole = Line(words, row[0].page, order=min(x.order for x in row))
    longest = max(row, key=lambda x: (x.size > 0.9 * whole.size, len(x.text), x.size))
    whole.size, whole.base = longest.size, longest.base
    return whole

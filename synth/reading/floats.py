"""The lines of a page go in; captions, table regions and the lines of figures come out of them.

A float is anchored at its caption ("Table 3:", "Fig. 2."): its text lies above or below, between
the caption and the nearest running text, and is taken out of the flow of paragraphs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from synth.reading.columns import merged
from synth.reading.headings import CAPTION
from synth.reading.pdf import Line, Page, Word
from synth.records import Box

Side = Literal["above", "below"]


@dataclass(slots=True)
class Float:
    """A caption with its rows of text, and what belongs to it: ``body`` rows, each a row of lines."""

    kind: str
    page: int
    x0: float
    x1: float
    rows: list[Line]
    body: list[list[Line]] = field(default_factory=list)
    side: Side = "above"
    zones: tuple[tuple[float, float], ...] = ()

    @property
    def top(self) -> float:
        """Upper edge of the caption."""
        return self.rows[0].y0

    @property
    def bottom(self) -> float:
        """Lower edge of the caption."""
        return self.rows[-1].y1


def captions(page: Page, gutters: Sequence[float], size: float) -> list[Float]:
    """Take the captions out of ``page.lines``, each with all its rows."""
    left, right = min((x.x0 for x in page.lines), default=0), max((x.x1 for x in page.lines), default=0)
    starts = [x for x in page.lines if _opens(x, page, size)]
    found: list[tuple[Line, list[list[Line]]]] = []
    for start in sorted(starts, key=lambda x: (x.base, x.x0)):
        if start in page.lines:
            rows = _caption_rows(start, page, gutters, starts)
            taken = {id(x) for row in rows for x in row}
            page.lines = [x for x in page.lines if id(x) not in taken]
            found.append((start, rows))
    texts = [x for _, rows in found for row in rows for x in row]
    floats: list[Float] = []
    for start, rows in found:
        zone = _zone(rows, [*page.lines, *texts], gutters, (left, right), starts)
        one = Float(_kind(start), page.number, *zone, [r for row in rows for r in merged(row)])
        bounds = [zone[0], *(g for g in gutters if zone[0] + 9 < g < zone[1] - 9), zone[1]]
        one.zones = (zone, *pairwise(bounds))
        floats.append(one)
    return floats


def _kind(start: Line) -> str:
    text = start.text.lower()
    if text.startswith("tab"):
        return "table"
    return "algorithm" if text.startswith(("algorithm", "listing")) else "figure"


def _opens(line: Line, page: Page, size: float) -> bool:
    """Whether ``line`` starts a caption rather than a sentence about the float."""
    found = CAPTION.match(line.text)
    if found is None or not line.text[0].isupper():
        return False
    if found["end"] == ":":
        return True
    before = [
        x
        for x in page.lines
        if 0 < line.base - x.base < 1.5 * line.size
        and x.x0 < line.x1
        and x.x1 > line.x0
        and abs(x.size - line.size) < 0.3
    ]
    inside = any(len(x.words) >= 5 and not x.text.rstrip().endswith((".", ":", "?", "!")) for x in before)
    if found["end"] in (".", "|", "–", "—"):
        return not inside
    first = line.words[0]
    distinct = first.bold and not line.words[-1].bold
    alone = len(line.words) <= 2
    return not inside and (distinct or alone or line.size < size - 0.6) and not before


def _zone(
    rows: Sequence[Sequence[Line]],
    lines: Sequence[Line],
    gutters: Sequence[float],
    edges: tuple[float, float],
    starts: Sequence[Line],
) -> tuple[float, float]:
    """Return the strip of the page in which the float stands.

    That is a column, or all columns where the caption crosses a gutter; less than that where text or
    another caption stands beside the caption (small tables side by side, text flowing around).
    """
    x0, x1 = min(x.x0 for row in rows for x in row), max(x.x1 for row in rows for x in row)
    bounds = [edges[0], *gutters, edges[1]]
    left, right = edges
    if not any(x0 < g - 4 and x1 > g + 4 for g in gutters):
        middle = (x0 + x1) / 2
        left, right = next((z for z in pairwise(bounds) if z[0] <= middle <= z[1]), edges)
    own = {id(x) for row in rows for x in row}
    top, bottom = rows[0][0].y0, rows[-1][0].y1
    size = rows[0][0].size
    for line in lines:
        reach = 5 * size if any(line is s for s in starts) else 0.0
        if id(line) in own or line.y1 < top - reach or line.y0 > bottom + reach:
            continue
        if left - 6 < line.x0 and line.x1 <= x0 - 0.8 * size:
            left = max(left, (line.x1 + x0) / 2 if reach else line.x1 + 1)
        elif line.x1 < right + 6 and line.x0 >= x1 + 0.8 * size:
            right = min(right, (line.x0 + x1) / 2 if reach else line.x0 - 1)
    return left, right


def _inside(line: Line, zone: tuple[float, float]) -> bool:
    return line.x0 >= zone[0] - 6 and line.x1 <= zone[1] + 6


def _caption_rows(
    start: Line, page: Page, gutters: Sequence[float], starts: Sequence[Line]
) -> list[list[Line]]:
    """Follow the caption down until a gap, a rule, another size or a short last line ends it."""
    rows = [_row_of(start, page, gutters)]
    x0, x1 = start.x0, max(x.x1 for x in rows[0])
    size = max(rows[0], key=lambda x: len(x.text)).size
    while True:
        above = rows[-1]
        last = above[0].base
        text = " ".join(x.text for x in above).rstrip()
        if len(rows) > 1 and above[-1].x1 < x1 - 4 * size and text.endswith((".", ")")):
            return rows
        label = len(rows) == 1 and len(text.split()) <= 2  # "Table 5" alone, its title beneath
        under = [
            x
            for x in page.lines
            if last + 0.6 * size < x.base <= last + (2.0 if label else 1.45) * size
            and x.x0 > x0 - size
            and (label or x.x1 < x1 + size)
            and abs(x.size - size) <= (2.1 if label else 0.45)
        ]
        if not under or any(x in starts for x in under):
            return rows
        row = _row_of(min(under, key=lambda x: (x.base, x.x0)), page, gutters)
        base = row[0].base
        if any(last < r.y0 < base and r.x0 < x1 and r.x1 > x0 for r in page.rules) or _cells(row) > 3:
            return rows
        if label:
            x1, size = max(x.x1 for x in row), row[0].size
        rows.append(row)


def _row_of(first: Line, page: Page, gutters: Sequence[float]) -> list[Line]:
    """``first`` and the pieces that follow it on its baseline without a wide gap."""
    row = [first]
    beside = sorted(
        (x for x in page.lines if abs(x.base - first.base) < 2.5 and x.x0 > first.x0), key=lambda x: x.x0
    )
    for line in beside:
        crossed = any(row[-1].x1 <= g + 2 and line.x0 >= g - 2 for g in gutters)
        if line.x0 - row[-1].x1 > (1.0 if crossed else 2.0) * first.size:
            break
        if not (crossed and row[-1].x1 - first.x0 > 60 and line.x1 - line.x0 > 60):
            row.append(line)
    return row


def row_groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that stand side by side, from top to bottom, each group from left to right."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda x: (x.base, x.x0)):
        if groups:
            last = max(groups[-1], key=lambda x: (len(x.text), x.size))
            shared = min(line.y1, last.y1) - max(line.y0, last.y0)
            if shared > 0.5 * min(line.y1 - line.y0, last.y1 - last.y0) and line.base - last.base < 0.6 * max(
                line.size, last.size
            ):
                groups[-1].append(line)
                continue
        groups.append([line])
    for group in groups:
        group.sort(key=lambda x: x.x0)
    return groups


def _cells(row: Sequence[Line], *, gap: float = 0.9) -> int:
    """How many pieces a row has with more than ``gap`` font sizes of space between them."""
    words = sorted((w for x in row for w in x.words), key=lambda w: w.x0)
    return 1 + sum(b.x0 - a.x1 > gap * max(a.size, b.size) for a, b in pairwise(words))


def _parted(words: Sequence[Word]) -> bool:
    """Whether one space of a row is much wider than the others (justified text stretches all alike)."""
    ordered = sorted(words, key=lambda w: w.x0)
    gaps = sorted(b.x0 - a.x1 for a, b in pairwise(ordered))
    if not gaps:
        return False
    size = max(w.size for w in words)
    return gaps[-1] > 1.4 * size or (gaps[-1] > 0.7 * size and gaps[-1] > 2.2 * gaps[len(gaps) // 2])


def running(row: Sequence[Line], zone: tuple[float, float], size: float) -> bool:
    """Whether a row is a full line of running text."""
    width = max(x.x1 for x in row) - min(x.x0 for x in row)
    words = [w for x in row for w in x.words]
    wordy = sum(w.text[0].isalpha() and not w.math for w in words) >= 0.6 * len(words)
    main = max(row, key=lambda x: len(x.text))
    parted = _parted(words)
    filled = sum(w.x1 - w.x0 for w in words) > 0.62 * (zone[1] - zone[0])
    alike = abs(main.size - size) < 0.75 and width > 0.75 * (zone[1] - zone[0])
    return len(words) >= 5 and wordy and filled and alike and not parted


def claim(
    page: Page, floats: Sequence[Float], size: float, prefer: Side | None, others: Sequence[Float]
) -> None:
    """Give each float its rows and take them out of ``page.lines``.

    ``prefer`` is the side on which this document puts its tables (see ``preferred``).
    """
    for one in floats:
        if one.kind == "table":
            above = grow(page, one, size, side="above", others=others)
            below = grow(page, one, size, side="below", others=others)
            one.side = _side(one, above, below) or prefer or "above"
            if prefer is not None and weight(above if prefer == "above" else below) > 0:
                one.side = prefer
            one.body = above if one.side == "above" else below
        elif one.kind == "algorithm":
            one.side, one.body = "below", _ruled(page, one)
        else:
            one.body = _drawn(page, one, size) or grow(page, one, size, side="above", others=others)
        taken = {id(x) for row in one.body for x in row}
        page.lines = [x for x in page.lines if id(x) not in taken]


def weight(rows: Sequence[Sequence[Line]]) -> int:
    """How much like a table some rows are: the number of those with several cells."""
    many = sum(_cells(row) >= 2 for row in rows)
    return many if many >= 2 or (many and len(rows) <= 2) else 0


def preferred(pages: Sequence[tuple[Page, Sequence[Float]]], size: float) -> Side | None:
    """Return the side of the caption on which most tables of a document stand."""
    votes = {"above": 0, "below": 0}
    for page, floats in pages:
        for one in floats:
            if one.kind == "table":
                above = grow(page, one, size, side="above", others=floats)
                below = grow(page, one, size, side="below", others=floats)
                side = _side(one, above, below)
                if side is not None:
                    votes[side] += 1
    if max(votes.values()) < 0.7 * sum(votes.values()) or not any(votes.values()):
        return None
    return "above" if votes["above"] > votes["below"] else "below"


def _side(one: Float, above: Sequence[Sequence[Line]], below: Sequence[Sequence[Line]]) -> Side | None:
    """The side on which there is a table; of two the clearly nearer, None when that does not decide."""
    if weight(above) and weight(below):
        over = one.top - max(x.y1 for x in above[0])
        under = min(x.y0 for x in below[0]) - one.bottom
        if abs(over - under) < 3:
            return None
        return "above" if over < under else "below"
    if weight(above) or weight(below):
        return "above" if weight(above) else "below"
    return None


def grow(page: Page, one: Float, size: float, *, side: Side, others: Sequence[Float]) -> list[list[Line]]:
    """Collect the rows next to a caption until running text, another caption or a wide gap."""
    zone = (one.x0, one.x1)
    edge = one.top if side == "above" else one.bottom
    is_beyond: Callable[[float], bool] = (lambda y: y < edge) if side == "above" else (lambda y: y > edge)
    limit = _neighbour(one, others, side)
    lines = [x for x in page.lines if _inside(x, zone) and is_beyond(x.base) and limit(x.base)]
    rows = row_groups(lines)
    if side == "above":
        rows.reverse()
    rules = sorted(r.y0 for r in page.rules if r.x0 > one.x0 - 12 and r.x1 < one.x1 + 12 and r.x1 - r.x0 > 30)
    found: list[list[Line]] = []
    at = edge
    for index, row in enumerate(rows):
        near, far = (row[0].y1, row[0].y0) if side == "above" else (row[0].y0, row[0].y1)
        gap = abs(near - at)
        between = [r for r in rules if min(near, at) - 2 < r < max(near, at) + 2]
        if gap > (3.2 if between else 2.1) * size and (found or gap > 4 * size):
            break
        if _is_text(rows, index, one.zones, size, side) and not _within_rules(row, found, rules, side):
            break
        found.append(row)
        at = far
    return _clipped(found, rules, side)


def _neighbour(one: Float, others: Sequence[Float], side: Side) -> Callable[[float], bool]:
    """Rows beyond the next caption in the same strip belong to that one."""
    near = [
        o
        for o in others
        if o is not one and min(o.x1, one.x1) - max(o.x0, one.x0) > 0.3 * min(o.x1 - o.x0, one.x1 - one.x0)
    ]
    if side == "above":
        top = max((o.bottom for o in near if o.top < one.top), default=float("-inf"))
        return lambda y: y > top
    bottom = min((o.top for o in near if o.top > one.top), default=float("inf"))
    return lambda y: y < bottom


def _is_text(
    rows: Sequence[Sequence[Line]],
    index: int,
    zones: Sequence[tuple[float, float]],
    size: float,
    side: Side,
) -> bool:
    """Whether a row is running text in the float's strip or in one of the columns that it spans."""
    for zone in zones:
        row = [x for x in rows[index] if _inside(x, zone)]
        if not row:
            continue
        if running(row, zone, size):
            return True
        # the last line of a paragraph is short; the line above it is not
        if side == "above" and index + 1 < len(rows) and _cells(row) == 1:
            over = [x for x in rows[index + 1] if _inside(x, zone)]
            if (
                over
                and running(over, zone, size)
                and abs(row[0].x0 - over[0].x0) < 3
                and 0 < row[0].base - over[0].base < 1.5 * size
            ):
                return True
    return False


def _within_rules(
    row: Sequence[Line], found: Sequence[Sequence[Line]], rules: Sequence[float], side: Side
) -> bool:
    """Whether a full line of text is a cell: rules stand on both sides of it, close by."""
    if not found:
        return False
    y = row[0].base
    before = any((r > y) if side == "above" else (r < y) for r in rules)
    after = any((y - 90 < r < y) if side == "above" else (y < r < y + 90) for r in rules)
    return before and after and len(rules) >= 3


def _clipped(found: list[list[Line]], rules: Sequence[float], side: Side) -> list[list[Line]]:
    """Leave out rows beyond the table's outermost rule, where there are rules."""
    if not found or len(rules) < 2:
        return found
    low, high = min(r[0].y0 for r in found) - 6, max(r[0].y1 for r in found) + 6
    inside = [r for r in rules if low < r < high]
    if len(inside) < 2:
        return found
    last = min(inside) if side == "above" else max(inside)
    kept = [r for r in found if (r[0].base > last if side == "above" else r[0].base < last + 2)]
    if side == "above":  # a head without a rule over it
        while len(kept) < len(found):
            row = found[len(kept)]
            if _cells(row) < 2 or kept[-1][0].base - row[0].base > 1.7 * row[0].size:
                break
            kept.append(row)
    return kept if len(kept) >= 2 else found


def _ruled(page: Page, one: Float) -> list[list[Line]]:
    """The rows of an algorithm: from its caption down to the last rule of the same extent."""
    width = one.x1 - one.x0
    rules = [
        r.y0
        for r in page.rules
        if r.x0 < one.x1 and r.x1 > one.x0 and r.x1 - r.x0 > 0.6 * width and r.y0 > one.top
    ]
    if not rules:
        return []
    end = max(rules[:3]) if len(rules) >= 2 else rules[0]
    lines = [x for x in page.lines if _inside(x, (one.x0, one.x1)) and one.top < x.base < end]
    return row_groups(lines)


def _drawn(page: Page, one: Float, size: float) -> list[list[Line]]:
    """The rows of text inside a figure's drawings and pictures above its caption."""
    zone = (one.x0, one.x1)
    whole = page.width * page.height
    ink = [
        b
        for b in (*page.drawings, *page.pictures, *page.rules)
        if b.x0 < zone[1]
        and b.x1 > zone[0]
        and b.y1 < one.top + 3
        and (b.x1 - b.x0) * (b.y1 - b.y0) < 0.7 * whole
    ]
    top = one.top
    for b in sorted(ink, key=lambda b: -b.y1):
        if b.y1 < top - 45:
            break
        top = min(top, b.y0)
    if top > one.top - 25:
        return []
    region = Box(zone[0], top - 1.2 * size, zone[1], one.top)
    lines = [x for x in page.lines if _inside(x, zone) and region.y0 < x.base < region.y1 + 1]
    rows = row_groups(lines)
    while rows and running(rows[0], zone, size) and rows[0][0].base < top + size:
        rows.pop(0)
    return rows

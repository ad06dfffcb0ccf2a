"""Pages go in; running heads, page numbers, stamps and line numbers are taken out of them."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from synth.reading.headings import CAPTION, REFERENCES
from synth.reading.pdf import Line, Page

EDGE = 0.1
"""Share of the page's height at the top and the bottom in which heads and page numbers stand."""
PAGE_NUMBER = re.compile(
    r"^(page\s+)?[-–—|\[]?\s*(\d{1,5}|[ivxlc]{1,6})\s*[-–—|\]]?(\s*(of|/)\s*\d+)?$", re.I
)
IMPRINT = re.compile(
    r"^proceedings of|^findings of|©|⃝|copyright|all rights reserved|^published (as|in)|^preprint"
    r"|^permission to|^doi:|^https?://(dx\.)?doi\.org/\S+$|licen[sc]ed under"
    r"|association for computational linguistics",
    re.IGNORECASE,
)
ARXIV_STAMP = re.compile(r"arXiv:\s*\S+\s+\[[\w.-]+\]")


def body_size(pages: Sequence[Page]) -> float:
    """Return the font size in points that most running text has."""
    weight: Counter[float] = Counter()
    for page in pages:
        if weight and any(REFERENCES.match(line.text) for line in page.lines):
            break  # a long list of references is often smaller
        for line in page.lines:
            if len(line.words) >= 4:
                weight[line.size] += len(line.text)
    if not weight:
        return 10.0
    # neighbouring sizes are one size: 9.9 and 10.0 come from rounding
    best = max(weight, key=lambda s: (sum(n for t, n in weight.items() if abs(s - t) < 0.25), s))
    near = {s: n for s, n in weight.items() if abs(s - best) < 0.25}
    return max(near, key=lambda s: (near[s], s))


def strip(pages: Sequence[Page]) -> list[Line]:
    """Take the furniture out of ``pages`` and return the imprint lines of the first page."""
    _strip_line_numbers(pages)
    repeated = _repeated(pages)
    imprint: list[Line] = []
    for page in pages:
        numbers = _page_numbers(page)
        whole = _whole_rows(page, repeated)
        kept: list[Line] = []
        for line in page.lines:
            if id(line) in whole:
                continue
            if id(line) in numbers or ARXIV_STAMP.search(line.text):
                continue
            if page.number == 1 and _at_edge(line, page) and IMPRINT.search(line.text):
                imprint.append(line)
            else:
                kept.append(line)
        page.lines = kept
    return imprint


def _at_edge(line: Line, page: Page) -> bool:
    return line.y1 < EDGE * page.height or line.y0 > (1 - EDGE) * page.height


def _key(line: Line) -> tuple[str, int]:
    """Text without digits (a head may hold the page's number), and height on the page."""
    return re.sub(r"\d+", "#", line.text).strip().lower(), round(line.base / 4)


def _repeated(pages: Sequence[Page]) -> set[tuple[str, int]]:
    seen: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for page in pages:
        for line in page.lines:
            if _at_edge(line, page) and not CAPTION.match(line.text):
                text, height = _key(line)
                seen[text].append((page.number, height))
    enough = 2 if len(pages) < 6 else 3
    repeated: set[tuple[str, int]] = set()
    for text, places in seen.items():
        for height in {h for _, h in places}:
            if len({n for n, h in places if abs(h - height) <= 1}) >= enough and re.search(r"[^\W\d]", text):
                repeated.add((text, height))
    return repeated


def _whole_rows(page: Page, repeated: set[tuple[str, int]]) -> set[int]:
    """Identities of repeated lines beside which nothing stands but a number (a table's head repeats, too)."""
    heads = [x for x in page.lines if _at_edge(x, page) and _key(x) in repeated]
    return {
        id(x)
        for x in heads
        if all(
            any(o is h for h in heads) or PAGE_NUMBER.match(o.text.strip())
            for o in page.lines
            if abs(o.base - x.base) < 3
        )
    }


def _page_numbers(page: Page) -> set[int]:
    """Identities of lone numbers in the outermost row at the top or the bottom."""
    if not page.lines:
        return set()
    top, bottom = min(x.y0 for x in page.lines), max(x.y1 for x in page.lines)
    found: set[int] = set()
    for line in page.lines:
        outermost = line.y0 < top + line.size or line.y1 > bottom - line.size
        if _at_edge(line, page) and PAGE_NUMBER.match(line.text.strip()):
            alone = all(o is line or abs(o.base - line.base) > 2 or _at_edge(o, page) for o in page.lines)
            if outermost or alone:
                found.add(id(line))
    return found


def _strip_line_numbers(pages: Sequence[Page]) -> None:
    """Drop the numbers that review drafts carry beside every line."""
    for page in pages:
        numbers = [x for x in page.lines if len(x.words) == 1 and re.fullmatch(r"\d{1,4}", x.text)]
        by_edge: defaultdict[int, list[Line]] = defaultdict(list)
        for line in numbers:
            by_edge[round(line.x1 / 3)].append(line)
        drop: set[int] = set()
        for column in by_edge.values():
            column.sort(key=lambda x: x.base)
            values = [int(x.text) for x in column]
            steps = Counter(b - a for a, b in itertools.pairwise(values))
            if len(values) >= 20 and steps and max(steps.values()) >= 0.9 * (len(values) - 1):
                drop.update(id(x) for x in column)
        if drop:
            page.lines = [x for x in page.lines if id(x) not in drop]

"""The rows of a reference list go in; entries with title, DOI and arXiv id come out."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from synth.reading.pdf import Line
from synth.records import Reference

DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}|\\^]+", re.I)
ARXIV = re.compile(
    r"(?:arxiv[:\s./]*(?:preprint\s+)?(?:arxiv[:\s]*)?(?:org/)?(?:abs/|pdf/)?|abs/)"
    r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?",
    re.I,
)
NUMBERED = re.compile(r"^(\[\s?[\w+.-]{1,12}\s?\]|\d{1,3}[.)])\s?")
YEAR = re.compile(r"\(?\b(?:18|19|20)\d\d[a-z]?\b\)?")


def starts(rows: Sequence[Line]) -> list[int]:
    """Return the indices at which entries start: numbers, hanging indents, or gaps between them."""
    if not rows:
        return []
    numbered = [i for i, row in enumerate(rows) if NUMBERED.match(row.text)]
    if len(numbered) >= 3 and numbered[0] <= 2 and len(numbered) > len(rows) / 12:
        return numbered if numbered[0] == 0 else [0, *numbered]
    hanging = _hanging(rows)
    if hanging:
        return hanging
    gaps = [b.base - a.base for a, b in itertools.pairwise(rows) if b.base > a.base]
    if not gaps:
        return [0]
    pitch = min(Counter(round(g) for g in gaps).items(), key=lambda kv: (-kv[1], kv[0]))[0]
    found = [0]
    for i in range(1, len(rows)):
        gap = rows[i].base - rows[i - 1].base
        turned = gap < 0 and rows[i - 1].text.rstrip().endswith(".")
        if gap > 1.2 * pitch or turned:
            found.append(i)
    return found


def _hanging(rows: Sequence[Line]) -> list[int]:
    """Indices of rows at the margin, where other rows are indented by one amount; [] when none are."""
    edges: dict[int, list[float]] = {}
    for row in rows:
        edges.setdefault(row.page, []).append(row.x0)
    margins = [min(x for x in edges[row.page] if row.x0 - 45 <= x <= row.x0) for row in rows]
    hung = {(r.page, round(m)) for r, m in zip(rows, margins, strict=True) if r.x0 - m > 4}
    for i, row in enumerate(rows):
        if (row.page, round(margins[i])) not in hung:  # a column filled by one long entry
            margins[i] = min(x for page in edges.values() for x in page if row.x0 - 16 <= x <= row.x0)
    offsets = [row.x0 - margin for row, margin in zip(rows, margins, strict=True)]
    indented = [o for o in offsets if 4 < o < 40]
    if not 0.25 * len(rows) < len(indented) < 0.92 * len(rows):
        return []
    found = [i for i, o in enumerate(offsets) if o <= 3]
    return found if found and found[0] == 0 else [0, *found]


def entry(raw: str) -> Reference:
    """Parse one entry; what it does not state is ""."""
    raw = " ".join(raw.split())
    doi = DOI.search(raw.replace("doi.org/ 10.", "doi.org/10."))
    arxiv = ARXIV.search(raw)
    return Reference(
        raw=raw,
        title=title(raw),
        doi=doi.group().rstrip(".,;)]") if doi else "",
        arxiv=arxiv["id"] if arxiv else "",
    )


def title(raw: str) -> str:
    """Guess the title: quoted; else the first long sentence after the year or after the authors."""
    bare = NUMBERED.sub("", raw)
    quoted = re.search(r"[“\"](?P<t>[^”\"]{8,300})[,.]?[”\"]", bare)
    if quoted:
        return quoted["t"].rstrip(" ,.")
    year = YEAR.search(bare)
    pieces = _sentences(bare)
    if year and year.end() < 0.75 * len(bare) and year.start() > 5:
        after = _sentences(bare[year.end() :].lstrip(" .,;:)"))
        if after and len(after[0].split()) >= 2 and year.start() < 0.5 * len(bare):
            return after[0].rstrip(" .,")
    for piece in pieces[1:]:
        if len(piece.split()) >= 3 and not re.match(r"^(in|arxiv|proceedings)\b", piece, re.I):
            return piece.rstrip(" .,")
    return ""


def _sentences(text: str) -> list[str]:
    """Cut at full stops that do not follow an initial or a short abbreviation."""
    out: list[str] = []
    start = 0
    for stop in re.finditer(r"[.?!]\s+(?=[A-Z0-9“\"(]|ar[Xx]iv\b|doi\b|https?:|in\s)", text):
        word = re.search(r"(\S+)$", text[: stop.start()])
        token = word.group() if word else ""
        if re.fullmatch(r"(\w|\w\.?-\w|[A-Z][a-z]?|al|Jr|Sr|eds?|vol|no|pp)", token):
            continue
        out.append(text[start : stop.end()].strip())
        start = stop.end()
    out.append(text[start:].strip())
    return [x for x in out if x]

"""Rows go in; whether they are headings comes out, and the path of sections that headings make."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from synth.reading.pdf import Line

NUMBER = re.compile(
    r"^(?P<number>\d{1,2}(\.\d{1,2}){0,3}|[A-Z](\.\d{1,2}){0,2}|[IVX]{1,5})(?P<dot>[.:]?)\s+(?=\S)"
)
KNOWN = re.compile(
    r"^(abstract|summary|introduction|background|motivation|related works?|prior work|previous work"
    r"|preliminaries|method(s|ology)?|approach|models?|our (model|approach|method)|experiments?"
    r"|experimental (setup|settings?|results)|evaluation|results?( and (discussion|analysis))?|discussions?"
    r"|analysis|error analysis|ablation( study)?|implementation details"
    r"|conclusions?( and (future work|discussion|future directions))?|future works?|limitations?"
    r"|ethic(s|al) (statement|considerations?)|broader impact|acknowledge?ments?|references|bibliography"
    r"|literature cited|appendi(x|ces)|appendix [a-z]|supplementa(l|ry) (material|materials|information)"
    r"|keywords|data(sets?)?|author contributions|funding|conflicts? of interest|competing interests)"
    r"\s*[.:]?$",
    re.IGNORECASE,
)
CAPTION = re.compile(
    r"^(?P<kind>table|tab\.|figure|fig\.|algorithm|listing|scheme|plate|tableau|abbildung|tabelle)"
    r"\s*(?P<number>[A-Z]?[.-]?\d+(\.\d+)*|[IVX]{1,5}|[A-Z])\s*(\([a-z]\))?\s*(?P<end>[:.|–—]|$|(?=\s[A-Z]))",
    re.IGNORECASE,
)
REFERENCES = re.compile(
    r"^(references?( and notes)?|bibliography|literature cited|works cited)\s*[.:]?$", re.I
)
ACKNOWLEDGEMENT = re.compile(r"^acknowledge?ments?\b|^funding$|^author contributions$", re.I)
ABSTRACT = re.compile(r"^(abstract|summary)\b\s*[.:—–-]*\s*$", re.I)
APPENDIX = re.compile(r"^(appendi(x|ces)|supplementa)", re.I)


def is_heading(
    row: Line, before: Line | None, after: Line | None, *, right: float, size: float, pitch: float
) -> bool:
    """Whether a row is a heading: known words or a number, and set off from the text around it."""
    text = row.text.strip()
    words = len(row.words)
    if words > 16 or row.size < size - 1.1 or not any(c.isalpha() for c in text):
        return False
    bare = NUMBER.sub("", text)
    numbered = bare != text
    if KNOWN.match(bare) and bare[:1].isupper() and (words <= 6):
        set_off = before is None or row.base - before.base > 1.15 * pitch or row.size > size + 0.4
        return set_off or row.bold or bare.isupper()
    if text.endswith((",", ";", "-")) or (text.endswith(".") and not numbered):
        return False
    if row.math > 0.3 or (not bare[:1].isupper() and not bare[:1].isdigit() and bare[:1] not in '“"‘'):
        return False
    if _run_in(row, after, pitch):
        return False
    full = row.x1 > right - 1.0 * size and words >= 6
    if not numbered and not row.bold and _goes_on(row, after, pitch):
        return False
    gap = (
        before is None or row.base - before.base > 1.25 * pitch or before.bold or before.size > row.size + 0.7
    )
    larger = row.size > size + 0.7
    capitals = _small_capitals(bare)
    if numbered:
        if re.match(r"^\d+\s+\d", text) or re.match(r"^\d{1,3}\.\d{3,}", text):
            return False
        italic = all(w.italic for w in row.words if w.text[0].isalpha())
        return (gap and (row.bold or larger or capitals or italic) and not full) or (row.bold and gap)
    if full or not gap:
        return False
    if after is not None and after.base - row.base < 0.5 * pitch:
        return False
    if words < 2 and len(bare) < 4:
        return False
    return (row.bold or (larger and words <= 12) or (capitals and words >= 2)) and words <= 12


def _run_in(row: Line, after: Line | None, pitch: float) -> bool:
    """Whether a bold start runs into plain text, on this row or on the next."""
    if not row.words[0].bold:
        return False
    if not row.words[-1].bold and row.words[-1].text[0].isalpha():
        return True
    return (
        after is not None
        and after.base - row.base < 1.3 * pitch
        and after.words[0].bold
        and not after.bold
        and abs(after.size - row.size) < 0.5
    )


def _goes_on(row: Line, after: Line | None, pitch: float) -> bool:
    """Whether the next row is more of the same: then both are text, if larger than most."""
    if after is None or abs(after.size - row.size) > 0.3 or after.bold != row.bold:
        return False
    return after.base - row.base < 1.3 * pitch * max(1.0, row.size / 10) and len(after.words) >= 5


def _small_capitals(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 4 and sum(c.isupper() for c in letters) >= 0.9 * len(letters)


@dataclass(slots=True)
class Path:
    """The open sections, outermost first, each (depth, title)."""

    open: list[tuple[int, str]] = field(default_factory=list)
    sizes: dict[int, float] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def enter(self, title: str, *, size: float) -> None:
        """Open the section ``title`` and close those at its depth and beneath."""
        depth = self._depth(title, size)
        if NUMBER.match(title):
            self.sizes[depth] = max(size, self.sizes.get(depth, 0.0))
        if depth == 1:
            self.seen.append(title)
        self.open = [(d, t) for d, t in self.open if d < depth]
        self.open.append((depth, title))

    def _depth(self, title: str, size: float) -> int:
        number = NUMBER.match(title)
        if number is not None and self._follows(number["number"]):
            return number["number"].count(".") + 1
        if KNOWN.match(title):
            return 1
        if self.sizes.get(1) is not None and size >= self.sizes[1] - 0.2:
            return 1
        numbered = [d for d, t in self.open if NUMBER.match(t)]
        return max(numbered, default=0) + 1

    def _follows(self, number: str) -> bool:
        """Whether a top number counts on from the last one: items of a list start again at 1."""
        if not number.isdigit():
            return True
        matches = (NUMBER.match(title) for title in self.seen)
        last = max((int(m["number"]) for m in matches if m and m["number"].isdigit()), default=0)
        return last < int(number) <= last + 2

    @property
    def text(self) -> str:
        """The path as one string, e.g. "5 Results > 5.1 Ablations"."""
        return " > ".join(t for _, t in self.open)

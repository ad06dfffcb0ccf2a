"""A PDF file goes in; pages of words with their places come out (the only module that parses PDFs).

Places are points of the page as displayed (rotation and CropBox applied), origin top left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from synth.errors import UnreadablePaper
from synth.records import Box

Opened = Any
"""A pymupdf.Document (the library has no types, and is imported where it is needed)."""

MATH_FONTS = ("CMMI", "CMSY", "CMEX", "MSAM", "MSBM", "EUFM", "EUSM", "RSFS", "LASY", "TXMI")
MATH_FONTS_ELSEWHERE = (
    "MATH",
    "SYMBOL",
    "MTEXTRA",
    "MTSY",
    "EUCLID",
    "RMTMI",
    "TXSY",
    "PXSY",
    "LMMI",
    "LMSY",
)
SUPERSCRIPTS = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
COMBINING = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c",
    "˘": "\u0306", "¯": "\u0304", "˚": "\u030a", "¸": "\u0327", "˝": "\u030b", "˙": "\u0307",
}  # fmt: skip
ACCENTED = re.compile(r"([ˆˇ˜˘˝])([^\W\d_])")
UNREADABLE = ("Cc", "Co", "Cn", "Cs")
"""Unicode categories of characters that say nothing: controls, private use, unassigned, surrogates."""
ASCENT, DESCENT = 0.74, 0.22
"""Height of letters over and under the baseline, in font sizes: boxes show letters, not line pitch."""


class Word(NamedTuple):
    """A run of characters without space; ``base`` is the y of its baseline, ``lead`` the first one's size."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    size: float
    bold: bool
    italic: bool
    math: bool
    lead: float = 0.0

    @property
    def box(self) -> Box:
        """Rectangle around its letters."""
        return Box(self.x0, self.y0, self.x1, self.y1)


@dataclass(slots=True)
class Line:
    """Words on one baseline, from left to right."""

    words: list[Word]
    page: int
    x0: float = 0.0
    y0: float = 0.0
    x1: float = 0.0
    y1: float = 0.0
    base: float = 0.0
    size: float = 0.0
    text: str = ""
    order: int = 0
    ceiling: float = float("-inf")
    floor: float = float("inf")

    def __post_init__(self) -> None:
        self.measure()

    def measure(self) -> None:
        """Set the derived fields from the words."""
        words = self.words
        self.x0 = min(w.x0 for w in words)
        self.x1 = max(w.x1 for w in words)
        main = max(words, key=lambda w: (len(w.text) * (not w.math), len(w.text), w.size))
        # the size that most letters have: a footnote mark or a big operator does not count
        weight: dict[float, int] = {}
        for w in words:
            weight[w.size] = weight.get(w.size, 0) + len(w.text)
        self.size = max(weight, key=lambda s: (weight[s], s))
        self.base = next((w.base for w in words if w.size == self.size), main.base)
        self.y0 = min(w.y0 for w in words)
        self.y1 = max(w.y1 for w in words)
        self.text = " ".join(w.text for w in words)

    @property
    def bold(self) -> bool:
        """Whether most letters are bold."""
        letters = sum(len(w.text) for w in self.words)
        return sum(len(w.text) for w in self.words if w.bold) > 0.6 * letters

    @property
    def math(self) -> float:
        """Share of characters set in fonts for formulas."""
        letters = sum(len(w.text) for w in self.words)
        return sum(len(w.text) for w in self.words if w.math) / max(letters, 1)

    @property
    def box(self) -> Box:
        """Rectangle around its letters."""
        return Box(self.x0, self.y0, self.x1, self.y1)


class Turn(NamedTuple):
    """An affine map of points, x' = a x + c y + e and y' = b x + d y + f, by quarter turns."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Map a point."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Map a rectangle."""
        (ax, ay), (bx, by) = self.point(x0, y0), self.point(x1, y1)
        return Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))

    def back(self, box: Box) -> Box:
        """Map a rectangle the other way (the inverse of a turn has the transposed matrix)."""
        e, f = -(self.a * self.e + self.b * self.f), -(self.c * self.e + self.d * self.f)
        return Turn(self.a, self.c, self.b, self.d, e, f).box(*box)

    def then(self, other: Turn) -> Turn:
        """Return the map that applies this one first."""
        return Turn(
            other.a * self.a + other.c * self.b,
            other.b * self.a + other.d * self.b,
            other.a * self.c + other.c * self.d,
            other.b * self.c + other.d * self.d,
            *other.point(self.e, self.f),
        )


UPRIGHT = Turn(1, 0, 0, 1, 0, 0)


@dataclass(slots=True)
class Page:
    """What stands on one page. ``turned`` holds text that does not run from left to right."""

    number: int
    width: float
    height: float
    lines: list[Line]
    turned: list[str] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    drawings: list[Box] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    odd: int = 0
    characters: int = 0
    frame: Turn | None = None

    def displayed(self, box: Box) -> Box:
        """Return ``box`` on the page as displayed (a page of sideways text is laid out turned)."""
        return box if self.frame is None else self.frame.back(box)


def opened(path: Path) -> Opened:
    """Open a PDF that is safe to go on with; raises UnreadablePaper with a reason and a remedy."""
    import pymupdf  # 0.13 s, 25 MB

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = pymupdf.open(path, filetype="pdf")
        locked, pages = document.needs_pass, 0 if document.needs_pass else document.page_count
    except (pymupdf.FileDataError, pymupdf.mupdf.FzErrorBase, RuntimeError) as error:
        raise UnreadablePaper(
            "is damaged and cannot be opened as PDF", remedy="fetch the file again from its source"
        ) from error
    if locked:
        raise UnreadablePaper(
            "is locked with a password", remedy="save a copy without password and give that"
        )
    if not pages:
        raise UnreadablePaper("has no pages", remedy="fetch the file again from its source")
    return document


def flags() -> int:
    """Text flags: ligatures expanded, spaces kept, nothing from outside the page."""
    import pymupdf

    return int(pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP)


def page_of(document: Opened, number: int) -> Page:
    """Return page ``number`` (from 1); raises UnreadablePaper when the page cannot be parsed."""
    import pymupdf

    try:
        page = document[number - 1]
        size = page.rect
        turn = page.rotation_matrix if page.rotation else None
        raw = page.get_text("rawdict", flags=flags())
        log = page.get_bboxlog()
    except (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError) as error:
        raise UnreadablePaper(f"page {number} cannot be parsed") from error
    result = Page(number=number, width=float(size.width), height=float(size.height), lines=[])
    shown = Turn(*turn) if turn is not None else UPRIGHT
    blocks = [
        [line for line in block["lines"] if line["spans"]] for block in raw["blocks"] if block["type"] == 0
    ]
    result.frame = _frame(blocks, shown, result)
    whole = shown if result.frame is None else shown.then(result.frame)
    if result.frame is not None and result.frame.a == 0:
        result.width, result.height = result.height, result.width
    seen: set[tuple[str, int, int]] = set()
    for block in blocks:
        for line in block:
            _add_line(result, line, whole, seen)
    _add_drawings(result, log, whole)
    return result


def _frame(blocks: list[list[dict[str, Any]]], shown: Turn, page: Page) -> Turn | None:
    """Return the quarter turn that makes most of the text run to the right, None when it does."""
    weight: dict[tuple[int, int], int] = {}
    for block in blocks:
        for line in block:
            dx, dy = line["dir"]
            towards = (round(shown.a * dx + shown.c * dy), round(shown.b * dx + shown.d * dy))
            weight[towards] = weight.get(towards, 0) + sum(len(s["chars"]) for s in line["spans"])
    towards = max(weight, key=lambda t: (weight[t], t), default=(1, 0))
    if weight.get(towards, 0) <= 2 * weight.get((1, 0), 0):
        return None
    width, height = page.width, page.height
    return {
        (0, -1): Turn(0, 1, -1, 0, height, 0),
        (0, 1): Turn(0, -1, 1, 0, 0, width),
        (-1, 0): Turn(-1, 0, 0, -1, width, height),
    }.get(towards)


def _add_line(page: Page, line: dict[str, Any], turn: Turn, seen: set[tuple[str, int, int]]) -> None:
    spans = [s for s in line["spans"] if s["chars"]]
    if not spans:
        return
    dx, dy = line["dir"]
    text = "".join(c["c"] for s in spans for c in s["chars"])
    page.characters += len("".join(text.split()))
    if not (text.isascii() and text.isprintable()):
        page.odd += sum(c == "\ufffd" or unicodedata.category(c) in UNREADABLE for c in text)
    if turn.a * dx + turn.c * dy < 0.9:
        if text.strip():
            page.turned.append(text.strip())
        return
    if turn is not UPRIGHT:
        for span in spans:
            for char in span["chars"]:
                char["bbox"] = turn.box(*char["bbox"])
                char["origin"] = turn.point(*char["origin"])
    words = [w for w in _words(spans) if w.x1 > 0 and w.x0 < page.width and w.y1 > 0 and w.y0 < page.height]
    if not words:
        return
    found = Line(words, page.number, order=len(page.lines))
    place = (found.text, round(found.x0), round(found.base))
    if place not in seen:  # drawn twice at one place: a way to make text look bold
        seen.add(place)
        page.lines.append(found)


class _Piece(NamedTuple):
    """Characters of one span within a word."""

    chars: list[dict[str, Any]]
    size: float
    bold: bool
    italic: bool
    math: bool


def _words(spans: list[dict[str, Any]]) -> Iterator[Word]:
    """Cut a line at its spaces; a word may run over several spans (small capitals, superscripts)."""
    main = max(spans, key=lambda s: (len(s["chars"]), s["size"]))
    size, base = _style(main)[0], main["chars"][0]["origin"][1]
    pieces: list[_Piece] = []
    for span in spans:
        style = _style(span)
        run: list[dict[str, Any]] = []
        for char in span["chars"]:
            if char["c"].isspace():
                if run:
                    pieces.append(_Piece(run, *style))
                    run = []
                if pieces:
                    yield _word(pieces, size=size, base=base)
                    pieces = []
            else:
                run.append(char)
        if run:
            pieces.append(_Piece(run, *style))
    if pieces:
        yield _word(pieces, size=size, base=base)


def _style(span: dict[str, Any]) -> tuple[float, bool, bool, bool]:
    size = span["size"]
    if size < 2:  # a Type 3 font with a matrix of its own: half the width of a letter says more
        chars = [c["bbox"] for c in span["chars"] if not c["c"].isspace()]
        size = 2.1 * sum(x1 - x0 for x0, _, x1, _ in chars) / max(len(chars), 1)
    font = span["font"].rsplit("+", 1)[-1].upper()
    bold = bool(span["flags"] & 16) or "BOLD" in font or font.startswith("CMB") or "-MEDI" in font
    math = font.startswith(MATH_FONTS) or any(name in font for name in MATH_FONTS_ELSEWHERE)
    return round(size, 1), bold, bool(span["flags"] & 2), math


def _word(pieces: list[_Piece], *, size: float, base: float) -> Word:
    text = ""
    x0 = y0 = float("inf")
    x1 = y1 = float("-inf")
    for piece in pieces:
        chars = piece.chars
        baseline = chars[0]["origin"][1]
        raised = piece.size < 0.85 * size and baseline < base - 0.15 * size
        part = _text(chars)
        text += part.translate(SUPERSCRIPTS) if raised and _is_number(part) else part
        _, top, _, bottom = chars[0]["bbox"]
        # boxes hold the centres of letters and digits, however odd the font; of big operators they need not
        middle = (top + bottom) / 2 if chars[0]["c"].isalnum() else baseline
        first, last = chars[0]["bbox"], chars[-1]["bbox"]  # from right to left the first is the last
        x0 = min(x0, first[0], last[0])
        x1 = max(x1, first[2], last[2])
        y0 = min(y0, baseline - ASCENT * piece.size, middle - 0.5)
        y1 = max(y1, baseline + DESCENT * piece.size, middle + 0.5)
    longest = max(pieces, key=lambda p: (len(p.chars), p.size))
    return Word(
        text=_composed(text),
        x0=x0,
        y0=y0,
        x1=max(x1, x0),
        y1=y1,
        base=longest.chars[0]["origin"][1],
        size=max(p.size for p in pieces if len(p.chars) * 2 >= len(longest.chars)),
        bold=longest.bold,
        italic=longest.italic,
        math=longest.math,
        lead=pieces[0].size,
    )


def _composed(text: str) -> str:
    """Put accents that stand before their letters over them; a circumflex left alone is no letter."""
    if text.isascii():
        return text
    text = ACCENTED.sub(lambda m: m[2] + COMBINING[m[1]], text)
    return unicodedata.normalize("NFC", text.replace("ˆ", "^").replace("ˇ", "˘"))


def _is_number(text: str) -> bool:
    return any(c.isdigit() for c in text) and all(c in "0123456789+-−=()ni" for c in text)


def _text(chars: list[dict[str, Any]]) -> str:
    """Return the characters with accents composed, soft hyphens gone and unknown ones as U+FFFD."""
    text = "".join(c["c"] for c in chars)
    if text.isascii() and text.isprintable() and "`" not in text:
        return text
    out: list[str] = []
    for index, char in enumerate(chars):
        c = char["c"]
        if index + 1 < len(chars) and _stands_on(char, chars[index + 1]):
            continue
        if index and _stands_on(chars[index - 1], char):
            out.append({"ı": "i", "ȷ": "j"}.get(c, c) + COMBINING[chars[index - 1]["c"]])
        elif c == "\u00ad":
            out.append("-" if index + 1 == len(chars) else "")
        elif unicodedata.category(c) in UNREADABLE:
            out.append("\ufffd")  # dropping it would hide a lost minus sign
        elif unicodedata.category(c) != "Cf":
            out.append(c)
    return _plain_forms("".join(out))


def _plain_forms(text: str) -> str:
    """Replace presentation forms (ligatures, Arabic shapes) by the letters they stand for."""
    if any("\ufb00" <= c <= "\ufdff" or "\ufe70" <= c <= "\ufefe" for c in text):
        return "".join(
            unicodedata.normalize("NFKC", c) if c >= "\ufb00" and c <= "\ufefe" else c for c in text
        )
    return text


def _stands_on(accent: dict[str, Any], letter: dict[str, Any]) -> bool:
    """Whether a spacing accent is drawn over the letter that follows it (TeX's old font encodings)."""
    if accent["c"] not in COMBINING or not letter["c"].isalpha():
        return False
    if accent["c"] in "ˆˇ˘˝":  # no quotation marks: these are accents wherever they stand
        return True
    overlap = min(accent["bbox"][2], letter["bbox"][2]) - max(accent["bbox"][0], letter["bbox"][0])
    return bool(overlap > 0.5 * (accent["bbox"][2] - accent["bbox"][0]))


def _add_drawings(page: Page, log: list[tuple[str, tuple[float, ...]]], turn: Turn) -> None:
    for kind, box in log:
        if kind.endswith("text") or kind.startswith(("clip", "ignore")):
            continue
        found = turn.box(*box)
        x0, y0, x1, y1 = found
        if x1 <= 0 or y1 <= 0 or x0 >= page.width or y0 >= page.height:
            continue
        if "image" in kind:
            page.pictures.append(found)
        elif y1 - y0 < 2.5 and x1 - x0 > 15:
            page.rules.append(found)
        elif (x1 - x0) * (y1 - y0) < 0.9 * page.width * page.height:
            page.drawings.append(found)


def bare(text: str) -> str:
    """Return raw text without spacing accents, as letters are compared: "ˇc" and "č" are then one.

    Two of them count as letters in Unicode, and a letter i under an accent is drawn without its dot.
    """
    text = re.sub("(?<=[´`¨ˆ˜ˇ˘¯])(\\s?)ı|ı(?=\\s?[´`¨ˆ˜ˇ˘¯])", r"\1i", text)
    return re.sub("[ˆˇ]", "", text)


def text_inside(document: Opened, number: int, boxes: Sequence[Box]) -> str:
    """Return the characters of a page whose centres lie in ``boxes``, in the stream's order."""
    page = document[number - 1]
    shown = Turn(*page.rotation_matrix) if page.rotation else UPRIGHT
    raw = page.get_text("rawdict", flags=flags())
    chars = [
        (shown.box(*char["bbox"]), char["c"])
        for block in raw["blocks"]
        for line in block.get("lines", ())
        for span in line["spans"]
        for char in span["chars"]
    ]
    middles = [((b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2, c) for b, c in chars]
    inside = [
        "".join(c for x, y, c in middles if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1) for box in boxes
    ]
    return bare(" ".join(inside))

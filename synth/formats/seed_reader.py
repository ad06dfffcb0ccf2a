"""A report as plain text or Markdown in, its parts out: title, question, counts, claims table, references.

Reads the reports of this kind in every shape in which they are met: Markdown or plain headings; tables
with pipes, with tabs, or as wrapped text whose rows end in a mark and a figure; and record pages, whose
blocks are lines of names and values between pipes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

SECTIONS = (
    "Abstract",
    "Introduction",
    "Methodology",
    "Results",
    "Limitations",
    "Extracted Claims",
    "References",
)
BLOCKS = (
    "Research Question",
    "Verification Level",
    "Truth-Engine Gate Verdict",
    "Quality Tier",
    "Quality Dimensions",
    "Correction Record",
    "Provenance",
)
TICKS = frozenset("✓v√")
CROSSES = frozenset("✗✘Xx×")

_HEADING = re.compile(rf"^(?:#+\s+)?(?:\d+\.?\s+)?({'|'.join((*SECTIONS, *BLOCKS))})\s*#*\s*$")
_DATE = re.compile(r"^(?:[A-Z][a-z]+ \d{1,2}, \d{4}|\d{4}-\d{2}-\d{2})$")
_COUNTS = re.compile(
    r"([\d,]+) papers? retrieved\. ([\d,]+) claims? extracted; ([\d,]+) independently verified\. "
    r"Quality review score: (\d+(?:\.\d+)?)/10"
)
_QUESTION = re.compile(r"This paper examines:? (.*?)\. Research question: (.*)$", re.DOTALL)
_MARKED = re.compile(
    rf"^(.*?)\s+([{''.join(sorted(TICKS | CROSSES))}])\s+(0(?:\.\d+)?|1(?:\.0+)?)$", re.DOTALL
)
_LINK = re.compile(r"<(https?://[^>\s]+)>")
_PIPE = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadClaim:
    """A row of the table of claims."""

    text: str
    verified: bool
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """The parts of a report; "" or None where it has none. ``blocks`` are those of a record page."""

    title: str
    author: str
    date: str
    abstract: str
    subject: str
    question: str
    papers: int | None
    extracted: int | None
    verified: int | None
    score: float | None
    claims: tuple[ReadClaim, ...]
    references: tuple[str, ...]
    blocks: Mapping[str, tuple[tuple[str, str], ...]]


def read_report(text: str) -> ReadReport:
    """Return the parts of a report given as text; what is not there is empty, nothing is guessed."""
    lines = text.replace("\x0c", "\n").splitlines()
    escaped = any(line.startswith("# ") for line in lines)
    known = _Words(text)
    head, sections = _sections(lines)
    title, author, date = _head(head, known)
    parts = {name: _prose(body, known) for name, body in sections.items()}
    subject, question = _question(parts, escaped=escaped)
    counts = _COUNTS.search(parts.get("Results", ""))
    return ReadReport(
        title=_bare(title, escaped=escaped),
        author=_bare(author, escaped=escaped),
        date=date,
        abstract=_bare(parts.get("Abstract", "").removeprefix("Abstract: "), escaped=escaped),
        subject=subject,
        question=question,
        papers=_number(counts, 1),
        extracted=_number(counts, 2),
        verified=_number(counts, 3),
        score=float(counts[4]) if counts else None,
        claims=tuple(_claims(sections.get("Extracted Claims", ()), known, escaped=escaped)),
        references=_references(sections.get("References", ())),
        blocks={name: _pairs(sections[name]) for name in BLOCKS if name in sections},
    )


class _Words:
    """The words of a text: they say whether a hyphen at the end of a line belongs to the word."""

    def __init__(self, text: str) -> None:
        self._hyphened = frozenset(w.lower() for w in re.findall(r"\w+(?:-\w+)+", text))

    def join(self, lines: Sequence[str]) -> str:
        """Return lines as one, words that were parted at a line's end mended."""
        out = ""
        for line in (piece.strip() for piece in lines):
            last = re.search(r"(\w+)-$", out)
            first = re.match(r"\w+", line)
            if not last or not first or not line[0].islower():
                out = f"{out} {line}".strip()
            elif f"{last[1]}-{first[0]}".lower() in self._hyphened:
                out += line
            else:
                out = out[:-1] + line
        return out


def _sections(lines: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the lines before the first section, and those of each section by its name."""
    head: list[str] = []
    sections: dict[str, list[str]] = {}
    body = head
    for line in lines:
        found = _HEADING.match(line.strip())
        # a name seen before is a line of text, not a second section
        if found and found[1] not in sections:
            body = sections.setdefault(found[1], [])
        else:
            body.append(line)
    return head, sections


def _head(lines: Sequence[str], known: _Words) -> tuple[str, str, str]:
    """Return title, author line and date line; the title may run over several lines."""
    said = [line.strip() for line in lines if line.strip()]
    said = [re.sub(r"^#\s+", "", line) for line in said]
    if len(said) > 2 and _DATE.match(said[-1]):
        return known.join(said[:-2]), said[-2], said[-1]
    return known.join(said), "", ""


def _prose(lines: Sequence[str], known: _Words) -> str:
    """Return the text of a section without its notes (block quotations) and deeper headings."""
    said = [line for line in lines if line.strip() and not line.startswith((">", "###"))]
    return known.join(said)


def _question(parts: Mapping[str, str], *, escaped: bool) -> tuple[str, str]:
    found = _QUESTION.search(parts.get("Introduction", ""))
    if found:
        question = re.sub(r"(?<=[?!])\.$", "", found[2].strip())
        return _bare(found[1], escaped=escaped), _bare(question, escaped=escaped)
    return "", _bare(parts.get("Research Question", ""), escaped=escaped)


def _number(found: re.Match[str] | None, group: int) -> int | None:
    return int(found[group].replace(",", "")) if found else None


def _claims(lines: Sequence[str], known: _Words, *, escaped: bool) -> Iterator[ReadClaim]:
    """Yield the rows of the table: cells between pipes or tabs, or wrapped text with marks at line ends."""
    said = [line.strip() for line in lines if line.strip()]
    if any("\t" in line for line in said):
        rows = [line.split("\t") for line in said]
    elif any(line.startswith("|") for line in said):
        rows = [_PIPE.sub("\\1\x00", line).split("\x00")[1:-1] for line in said if line.startswith("|")]
    else:
        yield from _wrapped(said, known)
        return
    for row in rows:
        cells = [cell.strip() for cell in row]
        if len(cells) == 3 and cells[1] in TICKS | CROSSES:
            yield ReadClaim(
                text=_bare(cells[0], escaped=escaped),
                verified=cells[1] in TICKS,
                confidence=float(cells[2]),
            )


def _wrapped(lines: Sequence[str], known: _Words) -> Iterator[ReadClaim]:
    """Yield rows whose first line ends in mark and figure; the lines up to the next such go on with it."""
    row: tuple[list[str], str, str] | None = None
    for line in (*lines, ""):
        found = _MARKED.match(line)
        if row and (found or not line):
            yield ReadClaim(text=known.join(row[0]), verified=row[1] in TICKS, confidence=float(row[2]))
        if found:
            row = [found[1]], found[2], found[3]
        elif row:
            row[0].append(line)


def _references(lines: Sequence[str]) -> tuple[str, ...]:
    found = (_LINK.search(line) for line in lines if line.lstrip().startswith(("-", "*")))
    return tuple(one[1] for one in found if one)


def _pairs(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the names and values of a record page's block."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if "|" in line]
    return tuple((row[0], row[1]) for row in rows if len(row) > 1 and row[0])


def _bare(text: str, *, escaped: bool) -> str:
    """Take Markdown's backslashes out of ``text``, where it is Markdown."""
    return _ESCAPE.sub(r"\1", text) if escaped else text

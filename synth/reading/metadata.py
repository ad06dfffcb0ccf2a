"""What a source, the file and page one say go in; the paper's record comes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.reading.pdf import Page
from synth.records import Found, Paper, ReadState

STAMP = re.compile(r"arXiv:\s*(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?P<version>v\d+)?", re.I)
NAME = re.compile(r"(?:^|[^\d.])(?P<id>\d{4}\.\d{4,5})(?P<version>v\d+)?(?=$|[^\d])")
DOI = re.compile(r"\bdoi(?:\.org/|:)\s*(?P<doi>10\.\d{4,9}/[^\s\"<>{}|\\^]+)", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a document says of itself; "" and None where it says nothing."""

    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    arxiv: str = ""
    version: str = ""
    doi: str = ""
    url: str = ""
    abstract: str = ""


def guessed(pages: Sequence[Page], *, title: str, inside: str, path: Path) -> Said:
    """Guess from page one: arXiv id and version by the stamp, else by the file's name; year by the id.

    ``title`` is what stands in the largest letters, ``inside`` the PDF's own title field, which is
    taken only where page one has no title and has these words.
    """
    first = pages[0]
    text = " ".join(line.text for line in first.lines)
    stamp = next((m for t in (*first.turned, text[:400]) if (m := STAMP.search(t))), None)
    found = stamp or NAME.search(path.stem)
    arxiv = found["id"] if found else ""
    doi = DOI.search(text)
    if not title and inside and _letters(inside) in _letters(text) and len(_letters(inside)) > 8:
        title = " ".join(inside.split())
    return Said(
        title=title or path.stem,
        arxiv=arxiv,
        version=(found["version"] or "") if found else "",
        year=arxiv_year(arxiv),
        doi=doi["doi"].rstrip(".,;)") if doi else "",
    )


def arxiv_year(arxiv: str) -> int | None:
    """Year of a submission by its id (yymm.number since 2007, archive/yymmnumber before)."""
    digits = re.search(r"(?:^|/)(\d\d)(0[1-9]|1[0-2])", arxiv)
    if digits is None:
        return None
    year = int(digits[1])
    return 1900 + year if "/" in arxiv and year > 90 else 2000 + year


def paper_of(
    said: Said, found: Found | None, *, identity: str, sha256: str, file: str, pages: int, read: ReadState
) -> Paper:
    """Return the record; what the source announced wins over what the document says of itself."""
    arxiv, version = said.arxiv, said.version
    if found is not None and found.arxiv:
        announced = NAME.search(found.arxiv)
        bare = announced["id"] if announced else re.sub(r"v\d+$", "", found.arxiv)
        stated = re.search(r"v\d+$", found.arxiv)
        version = stated.group() if stated else (version if bare == arxiv else "")
        arxiv = bare
    by = found or Found(source="", title="")
    return Paper(
        id=identity,
        file=file,
        title=by.title or said.title,
        authors=by.authors or said.authors,
        year=by.year or said.year or arxiv_year(arxiv),
        venue=by.venue or said.venue,
        arxiv=arxiv,
        version=version,
        doi=by.doi or said.doi,
        url=by.url or said.url,
        source=by.source,
        sha256=sha256,
        pages=pages,
        read=read,
    )


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())

"""A papers.bib or manifest.csv in, entries about papers out, each with the line on which it stands."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from synth.records import Found, Skipped
from synth.text import printable

if TYPE_CHECKING:
    from bibtexparser.library import Library
    from bibtexparser.model import Entry as BibEntry

MAX_BYTES = 16_000_000
PAPERS = frozenset({".pdf", ".txt", ".md"})
PROSE = frozenset({"title", "author", "journal", "journaltitle", "booktitle", "abstract"})
COLUMNS = ("file", "title", "authors", "year", "venue", "arxiv", "doi", "url")

_ARXIV = re.compile(r"(?<![\w.])(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?(?![\w])")
_VERSION = re.compile(r"v\d+$")
_PERCENT = re.compile(r"(?<!\\)%")
_ESCAPE = re.compile(r"\\([%&_#])")
_LATEX = re.compile(r"[\\{}$~]|--|``|''")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a bibliography says of one paper; ``found.file`` is as stated there, ``key`` names the entry."""

    found: Found
    key: str
    origin: str
    line: int


class Index:
    """Entries by what a file's name may show of them; of two entries the earlier one wins.

    An entry that names a file describes no other; an arXiv id with a version describes no other version.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._known: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            for mark in _marks(entry):
                self._known.setdefault(mark, entry)

    def describing(self, name: str) -> Entry | None:
        """Return the entry that describes the file called ``name`` beneath the folder, or None."""
        path = PurePosixPath(name)
        held = arxiv_id(path.stem)
        marks = (
            ("path", path.as_posix()),
            ("name", path.name),
            ("key", path.stem),
            ("arxiv", held),
            ("arxiv", _VERSION.sub("", held)),
        )
        return next((self._known[m] for m in marks if m in self._known), None)


def _marks(entry: Entry) -> tuple[tuple[str, str], ...]:
    if entry.found.file:
        path = PurePosixPath(entry.found.file)
        return ("path", path.as_posix()), ("name", path.name)
    named = (("key", entry.key), ("arxiv", entry.found.arxiv))
    return tuple(mark for mark in named if mark[1])


def entries(path: Path) -> tuple[list[Entry], list[Skipped]]:
    """Return the entries of ``path`` in order, and a Skipped for each that could not be understood."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return [], [_fault(path.name, 0, f"larger than {MAX_BYTES // 1_000_000} MB", "split it")]
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [_fault(path.name, 0, "is not UTF-8", "save it as UTF-8")]
    except OSError as error:
        return [], [_fault(path.name, 0, f"cannot be read: {error.strerror}", "change its permissions")]
    return _from_csv(path.name, text) if path.suffix == ".csv" else _from_bib(path.name, text)


def arxiv_id(text: str) -> str:
    """Return the arXiv id in ``text`` with its version where one is given, or ""."""
    found = _ARXIV.search(text.replace("_", "/"))
    return found.group() if found else ""


def _from_csv(name: str, text: str) -> tuple[list[Entry], list[Skipped]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    read: list[Entry] = []
    faults: list[Skipped] = []
    try:
        missing = {"file"} - set(reader.fieldnames or ())
        if missing:
            return [], [_fault(name, 1, "has no column called file", f"columns: {','.join(COLUMNS)}")]
        for row in reader:
            cells = {c: _clean(row.get(c) or "") for c in COLUMNS}
            if None in row or not cells["file"]:
                why = "more cells than columns" if None in row else "no file named"
                faults.append(_fault(name, reader.line_num, why, "quote cells that hold a comma"))
                continue
            read.append(Entry(found=_from_row(cells), key="", origin=name, line=reader.line_num))
    except csv.Error as error:
        faults.append(_fault(name, reader.line_num, f"is no CSV from here on: {error}", "mend the quotes"))
    return read, faults


def _from_row(cells: dict[str, str]) -> Found:
    return Found(
        source="folder",
        title=cells["title"],
        authors=tuple(a.strip() for a in cells["authors"].split(";") if a.strip()),
        year=_year(cells["year"]),
        venue=cells["venue"],
        arxiv=arxiv_id(cells["arxiv"]),
        doi=_doi(cells["doi"]),
        url=_url(cells["url"]),
        file=cells["file"],
    )


def _from_bib(name: str, text: str) -> tuple[list[Entry], list[Skipped]]:
    library = _parsed(text)
    prose = _decoded(library)
    read = [_from_entry(e, prose[e.key], name) for e in library.entries]
    faults = []
    for block in library.failed_blocks:
        twice = "Duplicate" in type(block).__name__
        why = "the key of an earlier entry" if twice else "an entry that is no BibTeX"
        remedy = "give it another key" if twice else "mend its braces and commas"
        faults.append(_fault(name, (block.start_line or 0) + 1, why, remedy))
    return read, faults


def _parsed(text: str) -> Library:
    from bibtexparser.entrypoint import parse_string

    for name in ("bibtexparser", "pylatexenc"):
        log = logging.getLogger(name)
        if not log.handlers:
            log.addHandler(logging.NullHandler())  # each would print what the file says, raw
    # A bare per cent sign would cut the field off there when LaTeX is decoded.
    return parse_string(_PERCENT.sub(r"\%", text))


def _decoded(library: Library) -> dict[str, dict[str, str]]:
    """Return the prose fields of each entry, by key, with LaTeX accents, braces and escapes turned into text.

    Only fields that hold more than escapes go through the decoder: it takes 8 ms for an abstract.
    """
    from bibtexparser.library import Library
    from bibtexparser.middlewares import LatexDecodingMiddleware
    from bibtexparser.model import Entry as Block
    from bibtexparser.model import Field

    prose = {
        e.key: {f.key.lower(): _ESCAPE.sub(r"\1", str(f.value)) for f in e.fields if f.key.lower() in PROSE}
        for e in library.entries
    }
    latex = [
        Block(
            "misc",
            key,
            [Field(name, _PERCENT.sub(r"\%", v)) for name, v in fields.items() if _LATEX.search(v)],
        )
        for key, fields in prose.items()
    ]
    decoded = LatexDecodingMiddleware().transform(Library([e for e in latex if e.fields]))
    for entry in decoded.entries:
        prose[entry.key].update({f.key: str(f.value) for f in entry.fields})
    return prose


def _from_entry(entry: BibEntry, decoded: Mapping[str, str], name: str) -> Entry:
    raw = {f.key.lower(): _clean(str(f.value)).replace(r"\%", "%") for f in entry.fields}
    prose = {field: _clean(value) for field, value in decoded.items()}
    is_arxiv = raw.get("archiveprefix", raw.get("eprinttype", "arxiv")).lower() == "arxiv"
    found = Found(
        source="folder",
        title=prose.get("title", ""),
        authors=_authors(prose.get("author", "")),
        year=_year(raw.get("year", raw.get("date", ""))),
        venue=prose.get("journal", prose.get("journaltitle", prose.get("booktitle", ""))),
        arxiv=arxiv_id(raw.get("eprint", "")) if is_arxiv else "",
        doi=_doi(raw.get("doi", "")),
        url=_url(raw.get("url", "")),
        abstract=prose.get("abstract", ""),
        file=_file(raw.get("file", "")),
    )
    return Entry(found=found, key=_clean(entry.key), origin=name, line=(entry.start_line or 0) + 1)


def _authors(text: str) -> tuple[str, ...]:
    """Return "First Last" for each author; the "others" of BibTeX becomes "et al."."""
    named = (a.strip() for a in re.split(r"\s+and\s+", text) if a.strip())
    return tuple("et al." if a == "others" else _straight(a) for a in named)


def _straight(author: str) -> str:
    last, comma, first = author.partition(",")
    return f"{first.strip()} {last.strip()}" if comma else author


def _file(field: str) -> str:
    """Return the paper in a file field: plain, or out of JabRef's and Zotero's ``text:name:type;...``."""
    parts = [p.strip().replace("\\", "/") for p in re.split("[:;]", field) if p.strip()]
    papers = (p for p in parts if PurePosixPath(p).suffix.lower() in PAPERS)
    return next(papers, parts[0] if parts else "")


def _year(text: str) -> int | None:
    found = re.search(r"\b[12]\d{3}\b", text)
    return int(found.group()) if found else None


def _doi(text: str) -> str:
    found = _DOI.search(text)
    return found.group() if found else ""


def _url(text: str) -> str:
    return text if re.match(r"https?://\S+$", text) else ""


def _clean(text: str) -> str:
    return " ".join(printable(text).split())


def _fault(name: str, line: int, reason: str, remedy: str) -> Skipped:
    return Skipped(what=f"{name}, line {line}" if line else name, reason=reason, remedy=remedy)
